import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** How long something goes on without a pause: whoever waits for this coordinator waits so much longer. */
const turn_ms = 8;

/** Divides a long work into short turns. */
export class Turns {
  readonly #clock: Pick<Clock, "after">;
  readonly #isUrgent: () => boolean;
  #began_ms = performance.now();
  /** The longest so far. */
  longest_ms = 0;

  /** @param isUrgent whether somebody waits for it; else it takes half of the time at most */
  constructor(clock: Pick<Clock, "after">, isUrgent: () => boolean = () => true) {
    this.#clock = clock;
    this.#isUrgent = isUrgent;
  }

  /** To be waited for between two parts of the work, each of which is short. */
  async breathe(): Promise<void> {
    const took_ms = performance.now() - this.#began_ms;
    if (took_ms < turn_ms) return;
    this.longest_ms = Math.max(this.longest_ms, took_ms);
    if (this.#isUrgent()) await nextTurn();
    else await new Promise<void>((resolve) => this.#clock.after(took_ms, resolve));
    this.#began_ms = performance.now();
  }
}
