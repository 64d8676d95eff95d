/** Replicates that are kept of one point; of more, so many that are spread evenly over them in their order of size. */
export const keptReplicates = 32;

/** What a point keeps of its replicates. */
export interface Condensed {
  readonly value: number;
  readonly count: number;
  /** The median distance from the median, in the metric's unit. */
  readonly spread?: number;
  readonly replicates?: readonly number[];
}

/** @param sorted ascending, not empty */
export function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? upper) / 2 + upper / 2;
}

export function ascending(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The median distance of values from their median. @param values not empty */
export function deviationOf(values: readonly number[]): number {
  const middle = medianOf(ascending(values));
  return medianOf(ascending(values.map((value) => Math.abs(value - middle))));
}

/** A metric's value is what it says; its replicates are thinned out where there are many. */
export function condense(value: number, replicates: readonly number[] | undefined): Condensed {
  if (replicates === undefined || replicates.length === 0) return { value, count: 1 };
  const count = replicates.length;
  const spread = deviationOf(replicates);
  if (count <= keptReplicates) return { value, count, spread, replicates };
  const sorted = ascending(replicates);
  const step = (count - 1) / (keptReplicates - 1);
  return {
    value,
    count,
    spread,
    replicates: Array.from({ length: keptReplicates }, (_, at) => sorted[Math.round(at * step)] ?? value),
  };
}
