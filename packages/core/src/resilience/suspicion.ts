/** Intervals between heartbeats that are remembered of one sender. */
export const intervalsKept = 100;
/** So many intervals must have been seen before they are believed to be usual. */
const leastIntervals = 5;
/** A sender as regular as a clock is not suspected for being late by less than about this share of its interval. */
const leastDeviation = 0.25;

/**
 * How sure it is that a sender has stopped: at 1 it would be wrong once in 10 times, at 8 once in 100 million, given how regular it was so
 * far. Phi as Hayashibara, Défago, Yared and Katayama define it ("The φ accrual failure detector", 2004), with a logistic approximation of
 * the normal distribution's tail.
 * @param intervals_ms between its last heartbeats; without some of them nothing is suspected
 * @param silent_ms since the last one
 */
export function phi(intervals_ms: readonly number[], silent_ms: number): number {
  if (intervals_ms.length < leastIntervals) return 0;
  const mean_ms = intervals_ms.reduce((sum, each) => sum + each, 0) / intervals_ms.length;
  const variance = intervals_ms.reduce((sum, each) => sum + (each - mean_ms) ** 2, 0) / intervals_ms.length;
  const deviation_ms = Math.max(Math.sqrt(variance), leastDeviation * mean_ms, 1);
  const y = (silent_ms - mean_ms) / deviation_ms;
  const x = y * (1.5976 + 0.070566 * y * y);
  // -log10(e^-x / (1 + e^-x)), written so that neither end overflows.
  return x > 0 ? (x + Math.log1p(Math.exp(-x))) / Math.LN10 : Math.log1p(Math.exp(x)) / Math.LN10;
}
