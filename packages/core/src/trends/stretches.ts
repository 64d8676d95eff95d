import { medianOfSorted, sorted } from "./order-statistics.ts";

/** A part of a sequence between two changes. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly inOrder: Float64Array;
  readonly median: number;
}

export function stretchesOf(values: Float64Array, changes: readonly number[]): Stretch[] {
  if (values.length === 0) return [];
  return [0, ...changes].map((from, at) => {
    const until = changes[at] ?? values.length;
    const inOrder = sorted(values.subarray(from, until));
    return { from, until, inOrder, median: medianOfSorted(inOrder) };
  });
}

/** What is left of each value when the median of its stretch is taken off. */
export function residualsOf(values: Float64Array, stretches: readonly Stretch[]): Float64Array {
  const residuals = Float64Array.from(values);
  for (const { from, until, median } of stretches)
    for (let index = from; index < until; index += 1) residuals[index] = (values[index] ?? 0) - median;
  return residuals;
}
