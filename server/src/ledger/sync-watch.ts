import type { Clock } from "../clock.ts";
import { Tally } from "../observability/tally.ts";
import { Alarm } from "./alarm.ts";

/** Watches how long the disk takes to keep what it is given. One write is under way at a time. */
export class SyncWatch {
  /** How long writes took until they were on the disk. */
  readonly took = new Tally();
  /** Writes that took longer than they may. */
  stalls = 0;
  readonly #clock: Clock;
  readonly #limit_ms: number;
  readonly #tell: (stalled_ms: number | undefined) => void;
  readonly #alarm: Alarm;
  #since_ms: number | undefined;
  /** When it is looked at next. */
  #expected_ms = 0;
  #isStalled = false;

  /** @param tell called with how long a write takes already, when that is too long, and again each time as much has passed; with nothing when it has ended */
  constructor(clock: Clock, limit_ms: number, tell: (stalled_ms: number | undefined) => void) {
    this.#clock = clock;
    this.#limit_ms = limit_ms;
    this.#tell = tell;
    this.#alarm = new Alarm(clock, () => this.#ring());
  }

  begin(): void {
    this.#since_ms = this.#clock.monotonic_ms();
    this.#expect(this.#since_ms + this.#limit_ms);
  }

  end(): void {
    if (this.#since_ms === undefined) return;
    this.took.add(this.#clock.monotonic_ms() - this.#since_ms);
    this.#since_ms = undefined;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#tell(undefined);
  }

  /** How long the write that is under way takes already, if that is too long. */
  get stalled_ms(): number | undefined {
    return this.#isStalled && this.#since_ms !== undefined ? this.#clock.monotonic_ms() - this.#since_ms : undefined;
  }

  close(): void {
    this.#alarm.cancel();
  }

  #ring(): void {
    if (this.#since_ms === undefined) return;
    const now_ms = this.#clock.monotonic_ms();
    const lateness_ms = this.#limit_ms / 10;
    if (now_ms > this.#expected_ms + lateness_ms) {
      // This thread was busy, or the machine slept: that the write is done may only not have been heard yet.
      this.#expect(now_ms + lateness_ms);
      return;
    }
    if (!this.#isStalled) this.stalls += 1;
    this.#isStalled = true;
    this.#expect(now_ms + this.#limit_ms);
    this.#tell(now_ms - this.#since_ms);
  }

  #expect(time_ms: number): void {
    this.#expected_ms = time_ms;
    this.#alarm.set(time_ms);
  }
}
