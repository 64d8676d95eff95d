import type { Change } from "./analysis.ts";
import { isUsable, type SeriesPoint } from "./series.ts";

/** The commits one of which brought a change: after `lastGood`, up to and with `firstBad`. */
export interface CommitRange {
  /** Measured before the change for sure; undefined where the series begins too late. */
  readonly lastGood?: string;
  /** Measured after it for sure; undefined where the points name no commit. */
  readonly firstBad?: string;
  /** In order, the last one being `firstBad`. */
  readonly commits: readonly string[];
  /** The commit to measure next, so that half of them are left; undefined with fewer than two. */
  readonly next?: string;
}

/**
 * The commits that a change may come from, by its location set.
 * @param history the branch's commits, oldest first, those among them that were never measured included; without it those of the points
 */
export function commitRange(
  points: readonly SeriesPoint[],
  { location }: Pick<Change, "location">,
  history?: readonly string[],
): CommitRange {
  const good = points.slice(0, location.first).findLast((point) => isUsable(point) && point.commit !== undefined)?.commit;
  const bad = points[location.last]?.commit;
  if (bad === undefined) return { ...(good === undefined ? {} : { lastGood: good }), commits: [] };
  const commits = between(good, bad, history ?? []) ?? measuredBetween(points, location, good, bad);
  const next = commits.length < 2 ? undefined : commits[(commits.length >> 1) - 1];
  return {
    ...(good === undefined ? {} : { lastGood: good }),
    firstBad: bad,
    commits,
    ...(next === undefined ? {} : { next }),
  };
}

function between(good: string | undefined, bad: string, history: readonly string[]): readonly string[] | undefined {
  const until = history.indexOf(bad);
  const from = good === undefined ? until - 1 : history.indexOf(good);
  return until === -1 || (good !== undefined && from === -1) || from >= until ? undefined : history.slice(from + 1, until + 1);
}

function measuredBetween(
  points: readonly SeriesPoint[],
  { first, last }: Change["location"],
  good: string | undefined,
  bad: string,
): readonly string[] {
  const known = new Set<string>();
  for (const { commit } of points.slice(first, last + 1)) if (commit !== undefined && commit !== good) known.add(commit);
  known.add(bad);
  return [...known];
}
