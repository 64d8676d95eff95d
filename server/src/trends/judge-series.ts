import {
  type AlertEnd,
  type AlertId,
  type AlertState,
  type AlertedChange,
  type Change,
  type FoundChange,
  type Judgement,
  type SeriesAnalysis,
  commitRange,
  hasFaded,
  hasRecovered,
} from "@shardwright/core";
import type { TimedPoint, WatchedSeries } from "./watched-series.ts";

/** What an alert tells of a series. */
export interface Told {
  readonly alert: AlertId;
  readonly branch: string;
  readonly state: AlertState;
  readonly judgement: Judgement;
  readonly change: AlertedChange;
}

/** A change that no alert tells of, and when the points were measured that it may begin with. */
export interface Candidate extends FoundChange {
  readonly id: number;
  readonly branch: string;
  readonly from_ms: number;
  readonly until_ms: number;
  readonly analysis: SeriesAnalysis;
}

export interface SeriesJudgement {
  readonly candidates: readonly Candidate[];
  /** The alerts that somebody may have to look at, and how what they tell of the series ended, if it did. */
  readonly watched: readonly { readonly alert: AlertId; readonly end: AlertEnd | undefined }[];
}

/** With more points a change is found at another place; within so many of them it is the same. */
const nearby = 5;

/**
 * What is new of a series, and what of it is over. A change is told once: whatever became of its alert, and though more points show it at
 * another place nearby.
 * @param since_ms a change that was measured before is none to tell now
 * @param history the branch's commits, oldest first; asked for where there is something to tell
 */
export function judgeSeries(
  series: WatchedSeries,
  all: readonly Told[],
  { since_ms, history }: { readonly since_ms: number; readonly history: () => readonly string[] },
): SeriesJudgement {
  const { row, branch, points, analysis } = series;
  const told = all.filter((each) => each.branch === branch);
  const candidates = analysis.changes.flatMap((change): Candidate[] => {
    const from_ms = points[change.location.first]?.at_ms ?? 0;
    const until_ms = Math.max(from_ms, points[change.location.last]?.at_ms ?? 0);
    if (until_ms < since_ms || change.otherMachines === true || hasRecovered({ change }, analysis)) return [];
    if (told.some((each) => isSame(each, change, points) || isUndoneBy(each, change, series))) return [];
    const range = commitRange(points, change, history());
    if (range.commits.length === 0) return [];
    return [{ series: String(row.id), id: row.id, branch, change, range, from_ms, until_ms, analysis }];
  });
  const watched = told
    .filter(({ state }) => state === "open" || state === "acknowledged")
    .map((each) => ({ alert: each.alert, end: endOf(each.change, series) }));
  return { candidates, watched };
}

/** How a change that was told ended: the series went back, or more points show none. */
export function endOf(
  told: AlertedChange,
  { points, analysis }: Pick<WatchedSeries, "points" | "analysis">,
): AlertEnd | undefined {
  const change = placed(told, points);
  if (hasRecovered({ change }, analysis)) return "recovered";
  return hasFaded({ change }, analysis, points) ? "faded" : undefined;
}

function isSame({ judgement, change: told }: Told, change: Change, points: readonly TimedPoint[]): boolean {
  if (judgement !== change.judgement) return false;
  const from_ms = points[Math.max(0, change.location.first - nearby)]?.at_ms ?? 0;
  const until_ms = points[Math.min(points.length - 1, change.location.last + nearby)]?.at_ms ?? 0;
  return told.from_ms <= until_ms && told.until_ms >= from_ms;
}

/** A regression that ends is its alert's end, and no improvement. */
function isUndoneBy({ judgement, change: told }: Told, change: Change, series: WatchedSeries): boolean {
  if (judgement !== "regression" || change.judgement !== "improvement") return false;
  return change.index > placed(told, series.points).location.last && endOf(told, series) === "recovered";
}

/** A change that was told, with its place among the points as they are now. */
function placed(told: AlertedChange, points: readonly TimedPoint[]): Pick<Change, "before" | "after" | "direction" | "location"> {
  const { before, after, direction, from_ms, until_ms } = told;
  const last = points.findLastIndex(({ at_ms }) => at_ms <= until_ms);
  const first = points.findIndex(({ at_ms }) => at_ms >= from_ms);
  return { before, after, direction, location: { first: Math.max(0, first), last, coverage: 1 } };
}
