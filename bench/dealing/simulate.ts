import type { Dealer, Policy } from "./policy.ts";
import type { Scenario } from "./scenario.ts";

export interface Outcome {
  readonly makespan_ms: number;
  /** How often each task was begun. */
  readonly begun: readonly number[];
  /** How many results of each task counted: one, or something is wrong. */
  readonly results: readonly number[];
  readonly duplicates: number;
}

/** Told of what a coordinator could see. */
export interface Watch {
  /** A lease is over: how long its worker had it, and what its tests took. */
  readonly leaseOver?: (lease: { readonly held_ms: number; readonly tests_ms: number }) => void;
  readonly finished?: (task: number, duration_ms: number) => void;
  /** A worker is given up: how long the test had run that it was at, if any, and whether it is there all the same. */
  readonly gaveUp?: (loss: { readonly thrown_ms: number; readonly isThere: boolean }) => void;
}

interface Step {
  readonly at_ms: number;
  readonly number: number;
  readonly act: () => void;
}

interface Execution {
  readonly worker: number;
  readonly task: number;
  readonly begins_ms: number;
  readonly ends_ms: number;
}

interface WorkerState {
  /** Suites with a process ready, the one used last at the end. */
  warm: string[];
  /** What it was dealt and has not reported, in order. */
  open: Execution[];
  isIdle: boolean;
  /** Grows when it is stopped: what it was to do before is void. */
  era: number;
  isGone: boolean;
  /** Until when it cannot be heard. */
  silent_ms: number;
  /** When it was dealt its lease, and what the tests of that took so far. */
  dealt_ms: number;
  tests_ms: number;
}

/** How often a worker that nothing was found for is asked again. */
const again_ms = 250;
/** A slot keeps two sessions beside the one in use. */
const warmLimit = 3;
/** A run that takes so many times the work on one slow worker will never end. */
const patience = 10;

