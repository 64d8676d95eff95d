import { type Tally, emptyTally, isOfTest } from "@shardwright/core";
import type { Clock } from "../clock.ts";
import type { AttemptEnd } from "./endings.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { LeaseState, WorkerState } from "./state.ts";

/** A block of work has so many tests at least, and ends when all runs have; where new ones always come, it ends after so many. */
const blockTasks = { least: 20, most: 200 } as const;
/** In a large fleet a block is as many tests for each slot, so that what is under way at its ends does not matter much. */
const tasksPerSlot = 8;
/** What began before a block is waited for so long. */
const washOut_ms = 60_000;
/** A slot that is free for longer, though something waits, is not kept from it by being handed its lease. */
const gapLimit_ms = 5000;
/** A worker with less memory left is short of it. */
const shortMemory_mib = 512;
/** Workers that were given up and may have been there. */
const lostLimit = 1000;

type Cause = "silent" | "cut";
type Counts = { -readonly [K in keyof Tally]: Tally[K] };

interface LeaseMeter {
  /** When its slot came to it: when it was dealt, or when the one before ended for which it waited. Monotonic. */
  slot_ms: number | undefined;
  /** What its tests took. */
  tests_ms: number;
  /** All of its tests had a result. */
  isWhole: boolean;
  readonly block: number;
  /** Leases that its worker held when it was dealt, itself included. */
  readonly beside: number;
}

/** Watches the scheduler at work, and sums up what it sees by blocks of work. It decides nothing. */
export class Meter {
  readonly #clock: Pick<Clock, "monotonic_ms">;
  readonly #leases = new WeakMap<LeaseState, LeaseMeter>();
  /** When slots of a worker became free though something waited. Monotonic, oldest first. */
  readonly #freed = new WeakMap<WorkerState, number[]>();
  /** Processes whose worker was given up. */
  readonly #lost = new Map<string, Cause>();
  readonly #onBlock: (tally: Tally) => void;
  /** Workers that were dealt something in this block, with all of their slots. */
  #used = new Map<WorkerState, number>();
  #slots = 0;
  #block = 0;
  #counts: Counts = { ...emptyTally };
  /** Leases of earlier blocks that have not ended. */
  #before = 0;
  #open = 0;
  #isBusy = false;
  #since_ms = 0;
  /** Of the stretch of time since there was last nothing to do. */
  #stretch = { tests_ms: 0, longest_ms: 0, open_ms: 0, slot_ms: 0 };
  #spent = new Set<RunState>();

  /** @param onBlock told when a block is over, before the next one begins */
  constructor(clock: Pick<Clock, "monotonic_ms">, onBlock: (tally: Tally) => void) {
    this.#clock = clock;
    this.#onBlock = onBlock;
    this.#since_ms = clock.monotonic_ms();
  }

