/**
 * What was seen of a block of work, in sums: two of them are one when added field by field. Times are in milliseconds, of slots where
 * nothing else is said.
 */
export interface Tally {
  /** Tests that ended with a result. */
  readonly tasks: number;
  readonly leases: number;
  /** Runs that ended. */
  readonly runs: number;
  /** How long there was something to do, by the clock. */
  readonly open_ms: number;
  /** The least that this could have taken: the longest test, or all of them shared out among the slots to the last millisecond. */
  readonly least_ms: number;
  /** What the tests took, as their workers measured it. */
  readonly tests_ms: number;
  /** What slots spent on leases beside their tests, and between leases while something waited. */
  readonly overhead_ms: number;
  /** What those tests took of which a duration was known before, and what they should have taken by that. */
  readonly known_ms: number;
  readonly expected_ms: number;
  /** What was run in leases that were lost, until that was noticed. */
  readonly thrown_ms: number;
  /** Workers given up because no heartbeat came in time, or because a broken connection did not come back in time. */
  readonly lost_silent: number;
  readonly lost_cut: number;
  /** Those of them that came back, and had been there all the time. */
  readonly false_silent: number;
  readonly false_cut: number;
  /** Retries that cost the test one, those of them that passed, and what those took that did not. */
  readonly retries: number;
  readonly retries_passed: number;
  readonly retries_failed_ms: number;
  /** Tests that failed for good because their run had spent its retries, and runs to which that happened. */
  readonly given_up: number;
  readonly runs_spent: number;
  /** Sums of the logarithms of duration over expectation, where the worker's slots were nearly all in use, and where at most half were. */
  readonly crowded: number;
  readonly crowded_log: number;
  readonly roomy: number;
  readonly roomy_log: number;
  /** Heartbeats of workers that ran several tests at once, and those of them that told of hardly any memory left. */
  readonly beats: number;
  readonly beats_short: number;
}

export const emptyTally: Tally = {
  tasks: 0,
  leases: 0,
  runs: 0,
  open_ms: 0,
  least_ms: 0,
  tests_ms: 0,
  overhead_ms: 0,
  known_ms: 0,
  expected_ms: 0,
  thrown_ms: 0,
  lost_silent: 0,
  lost_cut: 0,
  false_silent: 0,
  false_cut: 0,
  retries: 0,
  retries_passed: 0,
  retries_failed_ms: 0,
  given_up: 0,
  runs_spent: 0,
  crowded: 0,
  crowded_log: 0,
  roomy: 0,
  roomy_log: 0,
  beats: 0,
  beats_short: 0,
};

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum: Record<keyof Tally, number> = { ...emptyTally };
  for (const tally of tallies) for (const field of Object.keys(sum) as (keyof Tally)[]) sum[field] += tally[field];
  return sum;
}
