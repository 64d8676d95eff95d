import { normalTail } from "../../trends/distributions.ts";
import { cumulativeOfU } from "../../trends/mann-whitney.ts";

/** How one sample stands to another: the ratio of the second to the first. */
export interface Ratio {
  /** The Hodges-Lehmann estimate on the logarithms: the median of all ratios of a value of the second to one of the first. */
  readonly estimate: number;
  /** Two-sided, of the Mann-Whitney test: the chance of samples so far apart if both come from one distribution. */
  readonly p: number;
  /** The least that `p` can be with so many values. */
  readonly leastP: number;
  /** The ratios between which the true one lies with this probability, those that the test does not reject; for levels up to `1 - leastP`. */
  interval(level: number): { readonly low: number; readonly high: number };
}

/** Of more values, so many are looked at, evenly spread: the work grows with the product of the sizes. */
const valuesLimit = 100;
/** Up to so many pairs the distribution of the statistic is counted out. */
const exactPairs = 400;

/**
 * Compares two samples of positive values by their ranks (H. B. Mann and D. R. Whitney 1947; J. L. Hodges and E. L. Lehmann 1963; for the
 * interval M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 1999, section 4.3). It assumes of their distributions no more
 * than that one is the other, stretched. Undefined where a sample is empty or not all of it is positive.
 */
export function ratioOf(first: readonly number[], second: readonly number[]): Ratio | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  if (![...first, ...second].every((value) => Number.isFinite(value) && value > 0)) return undefined;
  const a = thinned(first).map(Math.log);
  const b = thinned(second).map(Math.log);
  const differences = Float64Array.from(a.flatMap((x) => b.map((y) => y - x))).sort();
  const pairs = differences.length;
  const tails = tailsOf(a, b);
  const above = differences.reduce((sum, value) => sum + (value > 0 ? 1 : value === 0 ? 0.5 : 0), 0);
  const least = Math.min(above, pairs - above);
  return {
    estimate: Math.exp(((differences[(pairs - 1) >> 1] ?? 0) + (differences[pairs >> 1] ?? 0)) / 2),
    // Equal values make halves: the next whole number above them claims less.
    p: Math.min(1, 2 * tails(Math.ceil(least))),
    leastP: Math.min(1, 2 * tails(0)),
    interval(level) {
      const half = (pairs - 1) >> 1;
      let last = 0;
      // The largest U that the test rejects: with so many ratios below it, 1 is outside.
      while (last < half && tails(last + 1) <= (1 - level) / 2) last += 1;
      return { low: Math.exp(differences[last] ?? 0), high: Math.exp(differences[pairs - 1 - last] ?? 0) };
    },
  };
}

function thinned(values: readonly number[]): number[] {
  if (values.length <= valuesLimit) return [...values];
  return Array.from({ length: valuesLimit }, (_, index) => values[Math.floor((index * values.length) / valuesLimit)] ?? 0);
}

/** P(U ≤ u) if both samples come from one distribution: counted out, or, of many pairs, by the normal approximation, corrected for ties. */
function tailsOf(a: readonly number[], b: readonly number[]): (u: number) => number {
  const [m, n] = [a.length, b.length];
  if (m * n <= exactPairs) {
    const cumulative = cumulativeOfU(m, n);
    return (u) => cumulative[Math.min(u, m * n)] ?? 1;
  }
  const counts = new Map<number, number>();
  for (const value of [...a, ...b]) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  const spread = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))));
  if (!(spread > 0)) return () => 1;
  return (u) => normalTail(((m * n) / 2 - u - 0.5) / spread);
}
