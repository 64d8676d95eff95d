/** One file and what it is expected to take. */
export interface SplitItem {
  readonly key: string;
  /** Expected duration in milliseconds; the caller fills in a default where nothing is known. */
  readonly expected_ms: number;
}

/**
 * Deals the items to `total` shares without asking anybody: longest first, each to the share that has least so far. The same items give
 * the same split on every machine, in whatever order they come, so that the shares together are always everything.
 * Source: R. L. Graham, "Bounds on Multiprocessing Timing Anomalies" (1969): at most 4/3 − 1/(3m) of the optimum.
 * @returns the keys of each share, in the order of their keys
 * @throws RangeError when `total` is no positive integer, or two items have one key
 */
export function splitByDuration(items: readonly SplitItem[], total: number): string[][] {
  if (!Number.isInteger(total) || total < 1)
    throw new RangeError(`the number of shares must be a positive integer, not ${total}`);
  if (new Set(items.map((item) => item.key)).size !== items.length) throw new RangeError("two items have one key");
  const shares = Array.from({ length: total }, () => ({ keys: [] as string[], sum_ms: 0 }));
  const longestFirst = items.toSorted((a, b) => b.expected_ms - a.expected_ms || compare(a.key, b.key));
  for (const item of longestFirst) {
    const least = shares.reduce((best, share) => (share.sum_ms < best.sum_ms ? share : best));
    least.keys.push(item.key);
    least.sum_ms += item.expected_ms;
  }
  return shares.map((share) => share.keys.sort(compare));
}

/** By code units: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
