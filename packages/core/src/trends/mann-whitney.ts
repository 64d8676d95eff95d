import { normalTail } from "./distributions.ts";
import { ranksOf } from "./order-statistics.ts";

export interface MannWhitney {
  /** How many pairs there are in which the first sample's value is the larger, equal ones counted half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  readonly exact: boolean;
}

/** Up to so many in the smaller sample, and so many pairs, the distribution is counted out. */
const exactSmaller = 10;
const exactPairs = 400;

/**
 * The chance of samples so far apart if both come from one distribution (H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two
 * Random Variables is Stochastically Larger than the Other", Annals of Mathematical Statistics 18, 1947). Exact for small samples without
 * equal values; else by the normal approximation with the variance corrected for ties (E. L. Lehmann, "Nonparametrics", 1975) and for continuity.
 */
export function mannWhitney(first: ArrayLike<number>, second: ArrayLike<number>): MannWhitney {
  const [m, n] = [first.length, second.length];
  if (m === 0 || n === 0) return { u: 0, p: 1, exact: true };
  const all = new Float64Array(m + n);
  all.set(first);
  all.set(second, m);
  const { ranks, ties } = ranksOf(all);
  let sum = 0;
  for (let index = 0; index < m; index += 1) sum += ranks[index] ?? 0;
  const u = sum - (m * (m + 1)) / 2;
  if (ties === 0 && countsExactly(m, n)) {
    const cumulative = cumulativeOfU(m, n);
    return { u, p: Math.min(1, 2 * (cumulative[Math.min(u, m * n - u)] ?? 1)), exact: true };
  }
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  if (variance <= 0) return { u, p: 1, exact: false };
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return { u, p: Math.min(1, 2 * normalTail(z)), exact: false };
}

/** The least that the two-sided p of samples of these sizes can be without equal values; 0 stands for less than one in a million. */
export function leastChance(m: number, n: number): number {
  return countsExactly(m, n) ? Math.min(1, 2 * (cumulativeOfU(m, n)[0] ?? 1)) : 0;
}

export function countsExactly(m: number, n: number): boolean {
  return Math.min(m, n) <= exactSmaller && m * n <= exactPairs;
}

const counted = new Map<number, Float64Array>();

/**
 * P(U ≤ u) for u = 0 … m·n: the coefficients of the Gaussian binomial coefficient, which count the arrangements with each U.
 * Only for sizes of which `countsExactly` is true.
 */
export function cumulativeOfU(m: number, n: number): Float64Array {
  const [small, large] = m < n ? [m, n] : [n, m];
  const key = small * (exactPairs + 1) + large;
  const known = counted.get(key);
  if (known !== undefined) return known;
  const counts = new Float64Array(small * large + 1);
  counts[0] = 1;
  for (let factor = 1; factor <= small; factor += 1) {
    const up = large + factor;
    for (let u = counts.length - 1; u >= up; u -= 1) counts[u] = (counts[u] ?? 0) - (counts[u - up] ?? 0);
    for (let u = factor; u < counts.length; u += 1) counts[u] = (counts[u] ?? 0) + (counts[u - factor] ?? 0);
  }
  for (let u = 1; u < counts.length; u += 1) counts[u] = (counts[u] ?? 0) + (counts[u - 1] ?? 0);
  const total = counts[counts.length - 1] ?? 1;
  const cumulative = counts.map((count) => count / total);
  counted.set(key, cumulative);
  return cumulative;
}
