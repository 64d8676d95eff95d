import type { Failure } from "@shardwright/core";
import { EventQueue } from "../process/event-queue.ts";
import { refuse } from "../process/refuse.ts";
import type { Share } from "../process/shares.ts";
import { WarmSession } from "../process/warm-session.ts";
import type { RunnerEvent, RunnerSession, SessionTask } from "../runner.ts";
import type { FileRequest } from "./host/file-runs.ts";
import type { Machine } from "./machine.ts";
import { projectIn, type Plan } from "./plan.ts";
import type { Seat } from "./seat.ts";
import { SharedHost, type SharedHostOptions } from "./shared-host.ts";
import { parseTaskArguments } from "./task-arguments.ts";

/** How often a task begins anew because the file of another session ended the host. */
const restartLimit = 3;

export interface PlaywrightSessionOptions extends SharedHostOptions {
  /** Where each file's run leaves its blob; nowhere when undefined. */
  readonly blob?: string | undefined;
}

/** Runs files in the machine's host, each after what has to run before it. */
export class PlaywrightSession implements RunnerSession {
  readonly #options: SharedHostOptions;
  readonly #blob: string | undefined;
  readonly #share: Share<Machine>;
  readonly #machine: Machine;
  #place: Place;
  #isRunning = false;
  #isClosed = false;

  constructor({ blob, ...options }: PlaywrightSessionOptions, share: Share<Machine>) {
    this.#options = options;
    this.#blob = blob;
    this.#share = share;
    this.#machine = share.thing;
    this.#place = takePlace(options);
  }

  get usable(): boolean {
    return this.#place.warm.usable && !this.#isClosed;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    const batch = { queue: new EventQueue<RunnerEvent>(), isWanted: true };
    this.#isRunning = true;
    const running = this.#runAll(tasks, batch);
    // Thrown below.
    running.catch(() => {});
    try {
      yield* batch.queue;
      await running;
    } finally {
      batch.isWanted = false;
      this.#isRunning = false;
    }
  }

  /** What waits is torn down politely either way: its files are all reported, and what they share is not theirs alone to leave behind. */
  async close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    await this.#place.warm.close(this.#isRunning ? mode : "graceful");
    return isFirst ? await this.#share.leave() : undefined;
  }

  /** Goes on from task to task, however long the events of the last one wait to be handled. */
  async #runAll(tasks: readonly SessionTask[], batch: { queue: EventQueue<RunnerEvent>; isWanted: boolean }): Promise<void> {
    try {
      for (const [index, task] of tasks.entries()) {
        if (!batch.isWanted || (index > 0 && !this.usable)) return;
        for await (const event of this.#run(task)) batch.queue.push(event);
      }
    } finally {
      batch.queue.end();
    }
  }

  async *#run(task: SessionTask): AsyncGenerator<RunnerEvent> {
    const plan = await this.#place.plan;
    const project = plan === undefined ? undefined : projectIn(plan, projectOf(task));
    // What is wrong is the host's to tell.
    if (plan === undefined || project === undefined) return yield* this.#place.warm.execute([task]);
    await this.#machine.outputs.clear(plan);
    if (project.role !== "tests") return yield* this.#machine.setup.replay(plan, project, { ...task, blob: this.#blob });
    const prepared = await this.#machine.setup.prepare(plan, project);
    if ("problem" in prepared) return yield* refuse(task, prepared.problem, prepared.conclusive);
    const turnOver = await this.#machine.turnOf(project);
    try {
      const outputFolder = this.#machine.outputs.folderFor(task);
      yield* this.#runInHost({ ...task, ...prepared, outputFolder, blob: this.#blob });
    } finally {
      turnOver();
    }
  }

  /** A task whose host ends through no fault of its own begins anew in another, and tells no case twice. */
  async *#runInHost(request: SessionTask & FileRequest): AsyncGenerator<RunnerEvent> {
    const told = new Set<string>();
    for (let restarts = 0; ; restarts += 1) {
      const { warm, seat } = this.#place;
      for await (const event of warm.execute([request])) {
        if (seat.isInnocent && restarts < restartLimit && !this.#isClosed) break;
        const key = event.type === "case" ? JSON.stringify([event.result.path, event.result.ordinal]) : event.type;
        const isRepetition = told.has(key) && event.type !== "output";
        told.add(key);
        if (!isRepetition) yield event;
        if (event.type === "finished") return;
      }
      if (!seat.isInnocent || restarts >= restartLimit || this.#isClosed) return;
      this.#place = takePlace(this.#options);
    }
  }
}

interface Place {
  readonly seat: Seat;
  readonly warm: WarmSession;
  /** Undefined when the host cannot even say what the configuration holds. */
  readonly plan: Promise<Plan | undefined>;
}

function takePlace(options: SharedHostOptions): Place {
  let taken: ReturnType<typeof SharedHost.seat> | undefined;
  const warm = new WarmSession((onOutput) => (taken = SharedHost.seat(options, onOutput)).seat);
  if (taken === undefined) throw new Error("a session starts its process at once");
  return { seat: taken.seat, warm, plan: taken.plan.catch(() => undefined) };
}

function projectOf(task: SessionTask): string | undefined {
  try {
    return parseTaskArguments(task.args).project;
  } catch {
    // The host says so.
    return "";
  }
}
