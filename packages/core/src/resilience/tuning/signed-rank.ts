/** How a sample of differences lies around zero. */
export interface SignedRank {
  /** Differences that are not zero. */
  readonly informative: number;
  /** The chance of a rank sum as far below what is to be expected, or further, if each sign were the toss of a coin. */
  readonly p_below: number;
  readonly p_above: number;
  /** The middle of the differences. */
  readonly estimate: number;
}

/**
 * Wilcoxon's signed-rank test (F. Wilcoxon, "Individual Comparisons by Ranking Methods", 1945), exact also with ties, by counting all ways
 * in which the signs could have fallen: whatever the differences are distributed like, their signs are even chances where it was drawn by
 * lot which of two comes first and neither is better. Zeros are ranked with the others and then left out (J. W. Pratt, "Remarks on Zeros
 * and Ties in the Wilcoxon Signed Rank Procedures", 1959). The estimate is the median of the means of all two of the differences
 * (J. L. Hodges and E. L. Lehmann, "Estimates of Location Based on Rank Tests", 1963).
 */
export function signedRank(differences: readonly number[]): SignedRank {
  const ranks = doubleRanks(differences.map(Math.abs));
  const kept = differences
    .map((difference, index) => ({ difference, rank: ranks[index] ?? 0 }))
    .filter(({ difference }) => difference !== 0);
  const above = kept.reduce((sum, { difference, rank }) => sum + (difference > 0 ? rank : 0), 0);
  const chances = chancesOfSums(kept.map(({ rank }) => rank));
  const upTo = (end: number) =>
    Math.min(
      1,
      chances.slice(0, end + 1).reduce((sum, chance) => sum + chance, 0),
    );
  const total = kept.reduce((sum, { rank }) => sum + rank, 0);
  return { informative: kept.length, p_below: upTo(above), p_above: upTo(total - above), estimate: middleOf(differences) };
}

/** Twice the rank of each value, from the smallest: a whole number also where ranks are shared. */
function doubleRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => {
    const first = sorted.indexOf(value);
    return first + 1 + sorted.lastIndexOf(value) + 1;
  });
}

/** How likely each sum of the ranks with a positive sign is. It is symmetric. */
function chancesOfSums(ranks: readonly number[]): number[] {
  let chances = [1];
  for (const rank of ranks) {
    const next = Array.from<number>({ length: chances.length + rank }).fill(0);
    for (const [sum, chance] of chances.entries()) {
      next[sum] = (next[sum] ?? 0) + chance / 2;
      next[sum + rank] = (next[sum + rank] ?? 0) + chance / 2;
    }
    chances = next;
  }
  return chances;
}

function middleOf(differences: readonly number[]): number {
  const means = differences.flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2));
  means.sort((a, b) => a - b);
  const half = means.length / 2;
  return ((means[Math.ceil(half) - 1] ?? 0) + (means[Math.floor(half)] ?? 0)) / 2;
}