  leaseBegun(lease: LeaseState): void {
    const { worker } = lease;
    const now_ms = this.#pass();
    if (!this.#used.has(worker)) {
      this.#used.set(worker, worker.ownSlots);
      this.#slots += worker.ownSlots;
    }
    this.#isBusy = true;
    this.#open += 1;
    const isAhead = worker.leases.size > worker.slots;
    const freed_ms = isAhead ? undefined : this.#freed.get(worker)?.shift();
    const isGap = freed_ms !== undefined && now_ms - freed_ms <= gapLimit_ms;
    this.#leases.set(lease, {
      slot_ms: isAhead ? undefined : isGap ? freed_ms : now_ms,
      tests_ms: 0,
      isWhole: true,
      block: this.#block,
      beside: worker.leases.size,
    });
  }

  /** A lease has left the books. @param isWaiting something waits that its worker might be dealt */
  leaseOver(lease: LeaseState, isWaiting: boolean): void {
    const now_ms = this.#pass();
    const { worker } = lease;
    const meter = this.#leases.get(lease);
    this.#open -= 1;
    const next = [...worker.leases.values()].map((one) => this.#leases.get(one)).find((one) => one?.slot_ms === undefined);
    if (next !== undefined) next.slot_ms = now_ms;
    else if (isWaiting) this.#freed.set(worker, [...(this.#freed.get(worker) ?? []), now_ms].slice(-worker.slots));
    else this.#freed.delete(worker);
    if (meter === undefined) return;
    this.#leases.delete(lease);
    if (meter.block !== this.#block) return void (this.#before -= 1);
    this.#counts.leases += 1;
    if (meter.isWhole) this.#counts.overhead_ms += Math.max(0, now_ms - (meter.slot_ms ?? now_ms) - meter.tests_ms);
  }

  /** An attempt ends, while its lease is still in the books. */
  attemptEnded(run: RunState, index: number, task: TaskState, attempt: AttemptState, lease: LeaseState, end: AttemptEnd): void {
    this.#pass();
    const meter = this.#leases.get(lease);
    if (meter === undefined) return;
    const { outcome, duration_ms, recovery } = end;
    const isResult = outcome === "passed" || outcome === "failed" || outcome === "errored" || outcome === "skipped";
    if (isResult) meter.tests_ms += duration_ms;
    else meter.isWhole = false;
    if (meter.block !== this.#block) return;
    const counts = this.#counts;
    if (outcome === "lost" && attempt.started) counts.thrown_ms += duration_ms;
    if (!isResult) return;
    counts.tasks += 1;
    counts.tests_ms += duration_ms;
    this.#stretch.tests_ms += duration_ms;
    this.#stretch.longest_ms = Math.max(this.#stretch.longest_ms, duration_ms);
    this.#countRetry(run, task, end);
    if (recovery?.because === "budget") {
      counts.given_up += 1;
      this.#spent.add(run);
    }
    const { known, measured, expected_ms } = run.estimate(index, lease.worker.hardware_class);
    if (outcome !== "passed" || !known || !measured || duration_ms <= 0 || expected_ms <= 0) return;
    counts.known_ms += duration_ms;
    counts.expected_ms += expected_ms;
    const { ownSlots, leases } = lease.worker;
    if (ownSlots < 2) return;
    const beside = Math.max(meter.beside, leases.size);
    const log = Math.log(duration_ms / expected_ms);
    if (beside >= 0.75 * ownSlots) {
      counts.crowded += 1;
      counts.crowded_log += log;
    } else if (beside <= 0.5 * ownSlots) {
      counts.roomy += 1;
      counts.roomy_log += log;
    }
  }

  #countRetry(run: RunState, { failures }: TaskState, { outcome, duration_ms, recovery }: AttemptEnd): void {
    // What failed just now is counted among the failures already.
    const isFailure = outcome === "failed" || outcome === "errored";
    if (failures <= (isFailure && isOfTest(recovery) ? 1 : 0)) return;
    this.#counts.retries += 1;
    if (outcome === "passed") this.#counts.retries_passed += 1;
    else this.#counts.retries_failed_ms += duration_ms;
  }

  /** A run is over. @param isIdle it was the last one that was open */
  runOver(run: RunState, isIdle: boolean): void {
    this.#pass();
    this.#counts.runs += 1;
    if (this.#spent.delete(run)) this.#counts.runs_spent += 1;
    if (!isIdle) return;
    this.#isBusy = false;
    this.#endStretch(true);
    if (this.#counts.tasks >= blockTasks.least) this.#endBlock();
  }

  /** To be called when decisions are made: a block that is long enough ends between two of them. */
  settle(): void {
    const limit = Math.max(blockTasks.most, tasksPerSlot * this.#slots);
    if (this.#counts.tasks < limit) return;
    this.#pass();
    this.#endStretch(false);
    this.#endBlock();
  }

  /** Another value holds from here on: what was seen so far of a block is of neither. */
  beginAnew(): void {
    this.#pass();
    this.#nextBlock();
  }

  beat(worker: WorkerState): void {
    if (worker.leases.size < 2 || worker.room === undefined) return;
    this.#counts.beats += 1;
    if (worker.room.memory_mib < shortMemory_mib) this.#counts.beats_short += 1;
  }

  /** A worker is given up. */
  workerLost({ instance }: WorkerState, cause: Cause): void {
    this.#pass();
    this.#counts[`lost_${cause}`] += 1;
    this.#lost.set(instance, cause);
    const [oldest] = this.#lost.keys();
    if (this.#lost.size > lostLimit && oldest !== undefined) this.#lost.delete(oldest);
  }

  workerGone(worker: WorkerState): void {
    this.#pass();
    this.#slots -= this.#used.get(worker) ?? 0;
    this.#used.delete(worker);
  }

  /** A process registers: one that was given up was there all the time. */
  workerCame(instance: string): void {
    const cause = this.#lost.get(instance);
    if (cause === undefined) return;
    this.#lost.delete(instance);
    this.#counts[`false_${cause}`] += 1;
  }

  /** Lets the time pass that went by since something was last seen. */
  #pass(): number {
    const now_ms = this.#clock.monotonic_ms();
    const passed_ms = Math.max(0, now_ms - this.#since_ms);
    this.#since_ms = now_ms;
    // With no test under way anywhere the work may wait for machines, or for somebody to mend them.
    const isAtWork = this.#isBusy && (this.#open > 0 || passed_ms <= gapLimit_ms);
    if (!isAtWork || (this.#before > 0 && now_ms < this.#washedOut_ms)) return now_ms;
    this.#stretch.open_ms += passed_ms;
    this.#stretch.slot_ms += passed_ms * this.#slots;
    return now_ms;
  }

  #washedOut_ms = 0;

  /** @param isWhole with nothing left to do, so that the longest test may have been what it waited for */
  #endStretch(isWhole: boolean): void {
    const { tests_ms, longest_ms, open_ms, slot_ms } = this.#stretch;
    this.#stretch = { tests_ms: 0, longest_ms: 0, open_ms: 0, slot_ms: 0 };
    if (open_ms <= 0 || slot_ms <= 0) return;
    const shared_ms = (tests_ms * open_ms) / slot_ms;
    this.#counts.open_ms += open_ms;
    this.#counts.least_ms += isWhole ? Math.max(longest_ms, shared_ms) : shared_ms;
  }

  #endBlock(): void {
    this.#onBlock(this.#counts);
    this.#nextBlock();
  }

  #nextBlock(): void {
    this.#block += 1;
    this.#counts = { ...emptyTally };
    this.#stretch = { tests_ms: 0, longest_ms: 0, open_ms: 0, slot_ms: 0 };
    this.#before = this.#open;
    this.#washedOut_ms = this.#clock.monotonic_ms() + washOut_ms;
    this.#used = new Map([...this.#used].filter(([worker]) => worker.leases.size > 0));
    this.#slots = [...this.#used.values()].reduce((sum, slots) => sum + slots, 0);
  }
}
