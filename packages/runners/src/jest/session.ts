import { reasonOf, type Failure } from "@shardwright/core";
import { refuse } from "../process/refuse.ts";
import { WarmSession } from "../process/warm-session.ts";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask } from "../runner.ts";
import { hostCommand, type Base, type JestSuite } from "./base.ts";
import { parseTaskArguments } from "./task-arguments.ts";

/** A warm process that runs files, and its share in the suite's base. */
export class JestSession implements RunnerSession {
  readonly #base: Base;
  readonly #warm: WarmSession;
  readonly #closeGrace_ms: number | undefined;
  #closing: Promise<Failure | undefined> | undefined;

  /** @param base ready, and in use already: for this session to release */
  constructor(suite: JestSuite, base: Base, options: Pick<SessionOptions, "closeGrace_ms">) {
    this.#base = base;
    this.#closeGrace_ms = options.closeGrace_ms;
    const { directory, workspace } = suite;
    const worker = workerNumber(suite);
    const keepsCoverage = suite.coverage;
    const configuration = { mode: "run" as const, directory, workspace, folder: base.folder, worker, keepsCoverage };
    this.#warm = new WarmSession(hostCommand(suite, configuration), options);
  }

  get usable(): boolean {
    return this.#warm.usable && this.#closing === undefined;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    const fault = await this.#setUp(tasks);
    if (fault === undefined) return yield* this.#warm.execute(tasks);
    for (const task of tasks) yield* refuse(task, fault);
  }

  close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    this.#closing ??= this.#close(mode);
    return this.#closing;
  }

  async #close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    const own = await this.#warm.close(mode);
    // What was set up for it is torn down when no test of it runs any more.
    const shared = await this.#base.release(this.#closeGrace_ms);
    return own ?? shared;
  }

  /** @returns what is wrong in words, if the tasks cannot run at all */
  async #setUp(tasks: readonly SessionTask[]): Promise<string | undefined> {
    try {
      for (const project of new Set(tasks.map(projectOf))) await this.#base.setUp(project);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }
}

/** Jest's `JEST_WORKER_ID`: counted from 1, told apart from all that run at the same time on the machine. */
export function workerNumber({ environment }: Pick<JestSuite, "environment">): number {
  const slot = Number(environment["SHARDWRIGHT_SLOT"] ?? 0);
  return Number.isInteger(slot) && slot >= 0 ? slot + 1 : 1;
}

function projectOf({ args }: SessionTask): string | undefined {
  try {
    return parseTaskArguments(args).project;
  } catch {
    // The process that is to run it says what is wrong.
    return undefined;
  }
}
