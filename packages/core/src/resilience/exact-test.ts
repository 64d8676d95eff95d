/** Tests that can be compared with one another: how many there were, how many failed, how many ran here, and how many of those failed. */
export interface Stratum {
  readonly total: number;
  readonly failed: number;
  readonly here: number;
  readonly failed_here: number;
}

/** The natural logarithms of 0! to `most`!. */
export function logFactorials(most: number): Float64Array {
  const logs = new Float64Array(most + 1);
  for (let value = 2; value <= most; value += 1) logs[value] = (logs[value - 1] ?? 0) + Math.log(value);
  return logs;
}

/**
 * Fisher's exact test, one-sided (more failures here than elsewhere), over strata: given how many failed and how many ran here in each of
 * them, the failures here are hypergeometric in each stratum, and their sum is what is tested. With one stratum it is Fisher's test
 * (Fisher 1935); with several the exact test of a common odds ratio of 1 (Gart 1970). A stratum in which all failed or none, or all ran
 * here or none, says nothing and changes nothing.
 * @param logs of at least as many factorials as the largest stratum has tests
 * @returns the chance that so many of the failures, or more, fall here by accident
 */
export function exactTest(strata: readonly Stratum[], logs: Float64Array): number {
  let distribution = [1];
  let certain = 0;
  let observed = 0;
  for (const { total, failed, here, failed_here } of strata) {
    observed += failed_here;
    const least = Math.max(0, failed + here - total);
    const most = Math.min(failed, here);
    certain += least;
    if (least === most) continue;
    const chances = Array.from({ length: most - least + 1 }, (_, index) =>
      Math.exp(logHypergeometric({ total, failed, here, failed_here: least + index }, logs)),
    );
    distribution = convolved(distribution, chances);
  }
  // The smallest terms first, so that none of them is lost.
  const tail = distribution.slice(Math.max(0, observed - certain));
  return Math.min(
    1,
    tail.reduceRight((sum, chance) => sum + chance, 0),
  );
}

/** The least that chance could have been, whichever of the tests had failed: what could never be significant needs no correction. */
export function leastChance(strata: readonly Omit<Stratum, "failed_here">[], logs: Float64Array): number {
  let log = 0;
  for (const stratum of strata)
    log += logHypergeometric({ ...stratum, failed_here: Math.min(stratum.failed, stratum.here) }, logs);
  return Math.exp(log);
}

function logHypergeometric({ total, failed, here, failed_here }: Stratum, logs: Float64Array): number {
  const choose = (n: number, k: number) => (logs[n] ?? NaN) - (logs[k] ?? NaN) - (logs[n - k] ?? NaN);
  return choose(failed, failed_here) + choose(total - failed, here - failed_here) - choose(total, here);
}

function convolved(one: readonly number[], other: readonly number[]): number[] {
  const sums = Array.from<number>({ length: one.length + other.length - 1 }).fill(0);
  for (const [i, a] of one.entries()) for (const [j, b] of other.entries()) sums[i + j] = (sums[i + j] ?? 0) + a * b;
  return sums;
}

/**
 * By how much the chances of a family of tests must be multiplied so that, where nothing depends on anything, one of them is significant
 * with a probability of at most `level`: Bonferroni's correction, counting only tests that could be significant at all (Tarone 1990).
 */
export function correctionFor(least_ps: readonly number[], level: number): number {
  const sorted = least_ps.toSorted((a, b) => a - b);
  for (let factor = 1; factor <= sorted.length; factor += 1) {
    const next = sorted[factor];
    if (next === undefined || next > level / factor) return factor;
  }
  return Math.max(1, sorted.length);
}
