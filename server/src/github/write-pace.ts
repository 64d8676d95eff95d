import type { Clock } from "../clock.ts";

const minute_ms = 60_000;

/**
 * How many writes a minute go out: GitHub wants patience from whoever makes more than 80 things in one
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits). What only says how far a run is
 * leaves half of them to what says that it began or ended.
 */
export class WritePace {
  readonly #clock: Clock;
  readonly #limit: number;
  #taken_ms: number[] = [];

  constructor(clock: Clock, limit = 60) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Takes a place in this minute. @returns 0, or how long it is until one is free */
  take(isMinor: boolean): number {
    const now_ms = this.#clock.monotonic_ms();
    this.#taken_ms = this.#taken_ms.filter((at_ms) => at_ms > now_ms - minute_ms);
    const places = isMinor ? Math.floor(this.#limit / 2) : this.#limit;
    if (this.#taken_ms.length < places) {
      this.#taken_ms.push(now_ms);
      return 0;
    }
    const oldest_ms = this.#taken_ms[this.#taken_ms.length - places] ?? now_ms;
    return Math.max(1, oldest_ms + minute_ms - now_ms);
  }
}
