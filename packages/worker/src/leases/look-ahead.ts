/** Before anything was measured: what a request takes on one machine. */
const firstGuess_ms = 10;
/** Weight of the newest measurement. */
const weight = 0.3;
/** Estimates are good to a few percent; a lease asked for this much earlier than needed does no harm. */
const share = 0.05;
/** A lease must not wait for long behind a task while another worker might be idle. */
const longest_ms = 500;

/**
 * How early the next lease is asked for while the last task of one still runs, so that the answer is there when the slot becomes free:
 * twice the round trip, smoothed exponentially, or a twentieth of the task's expected time where that is more.
 */
export class LookAhead {
  #roundTrip_ms = firstGuess_ms;

  /** Takes note of how long a request for a lease took that was not held open. */
  measured(roundTrip_ms: number): void {
    this.#roundTrip_ms += weight * (roundTrip_ms - this.#roundTrip_ms);
  }

  /** Time before the expected end. */
  before_ms(expected_ms: number): number {
    return Math.min(longest_ms, Math.max(2 * this.#roundTrip_ms, share * expected_ms));
  }
}
