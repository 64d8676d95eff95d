import type { TrendPoint } from "../../protocol/trends.ts";
import type { SeriesPoint } from "../../trends/series.ts";

/** A point as the analysis takes it: what is marked is shown, and counts for nothing. */
export function seriesPoint({ value, replicates, commit, run, machine, at_ms, mark }: TrendPoint): SeriesPoint {
  return {
    value,
    at_ms,
    ...(replicates !== undefined && { replicates }),
    ...(commit !== undefined && { commit }),
    ...(run !== undefined && { run }),
    ...(machine !== undefined && { machine }),
    ...(mark !== undefined && { partial: true }),
  };
}

export interface BranchPoints {
  /** Undefined where no point names a branch. */
  readonly branch: string | undefined;
  readonly points: readonly TrendPoint[];
  /** How many are left out. */
  readonly elsewhere: number;
}

/**
 * The points of the branch that most of them are of, and those that name none. A level is one branch's: what is tried on others would be noise.
 */
export function ofMainBranch(points: readonly TrendPoint[]): BranchPoints {
  const counts = new Map<string, number>();
  for (const { branch } of points) if (branch !== undefined) counts.set(branch, (counts.get(branch) ?? 0) + 1);
  const [main] = [...counts].toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  if (main === undefined) return { branch: undefined, points, elsewhere: 0 };
  const [branch] = main;
  const kept = points.filter((point) => point.branch === undefined || point.branch === branch);
  return { branch, points: kept, elsewhere: points.length - kept.length };
}
