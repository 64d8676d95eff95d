import { type WorkerEvent, estimateDurations } from "@shardwright/core";
import { hardwareClass } from "@shardwright/core";
import type { Clock } from "../../server/src/clock.ts";
import { schedulerDefaults } from "../../server/src/scheduler/options.ts";
import type { SignalSink } from "../../server/src/scheduler/state.ts";
import type { Coordinator, LeaseOf, Named, Policy, Result } from "./coordinator.ts";
import { capabilitiesOf } from "./submission.ts";
import type { World } from "./world.ts";

/** A lost or failed attempt is its file's result. */
export const noRecovery: Policy = { name: "no recovery", begin: (world, clock) => new Queue(world, clock, 0) };
/** Whatever goes wrong is tried again at once, three times at most, by whoever asks first. */
export const retryOnly: Policy = { name: "retry only", begin: (world, clock) => new Queue(world, clock, 3) };

interface Held {
  readonly task: number;
  readonly attempt: number;
  readonly worker: string;
}

interface Waiting {
  readonly worker: string;
  readonly answer: (leases: LeaseOf[]) => void;
}

/**
 * A queue, longest file first by the same estimates as ours, from which each worker takes one file. A worker is lost when it was silent for
 * the same time as ours; nothing else is known of it.
 */
class Queue implements Coordinator {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #retries: number;
  readonly #pending: number[];
  readonly #named: (Named | undefined)[];
  readonly #attempts: number[];
  readonly #failures: number[];
  readonly #counted = new Set<string>();
  readonly #held = new Map<number, Held>();
  readonly #seen_ms = new Map<string, number>();
  #waiting: Waiting[] = [];
  #specs: LeaseOf["tasks"][number]["spec"][] = [];
  #open: number;
  #fence = 0;
  #isClosed = false;

  constructor(world: World, clock: Clock, retries: number) {
    this.#world = world;
    this.#clock = clock;
    this.#retries = retries;
    const { files, machines, history } = world;
    const cpus = machines[0]?.cpus ?? 1;
    const estimates = estimateDurations(files, history, hardwareClass(capabilitiesOf(cpus)));
    this.#pending = [...files.keys()].sort((a, b) => (estimates[b]?.planned_ms ?? 0) - (estimates[a]?.planned_ms ?? 0));
    this.#named = files.map(() => undefined);
    this.#attempts = files.map(() => 0);
    this.#failures = files.map(() => 0);
    this.#open = files.length;
    this.#watch();
  }

  get isOver(): boolean {
    return this.#open === 0;
  }

  async submit({ tasks }: Parameters<Coordinator["submit"]>[0]): Promise<void> {
    this.#specs = [...tasks];
  }

  async register({ name, instance }: Parameters<Coordinator["register"]>[0]) {
    const worker = `${name}/${instance}`;
    this.#seen_ms.set(worker, this.#clock.monotonic_ms());
    return { worker, heartbeat_ms: schedulerDefaults.heartbeat_ms };
  }

  signals(_worker: string, _sink: SignalSink): () => void {
    return () => {};
  }

  async lease(worker: string, { wait_ms }: { readonly wait_ms: number }, signal: AbortSignal) {
    this.#seen_ms.set(worker, this.#clock.monotonic_ms());
    // Whoever asks ahead of time would keep a file from those who are idle.
    if (wait_ms === 0) return { leases: [] };
    const leases = await new Promise<LeaseOf[]>((resolve) => {
      const waiting: Waiting = { worker, answer: resolve };
      const leave = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        resolve([]);
      };
      this.#waiting.push(waiting);
      this.#clock.after(wait_ms, leave);
      signal.addEventListener("abort", leave, { once: true });
      this.#deal();
    });
    return { leases };
  }

  async results(worker: string, events: WorkerEvent[]): Promise<void> {
    this.#seen_ms.set(worker, this.#clock.monotonic_ms());
    for (const event of events) {
      const held = this.#held.get(event.fence);
      if (held === undefined || event.type !== "finished") continue;
      this.#held.delete(event.fence);
      if (event.outcome === "passed") this.#settle(held, this.#failures[held.task] === 0 ? "passed" : "flaky");
      else this.#wrong(held, event.outcome === "failed" ? "failed" : "errored");
    }
    this.#deal();
  }

  async heartbeat(worker: string) {
    this.#seen_ms.set(worker, this.#clock.monotonic_ms());
    return { stop: [] };
  }

  result(): Result {
    const isGreen = this.isOver ? this.#named.every((named) => named === "passed" || named === "flaky") : undefined;
    return { isGreen, named: this.#named, counted: this.#counted };
  }

  close(): void {
    this.#isClosed = true;
  }

  #settle({ task, attempt }: Held, named: Named): void {
    this.#named[task] = named;
    this.#counted.add(`${task}.${attempt}`);
    this.#open -= 1;
  }

  #wrong(held: Held, named: Named): void {
    const failures = (this.#failures[held.task] ?? 0) + 1;
    this.#failures[held.task] = failures;
    if (failures > this.#retries) this.#settle(held, named);
    else this.#pending.unshift(held.task);
  }

  #deal(): void {
    while (this.#pending.length > 0 && this.#waiting.length > 0) {
      const { worker, answer } = this.#waiting.shift() as Waiting;
      const task = this.#pending.shift() as number;
      const attempt = (this.#attempts[task] ?? 0) + 1;
      this.#attempts[task] = attempt;
      this.#fence += 1;
      this.#held.set(this.#fence, { task, attempt, worker });
      const spec = this.#specs[task];
      if (spec === undefined) throw new Error(`seed ${this.#world.seed}: there is no task ${task}`);
      answer([{ run: "r-0000000000000000", fence: this.#fence, tasks: [{ task, attempt, spec }] }]);
    }
  }

  #watch(): void {
    this.#clock.after(schedulerDefaults.leaseTtl_ms / 10, () => {
      if (this.#isClosed) return;
      const before_ms = this.#clock.monotonic_ms() - schedulerDefaults.leaseTtl_ms;
      for (const [fence, held] of this.#held) {
        if ((this.#seen_ms.get(held.worker) ?? 0) >= before_ms) continue;
        this.#held.delete(fence);
        this.#wrong(held, "errored");
      }
      this.#deal();
      this.#watch();
    });
  }
}
