/** How long an attempt should take, and how far to trust it. */
export interface Expectation {
  /** The middle of what it should take, in milliseconds. */
  readonly expected_ms: number;
  /** Standard deviation of the duration's logarithm: 0.1 is known well, 1 hardly at all. */
  readonly spread: number;
}

/** Before anything is seen of it, one attempt in so many is taken to be stuck: its worker is gone or starved, or its test hangs. */
const stuckShare = 0.01;
const leastSpread = 0.05;

/**
 * How much longer an attempt that has run for some time should take, in milliseconds: the middle of what is left. An attempt on its way is
 * taken to be log-logistic, which survives the time t with the probability 1 / (1 + (t/m)^b), so that what is left has a closed form
 * (S. Bennett, "Log-Logistic Regression Models for Survival Data", 1983). One that is stuck has b = 1: the longer it took, the longer it
 * will. By Bayes's rule, an attempt that has run for too long is ever more likely to be one of these.
 */
export function remaining_ms({ expected_ms, spread }: Expectation, elapsed_ms: number): number {
  const median_ms = Math.max(1, expected_ms);
  const elapsed = Math.max(0, elapsed_ms) / median_ms;
  // The standard deviation of a logistic distribution is pi / sqrt(3) times its scale, of which the shape is the reciprocal.
  const shape = Math.PI / Math.sqrt(3) / Math.max(leastSpread, spread);
  const aged = elapsed ** shape;
  // Where the power is too large for a number, its limit.
  const left = Number.isFinite(2 * aged) ? (1 + 2 * aged) ** (1 / shape) - elapsed : elapsed * (2 ** (1 / shape) - 1);
  const onItsWay = (1 - stuckShare) / (1 + aged);
  const stuck = stuckShare / (1 + elapsed);
  const left_ms = (onItsWay * left + stuck * (1 + elapsed)) / (onItsWay + stuck);
  return median_ms * left_ms;
}
