import type { Estimate } from "../planning/estimate.ts";

export interface TimeLimitRequest {
  /** What is known of the task on the class of hardware that is to run it. */
  readonly estimate: Pick<Estimate, "expected_ms" | "spread" | "known" | "measured">;
  /** How slow the worker is among its like; 1 is as fast as they are. */
  readonly pace: number;
  /** How many times more than it should take at the very most; 0 for no limit of this kind. */
  readonly multiplier: number;
}

/** No task is ended sooner than this because it usually takes less: start-up and a busy machine cost as much. */
const floor_ms = 30_000;
/** So many standard deviations of the logarithm above the middle lies what a duration exceeds once in 740 times, were it lognormal. */
const deviations = 3;

/**
 * How long an attempt may take by what its task took before, in milliseconds: the multiplier times the longest that is to be expected;
 * undefined where too little is known. A test that hangs is then not waited for as long as the longest of all may take.
 */
export function learnedLimit_ms({ estimate, pace, multiplier }: TimeLimitRequest): number | undefined {
  const { expected_ms, spread, known, measured } = estimate;
  if (!known || !measured || multiplier <= 0) return undefined;
  return Math.round(Math.max(floor_ms, multiplier * Math.max(1, pace) * expected_ms * Math.exp(deviations * spread)));
}
