import { ShardwrightError, type WorkerEvent } from "@shardwright/core";
import type { Clock, Timer } from "../../server/src/clock.ts";
import type { Coordinator, LeaseOf } from "./coordinator.ts";
import { type Execution, execute } from "./executions.ts";
import { capabilitiesOf } from "./submission.ts";
import type { Machine, World } from "./world.ts";

/** What executing cost. */
export interface Ledger {
  /** Time that tests ran, on whatever machine, to an end or not; also that of each attempt, by `task.number`. */
  executed_ms: number;
  readonly attempts_ms: Map<string, number>;
  /** How often each task was begun. */
  readonly begun: number[];
}

export interface Surroundings {
  readonly world: World;
  readonly clock: Clock;
  readonly coordinator: Coordinator;
  readonly ledger: Ledger;
}

interface Running {
  readonly lease: LeaseOf;
  readonly place: number;
  readonly begins_ms: number;
  readonly expected_ms: number | undefined;
  timer: Timer;
}

/** As of the production worker: how long a request is held open, and what stands for its look-ahead and its patience. */
const pollWait_ms = 25_000;
const lookAheadShare = 0.05;
const lookAheadLongest_ms = 500;
const overrun_ms = 100;
const warmLimit = 3;
const again_ms = 500;
/** The default of a run. */
const taskTimeout_ms = 600_000;

/** One process of a worker with one slot, from its start to its end, as the coordinator sees a real one. */
export class SimulatedWorker {
  readonly #around: Surroundings;
  readonly #machine: Machine;
  readonly #name: string;
  readonly #instance: string;
  /** Its test killed it. */
  readonly #onKilled: () => void;
  readonly #hangUp = new AbortController();
  readonly #closers: (() => void)[] = [];
  #id: string | undefined;
  #isAlive = true;
  #isHeard = true;
  #isAsking = false;
  #heartbeat_ms = 0;
  #warm: string[] = [];
  #running: Running | undefined;
  #queue: LeaseOf[] = [];

  constructor(around: Surroundings, index: number, life: number, onKilled: () => void) {
    this.#around = around;
    this.#machine = around.world.machines[index] as Machine;
    this.#name = `worker-${index}`;
    this.#instance = `instance-${index}-${life}`;
    this.#onKilled = onKilled;
  }

