import type { Interval } from "./analysis.ts";
import { normalQuantileAbove } from "./distributions.ts";
import { countsExactly, cumulativeOfU } from "./mann-whitney.ts";
import { medianOfSorted } from "./order-statistics.ts";

/**
 * By how much the second sample lies above the first: the median of all differences (J. L. Hodges and E. L. Lehmann, "Estimates of Location
 * Based on Rank Tests", Annals of Mathematical Statistics 34, 1963), between the bounds that the Mann-Whitney test does not reject
 * (M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 1999, section 4.3). Small samples reach no further than the differences do,
 * and may hold the level less often than said. The work grows with the product of the sizes.
 */
export function hodgesLehmann(first: ArrayLike<number>, second: ArrayLike<number>, level = 0.95): Interval {
  const [m, n] = [first.length, second.length];
  const differences = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1) for (let j = 0; j < n; j += 1) differences[i * n + j] = (second[j] ?? 0) - (first[i] ?? 0);
  differences.sort();
  // With a shift between the k-th and the next difference U is k: the first that is not rejected lies above the last that may be outside.
  const bound = Math.max(0, ranksOutside(m, n, (1 - level) / 2) - 1);
  return {
    estimate: medianOfSorted(differences),
    low: differences[bound] ?? Number.NaN,
    high: differences[m * n - 1 - bound] ?? Number.NaN,
    level,
  };
}

/** How many of the smallest values of U the test rejects at one side: P(U ≤ that − 1) is at most `chance`. */
function ranksOutside(m: number, n: number, chance: number): number {
  const half = Math.max(0, Math.floor((m * n - 1) / 2));
  if (countsExactly(m, n)) {
    const cumulative = cumulativeOfU(m, n);
    let outside = 0;
    while (outside < half && (cumulative[outside] ?? 1) <= chance) outside += 1;
    return outside;
  }
  const spread = normalQuantileAbove(chance) * Math.sqrt((m * n * (m + n + 1)) / 12);
  // Corrected for continuity, as the test is.
  return Math.min(half, Math.max(0, Math.floor((m * n) / 2 - spread + 0.5)));
}
