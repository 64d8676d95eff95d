import { ShardwrightError } from "@shardwright/core";
import type { Driver } from "@shardwright/raft";
import type { Clock } from "../clock.ts";

/** How long an answer is waited for that says how far the others are, and how often it is asked for. */
const turn_ms = 500;
const turns = 10;
/** Reads that wait at a time. */
const limit = 10_000;

/** Linearizable reads: lets a read wait until everything is applied here that was committed when it was asked for. */
export class ReadBarrier {
  readonly #driver: Pick<Driver<number>, "read">;
  readonly #clock: Clock;
  readonly #settle: () => void;
  #waiting = 0;

  /** @param settle called after each step of consensus that was taken here */
  constructor(driver: Pick<Driver<number>, "read">, clock: Clock, settle: () => void) {
    this.#driver = driver;
    this.#clock = clock;
    this.#settle = settle;
  }

  /** Reads that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws ShardwrightError `queue-full`; `no-leader` when no majority answers */
  async pass(): Promise<void> {
    if (this.#waiting >= limit)
      throw new ShardwrightError("queue-full", { count: this.#waiting, what: "reads that wait for a majority", wait: "" });
    this.#waiting += 1;
    try {
      await this.#catchUp();
    } finally {
      this.#waiting -= 1;
    }
  }

  async #catchUp(): Promise<void> {
    // A question or its answer may be lost, and the leader may change: it is asked again.
    for (let turn = 0; turn < turns; turn += 1) if (await this.#ask()) return;
    throw new ShardwrightError("no-leader");
  }

  /** @returns whether there was an answer in time */
  #ask(): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const timer = this.#clock.after(turn_ms, () => {
        giveUp();
        resolve(false);
      });
      const giveUp = this.#driver.read(() => {
        timer.cancel();
        resolve(true);
      });
      this.#settle();
    });
  }
}
