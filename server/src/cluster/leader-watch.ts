import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";

/** How often it is looked. */
const look_ms = 500;
const usualAlarm_ms = 10_000;

export interface LeaderWatchOptions {
  readonly ledger: Pick<RaftLedger, "consensus">;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long nobody may lead before that is told; 10 s when absent. */
  readonly alarm_ms: number | undefined;
  /** Done at each look. */
  readonly look: () => void;
}

/** Says once when nobody has led for too long, and once when somebody does again. */
export class LeaderWatch {
  readonly #options: LeaderWatchOptions;
  /** When there was last a leader. */
  #led_ms = 0;
  #isAlarmed = false;
  #timer: Timer | undefined;

  constructor(options: LeaderWatchOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#led_ms = this.#options.clock.monotonic_ms();
    this.#lookLater();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #lookLater(): void {
    const { clock, alarm_ms = usualAlarm_ms, look } = this.#options;
    look();
    this.#timer = clock.after(Math.min(look_ms, alarm_ms / 4), () => {
      this.#look(alarm_ms);
      this.#lookLater();
    });
  }

  #look(alarm_ms: number): void {
    const { ledger, clock, log } = this.#options;
    const now_ms = clock.monotonic_ms();
    const isLed = ledger.consensus.leader !== undefined;
    const silent_ms = isLed ? 0 : now_ms - this.#led_ms;
    const isTooLong = silent_ms > alarm_ms;
    if (isTooLong && !this.#isAlarmed) log.error({ silent_ms }, "the cluster has no leader: is a majority of its voters up?");
    if (isLed && this.#isAlarmed) log.warn("the cluster has a leader again");
    if (isLed) this.#led_ms = now_ms;
    this.#isAlarmed = isTooLong;
  }
}
