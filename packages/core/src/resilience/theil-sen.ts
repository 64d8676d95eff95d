/** A value at a moment. */
export interface Point {
  readonly at_ms: number;
  readonly value: number;
}

/** A straight line through points, and how sure its slope is. */
export interface Line {
  /** Change of the value in a millisecond: the median of the slopes of all pairs. */
  readonly slope: number;
  /** Bounds between which the slope lies, as sure as was asked for. */
  readonly from: number;
  readonly until: number;
  /** The line's value at the last point. */
  readonly end: number;
}

/** So alike may one deviation and the next be taken to be at most. */
const mostAlike = 0.9;

/**
 * The line whose slope is the median of the slopes between all pairs of points (H. Theil, 1950; P. K. Sen, "Estimates of the Regression
 * Coefficient Based on Kendall's Tau", Journal of the American Statistical Association 63, 1968). A quarter of the points may be anything
 * without moving it far. The bounds are Sen's, by the ranks of the slopes; deviations that follow each other are alike, so the variance is
 * inflated by (1 + r) / (1 − r), where r is the correlation of each deviation with the next (S. Yue and C. Wang, "The Mann-Kendall Test
 * Modified by Effective Sample Size", Water Resources Management 18, 2004).
 * @param points in the order of time, no two at one moment; the work grows with the square of their number
 * @param sureness how many standard deviations the bounds are away: 2.58 for 99 of 100
 * @returns undefined for fewer than three points
 */
export function theilSen(points: readonly Point[], sureness: number): Line | undefined {
  const count = points.length;
  const last = points.at(-1);
  if (count < 3 || last === undefined) return undefined;
  const slopes: number[] = [];
  points.forEach((later, index) => {
    for (const earlier of points.slice(0, index)) slopes.push((later.value - earlier.value) / (later.at_ms - earlier.at_ms));
  });
  slopes.sort((a, b) => a - b);
  const slope = middle(slopes);
  const ends = points.map(({ at_ms, value }) => value + slope * (last.at_ms - at_ms));
  const end = middle(ends.toSorted((a, b) => a - b));
  const likeness = Math.max(0, correlationWithNext(ends.map((value) => value - end)));
  const variance = ((count * (count - 1) * (2 * count + 5)) / 18) * ((1 + likeness) / (1 - likeness));
  const spread = sureness * Math.sqrt(variance);
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] ?? slope;
  return {
    slope,
    from: at(Math.floor((slopes.length - spread) / 2) - 1),
    until: at(Math.ceil((slopes.length + spread) / 2)),
    end,
  };
}

function middle(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const above = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? above : ((sorted[half - 1] ?? 0) + above) / 2;
}

function correlationWithNext(deviations: readonly number[]): number {
  let together = 0;
  let alone = 0;
  deviations.forEach((deviation, index) => {
    alone += deviation * deviation;
    together += deviation * (deviations[index + 1] ?? 0);
  });
  return alone === 0 ? 0 : Math.min(mostAlike, together / alone);
}
