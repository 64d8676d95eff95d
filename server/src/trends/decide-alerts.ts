import { createHash } from "node:crypto";
import {
  type Alert,
  type AlertId,
  type AlertedChange,
  type FactOf,
  type Judgement,
  alertKeeping,
  benjaminiHochberg,
  groupIntoAlerts,
  isIncident,
  makeId,
} from "@shardwright/core";
import type { Candidate } from "./judge-series.ts";

/** An alert that there is, whatever became of it. */
interface KnownAlert {
  readonly id: AlertId;
  readonly judgement: Judgement;
  readonly infrastructure: boolean;
  readonly commits: readonly string[];
  readonly series_count: number;
}

export interface Batch {
  readonly project: string;
  readonly branch: string;
  readonly candidates: readonly Candidate[];
  /** The newest first. */
  readonly known: readonly KnownAlert[];
  /** Series that were looked at now, and all that the project has. */
  readonly looked: number;
  readonly suite: number;
  /** The share of false ones among the changes that are told, at most. */
  readonly falseShare: number;
}

export interface Decision {
  readonly facts: readonly (FactOf<"AlertOpened"> | FactOf<"AlertGrown">)[];
  /** Changes that so many series would show by chance, and alerts beyond what one batch may open. They come again. */
  readonly withheld: number;
}

type Tellable = Candidate & { readonly q: number };

/**
 * What is to be told of changes that no alert tells of yet: those that are rare enough, for as many series as there are, join the alert that has
 * a commit in common with them, or become new ones.
 */
export function decideAlerts({ project, branch, candidates, known, looked, suite, falseShare }: Batch): Decision {
  const silent = Math.max(suite, looked) - new Set(candidates.map(({ id }) => id)).size;
  const qs = benjaminiHochberg(
    candidates.map(({ change }) => change.p),
    candidates.length + silent,
  );
  const tellable = candidates.map((each, at): Tellable => ({ ...each, q: qs[at] ?? 1 })).filter(({ q }) => q <= falseShare);
  const joining = new Map<KnownAlert, Tellable[]>();
  const fresh: Tellable[] = [];
  for (const each of tellable) {
    const home = known.find(
      ({ judgement, commits }) => judgement === each.change.judgement && hasCommon(commits, each.range.commits),
    );
    if (home === undefined) fresh.push(each);
    else joining.set(home, [...(joining.get(home) ?? []), each]);
  }
  const grown = [...joining].flatMap(([alert, changes]) => grownBy(alert, changes, tellable, looked));
  const batch = groupIntoAlerts({ found: fresh, analyses: fresh.map(({ analysis }) => analysis), suite: looked });
  const opened = batch.fresh.flatMap((alert) => openedFor(alert, project, branch));
  return { facts: [...grown, ...opened], withheld: candidates.length - tellable.length + batch.withheld };
}

function grownBy(
  alert: KnownAlert,
  changes: readonly Tellable[],
  all: readonly Tellable[],
  looked: number,
): FactOf<"AlertGrown">[] {
  let commits = alert.commits;
  for (const { range } of changes) {
    const common = commits.filter((commit) => range.commits.includes(commit));
    if (common.length > 0) commits = common;
  }
  const opposite = all.filter(({ change, range }) => change.judgement !== alert.judgement && hasCommon(commits, range.commits));
  const infrastructure = alert.infrastructure || isIncident(alert.series_count + changes.length, opposite.length, looked);
  return chunks(changes.map(alertedOf)).map((part) => ({
    type: "AlertGrown",
    alert: alert.id,
    commits: [...commits],
    infrastructure,
    changes: part,
  }));
}

function openedFor(alert: Alert, project: string, branch: string): (FactOf<"AlertOpened"> | FactOf<"AlertGrown">)[] {
  const { key, judgement, infrastructure, lastGood } = alert;
  const id = alertId(project, branch, key);
  const commits = alert.commits.slice(-alertKeeping.commits);
  const [first = [], ...rest] = chunks((alert.changes as readonly Tellable[]).map(alertedOf));
  return [
    {
      type: "AlertOpened",
      project,
      alert: id,
      branch,
      judgement,
      infrastructure,
      commits,
      ...(lastGood !== undefined && { last_good: lastGood }),
      changes: first,
    },
    ...rest.map((changes) => ({ type: "AlertGrown" as const, alert: id, commits, infrastructure, changes })),
  ];
}

/** The same alert has the same id, whoever decides on it. */
function alertId(project: string, branch: string, key: string): AlertId {
  return makeId(
    "a",
    createHash("sha256")
      .update(JSON.stringify([project, branch, key]))
      .digest(),
  );
}

function alertedOf({ id, change, range, q, from_ms, until_ms }: Tellable): AlertedChange {
  const { before, after, p, direction, relative } = change;
  const { estimate, low, high } = relative;
  return {
    series: id,
    before,
    after,
    ...([estimate, low, high].every(Number.isFinite) && { relative: { estimate, low, high } }),
    p,
    q,
    direction,
    from_ms,
    until_ms,
    ...(range.lastGood !== undefined && { last_good: range.lastGood }),
    first_bad: range.firstBad ?? range.commits.at(-1) ?? "",
  };
}

function hasCommon(some: readonly string[], others: readonly string[]): boolean {
  return some.some((commit) => others.includes(commit));
}

function chunks<T>(all: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += alertKeeping.seriesOfFact)
    parts.push(all.slice(from, from + alertKeeping.seriesOfFact));
  return parts;
}
