import type { ShardwrightError } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** Those who are refused try again and again: each is told of once in this time, and so many are remembered. */
const again_ms = 60_000;
const limit = 64;

/** Tells the operator of coordinators that are not let in, each now and then. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** When whoever was refused was told of. */
  readonly #told = new Map<string, number>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(from: string, { code, message, hint }: ShardwrightError): void {
    const now_ms = this.#clock.monotonic_ms();
    const key = `${from} ${code}`;
    if (now_ms < (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) + again_ms) return;
    if (this.#told.size >= limit) this.#told.clear();
    this.#told.set(key, now_ms);
    this.#log.warn({ from, code, reason: message, hint }, "a connection of another coordinator was refused");
  }
}
