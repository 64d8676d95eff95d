import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Readings } from "@shardwright/core";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { diskUseOf } from "./disk-use.ts";

/** Over how long the event loop and the disk are looked at, and how finely the former. */
const window_ms = 5000;
const resolution_ms = 10;
const repairsKept_ms = 3_600_000;
const mebibyte = 1024 * 1024;

/** What a coordinator measures of itself: of the last whole window, or of the present one where that is worse. */
export class OwnReadings {
  readonly #ledger: RaftLedger;
  readonly #clock: Clock;
  readonly #stateDir: string;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: resolution_ms });
  #timer: Timer | undefined;
  #lastLoop_ms = 0;
  #lastSync_ms: number | undefined;
  #counted = { sum_s: 0, count: 0 };

  constructor(ledger: RaftLedger, clock: Clock, stateDir: string) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#stateDir = stateDir;
    this.#loop.enable();
    this.#turn();
  }

  async take(): Promise<Readings> {
    const { sync, repairs, consensus } = this.#ledger;
    const { free_bytes, size_bytes } = await diskUseOf(this.#stateDir);
    const since_ms = this.#clock.now_ms() - repairsKept_ms;
    const sync_ms = Math.max(this.#lastSync_ms ?? 0, this.#sync_ms() ?? 0);
    return {
      version: 1,
      disk: { free_bytes, size_bytes },
      memory_mib: Math.floor(process.availableMemory() / mebibyte),
      loop_delay_ms: Math.max(this.loopDelay_ms, 0),
      ...(sync_ms > 0 && { sync_ms }),
      ...(sync.stalled_ms !== undefined && { stalled_ms: sync.stalled_ms }),
      repairs: repairs.filter(({ at }) => Date.parse(at) >= since_ms).length,
      is_lacking: consensus.loss !== undefined,
    };
  }

  /** How much later than it should the event loop has lately answered. */
  get loopDelay_ms(): number {
    return Math.max(this.#lastLoop_ms, this.#delay_ms());
  }

  close(): void {
    this.#timer?.cancel();
    this.#loop.disable();
  }

  #turn(): void {
    this.#lastLoop_ms = this.#delay_ms();
    this.#lastSync_ms = this.#sync_ms();
    const { sum_s, count } = this.#ledger.sync.took;
    this.#counted = { sum_s, count };
    this.#loop.reset();
    this.#timer = this.#clock.after(window_ms, () => this.#turn());
  }

  #delay_ms(): number {
    // The histogram has the time from one look to the next: what is beyond that is delay.
    return this.#loop.count === 0 ? 0 : Math.max(0, this.#loop.percentile(99) / 1e6 - resolution_ms);
  }

  #sync_ms(): number | undefined {
    const { sum_s, count } = this.#ledger.sync.took;
    const added = count - this.#counted.count;
    return added === 0 ? undefined : (1000 * (sum_s - this.#counted.sum_s)) / added;
  }
}
