import type { Lease } from "@shardwright/core";
import type { LookAhead } from "../leases/look-ahead.ts";
import { LeaseRun, warmKey, type LeaseRunOptions } from "./lease-run.ts";
import { SideChannel } from "../metrics/side-channel.ts";
import { Sessions, type SessionsOptions } from "./sessions.ts";

/** The longest time a timer of the platform can be set to, 24 days. */
const longestTimer_ms = 2 ** 31 - 1;

export interface SlotOptions {
  readonly number: number;
  readonly sessions: SessionsOptions;
  /** Where its tests write what they measure. */
  readonly metrics: string;
  readonly lookAhead: LookAhead;
  /** So much longer than it should may a task run before the lease that waits behind it goes back, for whoever is idle. */
  readonly overrun_ms: number;
  /** Told when what runs should end so soon that it is time to ask for the next lease. */
  readonly onSoonFree: () => void;
}

/** One place to run tasks in, with the warm sessions that its environment gives it. It runs one lease, and may hold the next one. */
export class Slot {
  readonly number: number;
  readonly sessions: Sessions;
  readonly measured: SideChannel;
  readonly #options: SlotOptions;
  #run: LeaseRun | undefined;
  #next: LeaseRun | undefined;
  /** Resolves when the lease taken last is over. */
  #over: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #expectedEnd_ms = 0;
  #ahead: "no" | "wanted" | "asked" = "no";

  constructor(options: SlotOptions) {
    this.#options = options;
    this.number = options.number;
    this.sessions = new Sessions(options.sessions);
    this.measured = new SideChannel(options.metrics);
  }

  get isFree(): boolean {
    return this.#run === undefined && this.#next === undefined;
  }

  /** What runs ends soon, and nobody asked yet for what comes after it. */
  get wantsNext(): boolean {
    return this.#ahead === "wanted";
  }

  /** The next lease was asked for while this one runs, and has not come. */
  get awaitsNext(): boolean {
    return this.#ahead === "asked";
  }

  /** The lease that runs, and the one that waits for its end. */
  get runs(): readonly LeaseRun[] {
    return [this.#run, this.#next].filter((run) => run !== undefined);
  }

  askedForNext(): void {
    this.#ahead = "asked";
  }

  /** Runs a lease, as soon as the one before it is over; resolves when it is over itself. */
  async execute(options: Omit<LeaseRunOptions, "sessions" | "onLastTask">): Promise<void> {
    const onLastTask = (expected_ms: number) => this.#lookAhead(expected_ms);
    const run = new LeaseRun({ ...options, sessions: this.sessions, onLastTask });
    const before = this.#over;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#over = promise;
    if (this.#run !== undefined) await this.#waitBehind(run, before);
    this.#run = run;
    this.#next = undefined;
    this.#ahead = "no";
    try {
      await run.run();
    } finally {
      clearTimeout(this.#timer);
      this.#run = undefined;
      resolve();
    }
  }

  async #waitBehind(run: LeaseRun, before: Promise<void>): Promise<void> {
    this.#next = run;
    this.#ahead = "no";
    const patience_ms = this.#expectedEnd_ms - performance.now() + this.#options.overrun_ms;
    run.prepare();
    const timer = after(patience_ms, () => run.handBack("the task before it takes longer than expected"));
    await before;
    clearTimeout(timer);
  }

  #lookAhead(expected_ms: number): void {
    this.#expectedEnd_ms = performance.now() + expected_ms;
    this.#timer = after(expected_ms - this.#options.lookAhead.before_ms(expected_ms), () => {
      this.#ahead = "wanted";
      this.#options.onSoonFree();
    });
  }
}

function after(wait_ms: number, act: () => void): NodeJS.Timeout {
  return setTimeout(act, Math.min(Math.max(0, wait_ms), longestTimer_ms));
}

/**
 * The slot for a lease: a free one with a warm session for its suite, else a free one without any to push out, else one that asked for
 * its next lease early.
 */
export function chooseSlot(slots: readonly Slot[], lease: Lease): Slot | undefined {
  const free = slots.filter((slot) => slot.isFree);
  const key = warmKey(lease);
  return (
    free.find((slot) => slot.sessions.warm.includes(key)) ??
    free.find((slot) => slot.sessions.warm.length === 0) ??
    free[0] ??
    slots.find((slot) => slot.awaitsNext)
  );
}