/** Plays one run under a policy. @throws Error when the policy breaks the rules, or leaves tasks undone */
export function simulate(scenario: Scenario, policy: Policy, watch: Watch = {}): Outcome {
  return new Simulation(scenario, policy.begin(scenario.pool), watch).play();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #dealer: Dealer;
  readonly #watch: Watch;
  readonly #steps = new StepQueue();
  readonly #workers: WorkerState[];
  readonly #waiting: Set<number>;
  readonly #begun: number[];
  readonly #results: number[];
  #duplicates = 0;
  #open: number;
  #now_ms = 0;
  #isAskingAgain = false;

  constructor(scenario: Scenario, dealer: Dealer, watch: Watch) {
    this.#scenario = scenario;
    this.#watch = watch;
    this.#dealer = dealer;
    const { tasks, workers } = scenario.pool;
    this.#workers = workers.map(() => {
      return { warm: [], open: [], isIdle: true, era: 0, isGone: false, silent_ms: 0, dealt_ms: 0, tests_ms: 0 };
    });
    this.#waiting = new Set(tasks.keys());
    this.#begun = tasks.map(() => 0);
    this.#results = tasks.map(() => 0);
    this.#open = tasks.length;
  }

  play(): Outcome {
    const { loss, stalls = [], leaseTtl_ms, works_ms, seed } = this.#scenario;
    const limit_ms = patience * works_ms.reduce((sum, work) => sum + work, 1);
    if (loss !== undefined) {
      this.#at(loss.at_ms, () => this.#disappear(loss.worker));
      this.#at(loss.at_ms + leaseTtl_ms, () => this.#giveUp(loss.worker));
    }
    for (const { worker, at_ms, length_ms } of stalls) {
      this.#at(at_ms, () => this.#fallSilent(worker, length_ms));
      if (length_ms > leaseTtl_ms) this.#at(at_ms + leaseTtl_ms, () => this.#giveUp(worker));
      this.#at(at_ms + length_ms, () => this.#beHeard(worker, length_ms > leaseTtl_ms));
    }
    this.#deal();
    while (this.#open > 0) {
      const step = this.#steps.take();
      if (step === undefined || step.at_ms > limit_ms) throw new Error(`seed ${seed}: ${this.#open} tasks were never run`);
      this.#now_ms = step.at_ms;
      step.act();
    }
    return { makespan_ms: this.#now_ms, begun: this.#begun, results: this.#results, duplicates: this.#duplicates };
  }

  #at(at_ms: number, act: () => void): void {
    this.#steps.add(at_ms, act);
  }

  /** Gives every idle worker what the policy has for it, one lease to each in turn. */
  #deal(): void {
    if (this.#open === 0) return;
    for (const worker of this.#idle()) {
      const idle = this.#idle();
      const warm = new Set(this.#workers[worker]?.warm);
      const tasks = this.#dealer.next({ worker, now_ms: this.#now_ms, warm, idle });
      if (tasks !== undefined) this.#lease(worker, tasks);
    }
    if (this.#isAskingAgain || this.#idle().length === 0) return;
    this.#isAskingAgain = true;
    this.#at(this.#now_ms + again_ms, () => {
      this.#isAskingAgain = false;
      this.#deal();
    });
  }

  #idle(): number[] {
    return [...this.#workers.keys()].filter((worker) => this.#isThere(worker));
  }

  #isThere(worker: number): boolean {
    const state = this.#workers[worker];
    return state !== undefined && state.isIdle && state.silent_ms <= this.#now_ms;
  }

  #lease(worker: number, tasks: readonly number[]): void {
    const { pool, works_ms, speeds, startUps_ms, roundTrip_ms } = this.#scenario;
    const state = this.#workers[worker];
    if (state === undefined || tasks.length === 0) throw new Error(`worker ${worker} was dealt an empty lease`);
    const speed = speeds[worker] ?? 1;
    const isDuplicate = tasks.length === 1 && !this.#waiting.has(tasks[0] ?? -1);
    Object.assign(state, { isIdle: false, dealt_ms: this.#now_ms, tests_ms: 0 });
    let at_ms = this.#now_ms + roundTrip_ms / 2;
    for (const task of tasks) {
      if (isDuplicate) this.#refuseBadDuplicate(task, worker);
      else if (!this.#waiting.delete(task)) throw new Error(`task ${task} was dealt while it did not wait`);
      const suite = pool.tasks[task]?.suite ?? "";
      if (!state.warm.includes(suite)) at_ms += (startUps_ms.get(suite) ?? 0) / speed;
      state.warm = [...state.warm.filter((warm) => warm !== suite), suite].slice(-warmLimit);
      const execution = { worker, task, begins_ms: at_ms, ends_ms: at_ms + (works_ms[task] ?? 0) / speed };
      state.open.push(execution);
      at_ms = execution.ends_ms;
      this.#whileIts(state, execution.begins_ms, () => void (this.#begun[task] = (this.#begun[task] ?? 0) + 1));
      this.#whileIts(state, execution.ends_ms, () => this.#at(this.#now_ms + roundTrip_ms / 2, () => this.#arrive(execution)));
    }
    if (isDuplicate) this.#duplicates += 1;
  }

  /** At a moment on the worker's own side: nothing happens there any more once it is gone or was stopped. */
  #whileIts(state: WorkerState, at_ms: number, act: () => void): void {
    const { era } = state;
    this.#at(at_ms, () => {
      if (!state.isGone && state.era === era) act();
    });
  }

  #refuseBadDuplicate(task: number, worker: number): void {
    const holders = this.#holdersOf(task);
    if (this.#results[task] !== 0 || holders.length !== 1 || holders[0] === worker)
      throw new Error(`task ${task} cannot be duplicated on worker ${worker}: held by ${holders.join(", ") || "nobody"}`);
  }

  #holdersOf(task: number): number[] {
    return [...this.#workers.keys()].filter((worker) => this.#workers[worker]?.open.some((one) => one.task === task));
  }

  #arrive(execution: Execution): void {
    const { worker, task, begins_ms, ends_ms } = execution;
    const state = this.#workers[worker];
    // Taken away from it while the result was on its way.
    if (state === undefined || !state.open.includes(execution)) return;
    if (state.silent_ms > this.#now_ms) return this.#at(state.silent_ms, () => this.#arrive(execution));
    state.tests_ms += ends_ms - begins_ms;
    this.#watch.finished?.(task, ends_ms - begins_ms);
    state.open = state.open.filter((one) => one !== execution);
    this.#results[task] = (this.#results[task] ?? 0) + 1;
    this.#open -= 1;
    this.#dealer.finished?.({ worker, task, duration_ms: ends_ms - begins_ms, now_ms: this.#now_ms });
    for (const other of this.#holdersOf(task)) this.#stop(other);
    if (state.open.length === 0) {
      this.#watch.leaseOver?.({ held_ms: this.#now_ms - state.dealt_ms, tests_ms: state.tests_ms });
      this.#becomeIdle(worker);
    }
    this.#deal();
  }

  /** Ends a lease: the worker hears of it half a round trip later, and its request for another takes as long. Its process is killed. */
  #stop(worker: number): void {
    const state = this.#workers[worker];
    if (state === undefined) return;
    const { roundTrip_ms } = this.#scenario;
    const waiting = this.#tasksBack(state);
    state.warm = state.warm.slice(0, -1);
    this.#whileIts(state, this.#now_ms + roundTrip_ms / 2, () => {
      state.era += 1;
      this.#at(this.#now_ms + roundTrip_ms / 2, () => {
        if (state.isGone) return;
        this.#becomeIdle(worker);
        this.#deal();
      });
    });
    if (waiting.length > 0) this.#dealer.returned(waiting, this.#now_ms);
  }

  /** Takes all that a worker holds; what nobody else runs waits again. */
  #tasksBack(state: WorkerState): number[] {
    const tasks = state.open.map(({ task }) => task);
    state.open = [];
    const waiting = tasks.filter((task) => this.#results[task] === 0 && this.#holdersOf(task).length === 0);
    for (const task of waiting) this.#waiting.add(task);
    return waiting;
  }

  #becomeIdle(worker: number): void {
    const state = this.#workers[worker];
    if (state === undefined || state.isGone) return;
    state.isIdle = true;
    this.#dealer.idle?.(worker, this.#now_ms);
  }

  #disappear(worker: number): void {
    const state = this.#workers[worker];
    if (state === undefined) return;
    state.isGone = true;
    // Its open request breaks at once; what it runs is known to be lost only when its lease is over.
    state.isIdle = false;
  }

  /** Nothing of it arrives for a while, and nothing reaches it; what it runs goes on. */
  #fallSilent(worker: number, length_ms: number): void {
    const state = this.#workers[worker];
    if (state !== undefined) state.silent_ms = this.#now_ms + length_ms;
  }

  #beHeard(worker: number, wasGivenUp: boolean): void {
    const state = this.#workers[worker];
    if (state === undefined || state.isGone) return;
    if (wasGivenUp) {
      // What it still ran is stopped, and its processes with it.
      state.era += 1;
      state.warm = [];
      this.#dealer.back?.(worker, this.#now_ms);
      this.#becomeIdle(worker);
    }
    this.#deal();
  }

  #giveUp(worker: number): void {
    const state = this.#workers[worker];
    if (state === undefined) return;
    const [running] = state.open;
    const thrown_ms = running === undefined ? 0 : Math.max(0, this.#now_ms - running.begins_ms);
    this.#watch.gaveUp?.({ thrown_ms, isThere: !state.isGone });
    this.#dealer.lost?.(worker, this.#now_ms);
    const waiting = this.#tasksBack(state);
    if (waiting.length > 0) this.#dealer.returned(waiting, this.#now_ms);
    this.#deal();
  }
}

/** What is to happen, soonest first; at one moment in the order it was planned. */
class StepQueue {
  readonly #heap: Step[] = [];
  #count = 0;

  add(at_ms: number, act: () => void): void {
    const heap = this.#heap;
    heap.push({ at_ms, number: this.#count, act });
    this.#count += 1;
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!before(heap[index], heap[parent])) break;
      swap(heap, index, parent);
      index = parent;
    }
  }

  take(): Step | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      let child = 2 * index + 1;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
      if (child >= heap.length || !before(heap[child], heap[index])) break;
      swap(heap, index, child);
      index = child;
    }
    return first;
  }
}

function before(a: Step | undefined, b: Step | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at_ms === b.at_ms ? a.number < b.number : a.at_ms < b.at_ms;
}

function swap(heap: Step[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b] as Step, heap[a] as Step];
}
