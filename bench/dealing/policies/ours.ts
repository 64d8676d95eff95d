import {
  type Estimate,
  type OtherSlot,
  type RunningAttempt,
  PendingQueue,
  batchLimits,
  deal,
  duplicateLimit,
  endsSoonerElsewhere,
  estimateDurations,
  paceLimit,
  paceOf,
  remaining_ms,
  speculate,
  startUp_ms,
} from "@shardwright/core";
import type { Ask, Dealer, Policy } from "../policy.ts";
import type { Pool } from "../scenario.ts";

/** What of the production policy is on; all of it when absent. For seeing what each part is worth. */
export interface OursOptions {
  readonly name?: string;
  /** Tasks that may be the last go to the slot that ends them first. */
  readonly unlikeSlots?: boolean;
  readonly pace?: boolean;
  readonly speculation?: boolean;
  /** Longest batch; the production default when absent. */
  readonly cap_ms?: number;
}

/** The production policy: the functions by which the coordinator deals, and no rules of its own. */
export function ours(options: OursOptions = {}): Policy {
  return { name: options.name ?? "shardwright", begin: (pool) => new OurDealer(pool, options) };
}

interface HardwareClass {
  readonly estimates: readonly Estimate[];
  readonly queues: readonly PendingQueue[];
}

interface WorkerState {
  readonly hardware: HardwareClass;
  ratios: number[];
  /** What it runs, the first of it now. */
  tasks: number[];
  began_ms: number;
  isGone: boolean;
}

/** Keeps what the coordinator's memory keeps, and asks the core what to do. */
class OurDealer implements Dealer {
  readonly #pool: Pool;
  readonly #options: OursOptions;
  readonly #suites: readonly string[];
  readonly #classes = new Map<string, HardwareClass>();
  readonly #workers: WorkerState[];
  /** Tasks that were lost or handed back, oldest first: each goes to a worker by itself. */
  readonly #singles = new Set<number>();
  readonly #duplicated = new Set<number>();

