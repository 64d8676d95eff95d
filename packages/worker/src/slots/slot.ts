import type { Lease } from "@shardwright/core";
import { LeaseRun, warmKey, type LeaseRunOptions } from "./lease-run.ts";
import { Sessions, type SessionsOptions } from "./sessions.ts";

/** One place to run tasks in, with the warm sessions that its environment gives it. */
export class Slot {
  readonly number: number;
  readonly sessions: Sessions;
  #run: LeaseRun | undefined;

  constructor(number: number, options: SessionsOptions) {
    this.number = number;
    this.sessions = new Sessions(options);
  }

  get run(): LeaseRun | undefined {
    return this.#run;
  }

  /** Runs a lease; resolves when the slot is free again. */
  async execute(options: Omit<LeaseRunOptions, "sessions">): Promise<void> {
    this.#run = new LeaseRun({ ...options, sessions: this.sessions });
    try {
      await this.#run.run();
    } finally {
      this.#run = undefined;
    }
  }
}

/** The free slot that suits a lease best: one with a warm session for its suite, else one without any to push out. */
export function chooseSlot(slots: readonly Slot[], lease: Lease): Slot | undefined {
  const free = slots.filter((slot) => slot.run === undefined);
  const key = warmKey(lease);
  return free.find((slot) => slot.sessions.warm.includes(key)) ?? free.find((slot) => slot.sessions.warm.length === 0) ?? free[0];
}