  start(): void {
    const { name, instance } = { name: this.#name, instance: this.#instance };
    const capabilities = capabilitiesOf(this.#machine.cpus);
    this.#call(
      (coordinator) => coordinator.register({ name, instance, slots: 1, capabilities, version: "1" }),
      ({ worker, heartbeat_ms }) => {
        const isFirst = this.#id === undefined;
        this.#id = worker;
        this.#heartbeat_ms = heartbeat_ms;
        this.#closers.push(
          this.#around.coordinator.signals(worker, (signal) => {
            if (signal.type === "stop") this.#later(this.#half_ms, () => this.#stop(signal.fence));
          }),
        );
        if (isFirst) this.#beatLater();
        this.#goOn();
      },
      // Its name is still taken by the one before it, until that is given up.
      () => this.#later(again_ms, () => this.start()),
    );
  }

  /** Ends it. @param isHeard whether its connections are seen to break, or nothing is heard of it any more */
  end({ isHeard }: { readonly isHeard: boolean }): void {
    if (!this.#isAlive) return;
    this.#account();
    this.#isAlive = false;
    this.#isHeard = isHeard;
    if (!isHeard) return;
    this.#around.clock.after(this.#half_ms, () => {
      this.#hangUp.abort();
      for (const close of this.#closers) close();
    });
  }

  get #half_ms(): number {
    return this.#around.world.roundTrip_ms / 2;
  }

  /** Something on its own side: nothing happens there any more once it is gone. */
  #later(delay_ms: number, step: () => void): Timer {
    return this.#around.clock.after(delay_ms, () => {
      if (this.#isAlive) step();
    });
  }

  /** A request, half a round trip there and half a round trip back. */
  #call<T>(ask: (coordinator: Coordinator) => Promise<T>, then: (answer: T) => void, otherwise: (error: unknown) => void): void {
    const { clock, coordinator } = this.#around;
    clock.after(this.#half_ms, () => {
      // What was sent before the end arrives, unless the network is gone with it.
      if (!this.#isAlive && !this.#isHeard) return;
      ask(coordinator).then(
        (answer) => this.#later(this.#half_ms, () => then(answer)),
        (error: unknown) => this.#later(this.#half_ms, () => otherwise(error)),
      );
    });
  }

  /** Given up while it lived: it comes back as a new one, and what it had goes on. @throws what is no such refusal */
  #refused(error: unknown): void {
    if (!(error instanceof ShardwrightError) || error.code !== "worker-unknown") throw error;
    if (this.#id === undefined) return;
    this.#id = undefined;
    this.start();
  }

  #beatLater(): void {
    this.#later(this.#heartbeat_ms, () => {
      this.#beatLater();
      const id = this.#id;
      if (id === undefined) return;
      const fences = [...(this.#running === undefined ? [] : [this.#running.lease]), ...this.#queue].map(({ fence }) => fence);
      this.#call(
        (coordinator) => coordinator.heartbeat(id, { fences, draining: false }),
        ({ stop }) => {
          for (const fence of stop) this.#stop(fence);
        },
        (error) => this.#refused(error),
      );
    });
  }

  /** Runs what it has, or asks for more. */
  #goOn(): void {
    if (this.#running !== undefined) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#begin(next, 0);
    else this.#ask(pollWait_ms);
  }

  #ask(wait_ms: number): void {
    const id = this.#id;
    if (this.#isAsking || id === undefined) return;
    this.#isAsking = true;
    const warm = this.#warm.map((suite) => `r-0000000000000001/${suite}`);
    this.#call(
      (coordinator) => coordinator.lease(id, { slots: 1, wait_ms, warm, closes: false }, this.#hangUp.signal),
      ({ leases }) => {
        this.#isAsking = false;
        this.#queue.push(...leases);
        const running = this.#running;
        if (running === undefined) this.#goOn();
        else if (leases.length > 0 && running.expected_ms !== undefined) {
          const patience_ms = running.begins_ms + running.expected_ms + overrun_ms - this.#around.clock.monotonic_ms();
          this.#later(patience_ms, () => {
            if (this.#running === running) this.#handBack(leases);
          });
        }
      },
      (error) => {
        this.#isAsking = false;
        this.#refused(error);
      },
    );
  }

  #handBack(leases: readonly LeaseOf[]): void {
    for (const lease of leases.filter((each) => this.#queue.includes(each))) {
      this.#queue = this.#queue.filter((each) => each !== lease);
      const reason = "what runs before it takes longer than expected";
      this.#send(
        lease.tasks.map(({ task, attempt }) => ({ type: "released", run: lease.run, fence: lease.fence, task, attempt, reason })),
      );
    }
  }

  #begin(lease: LeaseOf, place: number): void {
    const leased = lease.tasks[place];
    if (leased === undefined) {
      this.#running = undefined;
      return this.#goOn();
    }
    const { world, clock, ledger } = this.#around;
    const { task, attempt, spec, expected_ms, limit_ms = taskTimeout_ms } = leased;
    if (lease.afresh === true && place === 0) this.#warm = this.#warm.filter((suite) => suite !== spec.suite);
    const startUp_ms = this.#warm.includes(spec.suite) ? 0 : (world.startUps_ms.get(spec.suite) ?? 0) / this.#machine.speed;
    this.#warm = [...this.#warm.filter((suite) => suite !== spec.suite), spec.suite].slice(-warmLimit);
    const begins_ms = clock.monotonic_ms() + startUp_ms;
    const running: Running = { lease, place, begins_ms, expected_ms, timer: { cancel: () => {} } };
    this.#running = running;
    const base = { run: lease.run, fence: lease.fence, task, attempt };
    running.timer = this.#later(startUp_ms, () => {
      const nth = (ledger.begun[task] ?? 0) + 1;
      ledger.begun[task] = nth;
      this.#send([{ type: "started", ...base }]);
      const execution = execute(world, this.#machine, task, nth, begins_ms);
      const isOverdue = execution.ends_ms - begins_ms > limit_ms;
      const ends_ms = isOverdue ? begins_ms + limit_ms : execution.ends_ms;
      running.timer = this.#later(ends_ms - begins_ms, () => this.#ended(running, isOverdue ? overdue(ends_ms) : execution));
      if (expected_ms === undefined || place < lease.tasks.length - 1) return;
      const early_ms = Math.min(lookAheadLongest_ms, Math.max(2 * world.roundTrip_ms, lookAheadShare * expected_ms));
      this.#later(expected_ms - early_ms, () => {
        if (this.#running === running && this.#queue.length === 0) this.#ask(0);
      });
    });
  }

  #ended(running: Running, { outcome, failure }: Execution): void {
    if (outcome === "kills the worker") return this.#onKilled();
    this.#account();
    const { lease, place, begins_ms } = running;
    const leased = lease.tasks[place];
    if (leased === undefined) return;
    const { task, attempt, spec } = leased;
    const duration_ms = this.#around.clock.monotonic_ms() - begins_ms;
    if (outcome === "errored") this.#warm = this.#warm.filter((suite) => suite !== spec.suite);
    const isTold = outcome !== "errored";
    const result = {
      path: ["works"],
      ordinal: 0,
      status: outcome,
      duration_ms,
      retries: 0,
      ...(failure && { message: failure.message }),
    };
    this.#send([
      {
        type: "finished",
        run: lease.run,
        fence: lease.fence,
        task,
        attempt,
        outcome,
        duration_ms,
        ...(failure !== undefined && { failure }),
        cases: isTold ? 1 : 0,
        ...(isTold && { last: [result] }),
      },
    ]);
    this.#begin(lease, place + 1);
  }

  #stop(fence: number): void {
    this.#queue = this.#queue.filter((lease) => lease.fence !== fence);
    const running = this.#running;
    if (running?.lease.fence !== fence) return;
    this.#account();
    running.timer.cancel();
    // Its process is killed.
    this.#warm = this.#warm.slice(0, -1);
    this.#running = undefined;
    this.#goOn();
  }

  /** Enters what the running test has cost by now. */
  #account(): void {
    const leased = this.#running?.lease.tasks[this.#running.place];
    if (this.#running === undefined || leased === undefined) return;
    const { ledger, clock } = this.#around;
    const cost_ms = Math.max(0, clock.monotonic_ms() - this.#running.begins_ms);
    ledger.executed_ms += cost_ms;
    ledger.attempts_ms.set(`${leased.task}.${leased.attempt}`, cost_ms);
  }

  /** Results are sent again until they are taken; a coordinator that is there takes them. */
  #send(events: WorkerEvent[]): void {
    const id = this.#id;
    if (id === undefined) return;
    this.#call(
      (coordinator) => coordinator.results(id, events),
      () => {},
      (error) => this.#refused(error),
    );
  }
}

function overdue(ends_ms: number): Execution {
  return { ends_ms, outcome: "errored", failure: { kind: "test-timeout", message: "it took longer than it may" } };
}
