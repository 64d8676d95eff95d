/** What repeated measurements say, in their own unit. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * The value below which a share of the values lie, between two of them by straight line: method 7 of Hyndman and Fan (1996), as R and NumPy
 * have it by default.
 * @param sorted ascending, at least one
 * @param share from 0 to 1
 */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** @throws RangeError when there is nothing to sum up, or a value is no finite number */
export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError("nothing was measured");
  if (!values.every(Number.isFinite)) throw new RangeError("a measurement is no finite number");
  const sorted = values.toSorted((first, second) => first - second);
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    max: quantile(sorted, 1),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
  };
}

const percentiles = [
  ["p90", 10],
  ["p95", 20],
  ["p99", 100],
] as const;

/** The percentiles that so many measurements can tell: with fewer, one would be the largest value by another name. */
export function percentilesOf(values: readonly number[]): { readonly name: string; readonly value: number }[] {
  const summary = summarise(values);
  return percentiles.filter(([, least]) => values.length >= least).map(([name]) => ({ name, value: summary[name] }));
}