  constructor(pool: Pool, options: OursOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#suites = [...new Set(pool.tasks.map(({ suite }) => suite))];
    for (const { hardware_class } of pool.workers)
      if (!this.#classes.has(hardware_class)) this.#classes.set(hardware_class, this.#hardware(hardware_class));
    this.#workers = pool.workers.map(({ hardware_class, recent }) => {
      const hardware = this.#classes.get(hardware_class) ?? this.#hardware(hardware_class);
      const ratios = recent.map(({ task, duration_ms }) => duration_ms / (hardware.estimates[task]?.expected_ms ?? duration_ms));
      return { hardware, ratios: ratios.slice(-paceLimit), tasks: [], began_ms: 0, isGone: false };
    });
  }

  next(ask: Ask): readonly number[] | undefined {
    const { worker, now_ms } = ask;
    const state = this.#workers[worker];
    if (state === undefined) return undefined;
    const tasks = this.#nextSingle(ask, state) ?? this.#nextBatch(ask, state) ?? this.#duplicate(ask, state);
    if (tasks === undefined) return undefined;
    for (const task of tasks) {
      this.#singles.delete(task);
      for (const { queues } of this.#classes.values()) for (const queue of queues) queue.remove(task);
    }
    state.tasks = [...tasks];
    state.began_ms = now_ms;
    return tasks;
  }

  finished({ worker, task, duration_ms, now_ms }: Parameters<Required<Dealer>["finished"]>[0]): void {
    for (const [index, state] of this.#workers.entries()) {
      if (!state.tasks.includes(task)) continue;
      // Another one that ran it is stopped.
      state.tasks = index === worker ? state.tasks.filter((one) => one !== task) : [];
      state.began_ms = now_ms;
    }
    const state = this.#workers[worker];
    const estimate = state?.hardware.estimates[task];
    if (state !== undefined && estimate?.measured === true)
      state.ratios = [...state.ratios, duration_ms / estimate.expected_ms].slice(-paceLimit);
  }

  returned(tasks: readonly number[]): void {
    for (const task of tasks) this.#singles.add(task);
  }

  lost(worker: number): void {
    const state = this.#workers[worker];
    if (state !== undefined) Object.assign(state, { tasks: [], isGone: true });
  }

  back(worker: number): void {
    const state = this.#workers[worker];
    if (state !== undefined) state.isGone = false;
  }

  #hardware(hardware_class: string): HardwareClass {
    const { tasks, history } = this.#pool;
    const estimates = estimateDurations(tasks, history, hardware_class);
    const planned_ms = estimates.map((estimate) => estimate.planned_ms);
    const queues = this.#suites.map((suite) => {
      const own = [...tasks.keys()].filter((task) => tasks[task]?.suite === suite);
      const queue = new PendingQueue(planned_ms, own);
      for (const task of own) queue.add(task);
      return queue;
    });
    return { estimates, queues };
  }

  #nextSingle(ask: Ask, state: WorkerState): number[] | undefined {
    const others = this.#others(ask);
    for (const task of this.#singles)
      if (others === undefined || !endsSoonerElsewhere(task, this.#planned_ms(state, task), others())) return [task];
    return undefined;
  }

  #nextBatch(ask: Ask, state: WorkerState): readonly number[] | undefined {
    const slots = this.#workers.filter(({ isGone }) => !isGone).length;
    const queues = state.hardware.queues.map((pending, index) => ({ suite: this.#suites[index] ?? "", pending, slots }));
    const others = this.#others(ask);
    const { warm } = ask;
    const limits = { ...batchLimits, cap_ms: this.#options.cap_ms ?? batchLimits.cap_ms };
    return deal({ queues, warm, ...limits, pace: this.#paceOf(state), ...(others === undefined ? {} : { others }) })?.tasks;
  }

  #duplicate(ask: Ask, state: WorkerState): number[] | undefined {
    const isEnd = this.#singles.size === 0 && state.hardware.queues.every(({ size }) => size === 0);
    if (this.#options.speculation === false || !isEnd) return undefined;
    if (this.#duplicated.size >= duplicateLimit(this.#pool.tasks.length)) return undefined;
    const running: RunningAttempt[] = this.#workers.flatMap((other) => {
      const [task] = other.tasks;
      if (other === state || task === undefined || this.#duplicated.has(task)) return [];
      return [{ task, left_ms: this.#left_ms(other, ask.now_ms) }];
    });
    const here_ms = ({ task }: RunningAttempt) => {
      const isWarm = ask.warm.has(this.#pool.tasks[task]?.suite ?? "");
      return this.#expected_ms(state, task) + (isWarm ? 0 : startUp_ms);
    };
    const chosen = speculate({ running, here_ms, others: this.#others(ask) });
    if (chosen === undefined) return undefined;
    this.#duplicated.add(chosen.task);
    return [chosen.task];
  }

  /** The slots that are busy, or ask at this moment as well. */
  #others({ worker, now_ms, idle }: Ask): (() => OtherSlot[]) | undefined {
    if (this.#options.unlikeSlots === false) return undefined;
    return () =>
      this.#workers.flatMap((other, index) => {
        if (other.isGone || index === worker || (other.tasks.length === 0 && !idle.includes(index))) return [];
        const rest = other.tasks.slice(1).reduce((sum, task) => sum + this.#expected_ms(other, task), 0);
        return {
          free_ms: other.tasks.length === 0 ? 0 : this.#left_ms(other, now_ms) + rest,
          whole_ms: this.#paceOf(other) * other.hardware.queues.reduce((sum, { total_ms }) => sum + total_ms, 0),
          duration_ms: (task) => this.#planned_ms(other, task),
        };
      });
  }

  /** Until what it runs now should end. */
  #left_ms(state: WorkerState, now_ms: number): number {
    const task = state.tasks[0] ?? -1;
    const spread = state.hardware.estimates[task]?.spread ?? 1;
    return remaining_ms({ expected_ms: this.#expected_ms(state, task), spread }, now_ms - state.began_ms);
  }

  #paceOf({ ratios }: WorkerState): number {
    return this.#options.pace === false ? 1 : paceOf(ratios);
  }

  #expected_ms(state: WorkerState, task: number): number {
    return this.#paceOf(state) * (state.hardware.estimates[task]?.expected_ms ?? 0);
  }

  #planned_ms(state: WorkerState, task: number): number {
    return this.#paceOf(state) * (state.hardware.estimates[task]?.planned_ms ?? 0);
  }
}
