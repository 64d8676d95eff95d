import type { Clock, Timer } from "../clock.ts";

/**
 * Calls when a moment has come that is moved again and again, mostly further away: a timer that is set already is kept if it comes early
 * enough, and looks again then.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: { readonly at_ms: number; readonly timer: Timer } | undefined;
  #time_ms = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** @param time_ms by the clock that does not go back; Infinity for never */
  set(time_ms: number): void {
    this.#time_ms = time_ms;
    if (time_ms === Number.POSITIVE_INFINITY) return;
    if (this.#timer !== undefined) {
      if (this.#timer.at_ms <= time_ms) return;
      this.#timer.timer.cancel();
    }
    const timer = this.#clock.after(Math.max(0, time_ms - this.#clock.monotonic_ms()), () => {
      this.#timer = undefined;
      if (this.#clock.monotonic_ms() < this.#time_ms) this.set(this.#time_ms);
      else this.#ring();
    });
    this.#timer = { at_ms: time_ms, timer };
  }

  cancel(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#time_ms = Number.POSITIVE_INFINITY;
  }
}
