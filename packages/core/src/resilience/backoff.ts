export interface BackoffPolicy {
  /** Upper bound of the first wait. */
  readonly base_ms: number;
  /** By how much that grows with each further one; 2 when absent. */
  readonly factor?: number;
  /** Upper bound of any wait. */
  readonly cap_ms: number;
}

/**
 * The wait before the attempt after number `attempt` (from 1), in milliseconds: anything from 0 to `base · factor^(attempt-1)`, capped, so
 * that those who failed together do not come back together ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param random from 0 to less than 1
 */
export function fullJitter_ms(attempt: number, { base_ms, factor = 2, cap_ms }: BackoffPolicy, random: () => number): number {
  // More than so many powers are past every cap, and would overflow into Infinity.
  return random() * Math.min(cap_ms, base_ms * factor ** Math.min(attempt - 1, 30));
}
