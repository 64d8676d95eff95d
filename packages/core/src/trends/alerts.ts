import type { Alert, FoundChange } from "./alert.ts";
import type { Change, SeriesAnalysis } from "./analysis.ts";
import { method } from "./method.ts";
import { median } from "./order-statistics.ts";
import { isUsable, type SeriesPoint } from "./series.ts";

export interface AlertInput {
  /** The changes of all series; those that coincide with other machines are left out. */
  readonly found: readonly FoundChange[];
  /** The alerts of former analyses. */
  readonly known?: readonly Alert[];
  /** All series that were analysed: which of them moved is a share of these, and alerts of series that recovered are closed. */
  readonly analyses: readonly SeriesAnalysis[];
  /** How many were looked at, where not all of them are among the analyses. */
  readonly suite?: number;
  /** New alerts in one batch, at most. */
  readonly limit?: number;
}

export interface AlertBatch {
  /** The new ones, the worst first. */
  readonly fresh: readonly Alert[];
  /** All that were known, as they are now. */
  readonly known: readonly Alert[];
  /** Those among them that this analysis closed. */
  readonly recovered: readonly Alert[];
  /** How many new ones more there would be. They are new again in the next batch. */
  readonly withheld: number;
}

const limitByDefault = 20;
/** From such a share of the suite on, this one-sided, a range of commits is an incident of the infrastructure; of few series nothing is said. */
const incidentShare = 0.2;
const incidentSidedness = 0.9;
const incidentSeries = 5;
/** A level is back when it is nearer to the one before by this share of the way. */
const recoveredShare = 0.5;

/**
 * Makes alerts of changes: one for each range of commits that changes of the same kind have in common, however many series show it. What a
 * known alert has already is not told again, whatever became of it.
 */
export function groupIntoAlerts({
  found,
  known = [],
  analyses,
  suite = analyses.length,
  limit = limitByDefault,
}: AlertInput): AlertBatch {
  const byId = new Map(analyses.map((analysis) => [analysis.id, analysis]));
  const recovered: Alert[] = [];
  const updated = known.map((alert): Alert => {
    if (!isWatched(alert) || !alert.changes.every((each) => hasRecovered(each, byId.get(each.series)))) return alert;
    const closed: Alert = { ...alert, state: "fixed" };
    recovered.push(closed);
    return closed;
  });
  const fresh = found.filter(
    (each) =>
      each.change.otherMachines !== true &&
      each.range.commits.length > 0 &&
      !known.some((alert) => covers(alert, each)) &&
      !hasRecovered(each, byId.get(each.series)),
  );
  const groups = incidentsOf(grouped(fresh), suite).toSorted(worstFirst);
  return { fresh: groups.slice(0, limit), known: updated, recovered, withheld: Math.max(0, groups.length - limit) };
}

function isWatched({ state }: Alert): boolean {
  return state === "open" || state === "acknowledged";
}

/** Whether an alert tells of this change already: of the same series and kind, and of one of the same commits. */
function covers(alert: Alert, { series, change, range }: FoundChange): boolean {
  return alert.changes.some(
    (told) =>
      told.series === series &&
      told.change.judgement === change.judgement &&
      told.range.commits.some((commit) => range.commits.includes(commit)),
  );
}

/** Whether the series went back later to where it was. A series that is analysed no more has not. */
export function hasRecovered(
  { change }: { readonly change: Pick<Change, "before" | "after" | "direction" | "location"> },
  analysis: SeriesAnalysis | undefined,
): boolean {
  const last = analysis?.segments.at(-1);
  if (analysis === undefined || last === undefined) return false;
  const back = analysis.changes.some((later) => later.index > change.location.last && later.direction !== change.direction);
  const way = change.after - change.before;
  return back && way !== 0 && (change.after - last.median) / way >= recoveredShare;
}

/**
 * Whether what looked like a change is none any more: with more points the series has one level from before it on, and its newest points lie
 * at where it was before.
 * @param points all of the series, as they were analysed
 */
export function hasFaded(
  { change }: { readonly change: Pick<Change, "before" | "after" | "location"> },
  analysis: SeriesAnalysis,
  points: readonly SeriesPoint[],
): boolean {
  const { location, before, after } = change;
  const last = analysis.segments.at(-1);
  if (last === undefined || location.last < 0 || last.from > location.first) return false;
  const newest = points.slice(location.last + 1).filter(isUsable);
  const way = after - before;
  if (newest.length < method.noticePoints || way === 0) return false;
  return (after - median(newest.slice(-method.noticePoints).map(({ value }) => value))) / way >= recoveredShare;
}

/** The narrowest range first, and each change to the first group that has a commit in common with it: so no chain of ranges grows. */
function grouped(found: readonly FoundChange[]): Alert[] {
  const groups: { commits: readonly string[]; changes: FoundChange[] }[] = [];
  for (const each of found.toSorted((one, other) => one.range.commits.length - other.range.commits.length)) {
    const home = groups.find(
      ({ commits, changes }) =>
        changes[0]?.change.judgement === each.change.judgement && commits.some((commit) => each.range.commits.includes(commit)),
    );
    if (home === undefined) {
      groups.push({ commits: each.range.commits, changes: [each] });
      continue;
    }
    home.commits = home.commits.filter((commit) => each.range.commits.includes(commit));
    home.changes.push(each);
  }
  return groups.map(({ commits, changes }) => alertOf(commits, changes, false));
}

function alertOf(commits: readonly string[], changes: readonly FoundChange[], infrastructure: boolean): Alert {
  const sorted = changes.toSorted((one, other) => sizeOf(other) - sizeOf(one) || (one.series < other.series ? -1 : 1));
  const judgement = sorted[0]?.change.judgement ?? "regression";
  const lastGood = changes.find(({ range }) => range.commits[0] === commits[0] && range.lastGood !== undefined)?.range.lastGood;
  return {
    key: `${judgement} ${commits.at(-1) ?? ""} ${sorted[0]?.series ?? ""}`,
    state: "open",
    judgement,
    infrastructure,
    commits,
    ...(lastGood === undefined ? {} : { lastGood }),
    changes: sorted,
  };
}

/** Joins what happened on the same commits to a large part of the suite, nearly all of it one way, to one alert. */
function incidentsOf(alerts: readonly Alert[], suite: number): Alert[] {
  return alerts.map((alert) => {
    const moved = new Set(alert.changes.map(({ series }) => series)).size;
    const opposite = alerts
      .filter((other) => other.judgement !== alert.judgement && other.commits.some((commit) => alert.commits.includes(commit)))
      .flatMap(({ changes }) => changes.map(({ series }) => series));
    return isIncident(moved, new Set(opposite).size, suite) ? { ...alert, infrastructure: true } : alert;
  });
}

/** Whether so many series of those that were looked at moved one way, and so few the other, that it is no matter of the tests. */
export function isIncident(moved: number, opposite: number, suite: number): boolean {
  return moved >= incidentSeries && moved > incidentShare * suite && moved / (moved + opposite) >= incidentSidedness;
}

function sizeOf({ change }: FoundChange): number {
  return Number.isNaN(change.relative.estimate) ? 0 : Math.abs(change.relative.estimate);
}

/** Regressions before improvements, then by the size of the largest change and by how many series show it. */
function worstFirst(one: Alert, other: Alert): number {
  if (one.judgement !== other.judgement) return one.judgement === "regression" ? -1 : 1;
  const weight = ({ changes }: Alert) => (changes[0] === undefined ? 0 : sizeOf(changes[0])) * Math.log2(1 + changes.length);
  return weight(other) - weight(one) || (one.key < other.key ? -1 : 1);
}
