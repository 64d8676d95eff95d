import { resolve } from "node:path";
import type { CaseResult, Failure } from "@shardwright/core";
import { EventQueue } from "../process/event-queue.ts";
import { applyChanges } from "../process/environment-changes.ts";
import type { GlobalSetup } from "../process/global-setup.ts";
import { refuse } from "../process/refuse.ts";
import type { Share } from "../process/shares.ts";
import { crashOf } from "../process/warm-session.ts";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask, TaskOutcome } from "../runner.ts";
import { CaseCollector } from "./case-collector.ts";
import type { TestError, TestEvent } from "./events.ts";
import type { NodeTestOptions } from "./options.ts";
import { outcomeOf } from "./outcome.ts";
import type { Measuring } from "../measuring/measuring.ts";
import { joinSetup, withoutSetup, type SetUp } from "./global-setup.ts";
import { parseTaskArguments } from "./task-arguments.ts";
import { ProcessCoverage } from "./process-coverage.ts";
import { TestProcess } from "./test-process.ts";

const stopGrace_ms = 2000;
/** What the process of one file prints is passed on up to here. */
const outputLimit_bytes = 64 * 1024 * 1024;
/** The end of what it printed is kept to explain a crash. */
const tailLimit = 2000;

/** Gives each file a process of its own, as `node --test` does; the next one starts up while a file runs. */
export class NodeTestSession implements RunnerSession {
  readonly #session: SessionOptions;
  readonly #options: NodeTestOptions;
  readonly #setup: Share<GlobalSetup<SetUp>> | undefined;
  #known: SetUp | undefined;
  /** As it was set up for all files. */
  #environment: SessionOptions["environment"];
  readonly #coverage: ProcessCoverage | undefined;
  #closing: Promise<Failure | undefined> | undefined;
  #spare: TestProcess | undefined;
  #running: TestProcess | undefined;
  #isClosed = false;

  constructor(session: SessionOptions, options: NodeTestOptions, measuring?: Measuring) {
    this.#coverage = measuring && new ProcessCoverage(session, measuring);
    this.#session = session;
    this.#options = withoutSetup(options);
    this.#environment = session.environment;
    this.#setup = joinSetup(session, options);
    // It would have the environment from before the set-up.
    if (this.#setup === undefined) this.#spare = this.#start([]);
  }

  get usable(): boolean {
    return !this.#isClosed;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    for (const task of tasks) {
      if (this.#isClosed) return;
      const problem = yield* this.#setUp(task);
      if (problem !== undefined) return yield* refuse(task, problem);
      yield { type: "started", id: task.id };
      const queue = new EventQueue<RunnerEvent>();
      const finished = this.#run(task, queue).finally(() => queue.end());
      yield* queue;
      const result = await finished;
      // What a process that we ended ourselves came to says nothing about its file.
      if (this.#isClosed) return;
      yield { type: "finished", id: task.id, result };
    }
  }

  /** @returns why no file can run, if none can */
  async *#setUp({ id }: SessionTask): AsyncGenerator<RunnerEvent, string | undefined> {
    if (this.#setup === undefined) return undefined;
    const { printed, result } = await this.#setup.thing.prepare([], this.#session);
    for (const chunk of printed) yield { type: "output", id, chunk };
    if ("problem" in result) return result.problem;
    if (result === this.#known) return undefined;
    this.#known = result;
    const environment = { ...this.#session.environment };
    applyChanges(result.environment, environment);
    this.#environment = environment;
    // What waits has the environment from before.
    await this.#spare?.stop(0);
    this.#spare = undefined;
    return undefined;
  }

  close(mode: "graceful" | "now"): Promise<Failure | undefined> {
    this.#closing ??= this.#close(mode);
    return this.#closing;
  }

  async #close(mode: "graceful" | "now"): Promise<Failure | undefined> {
    this.#isClosed = true;
    const grace_ms = mode === "graceful" ? stopGrace_ms : 0;
    // A process that waits has nothing to put in order.
    await Promise.all([this.#running?.stop(grace_ms), this.#spare?.stop(0)]);
    await this.#coverage?.close();
    return this.#setup?.leave();
  }

  async #run(task: SessionTask, queue: EventQueue<RunnerEvent>): Promise<TaskOutcome> {
    let args: string[];
    try {
      args = parseTaskArguments(task.args);
    } catch (error) {
      return { outcome: "errored", failure: { kind: "runner-error", message: (error as Error).message } };
    }
    const child = this.#take(args);
    this.#running = child;
    const listener = new FileListener(task, this.#session.workspace, queue);
    child.listen(listener);
    if (await child.ready) {
      child.run(resolve(this.#session.workspace, task.file));
      this.#spare ??= this.#isClosed ? undefined : this.#start([]);
      const exit = await child.exited;
      this.#running = undefined;
      const outcome = listener.conclude(exit);
      return this.#coverage?.keep(child, outcome) ?? outcome;
    }
    const exit = await child.exited;
    this.#running = undefined;
    return { outcome: "errored", failure: { ...crashOf(exit, listener.tail), kind: "setup-error" } };
  }

  /** Options of node:test are the process's own, so that a task which has some cannot use the one that waits. */
  #take(args: readonly string[]): TestProcess {
    const spare = this.#spare;
    if (args.length > 0) return this.#start(args);
    this.#spare = undefined;
    return spare === undefined || spare.hasEnded ? this.#start([]) : spare;
  }

  #start(args: readonly string[]): TestProcess {
    const session = { ...this.#session, environment: this.#environment };
    if (this.#coverage === undefined) return new TestProcess(session, this.#options, args);
    return this.#coverage.follow((measured) => new TestProcess(session, this.#options, args, measured));
  }
}

/** Follows the process of one file. */
class FileListener {
  tail = "";
  readonly #id: number;
  readonly #queue: EventQueue<RunnerEvent>;
  readonly #collector: CaseCollector;
  readonly #cases: CaseResult[] = [];
  #output_bytes = 0;
  #success: boolean | undefined;
  #isLoaded = false;
  #uncaught: TestError | undefined;
  #remark: string | undefined;
  #fault: string | undefined;

  constructor(task: SessionTask, workspace: string, queue: EventQueue<RunnerEvent>) {
    this.#id = task.id;
    this.#queue = queue;
    this.#collector = new CaseCollector(task.file, workspace);
  }

  readonly onOutput = (chunk: Uint8Array): void => {
    this.tail = (this.tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    const room = outputLimit_bytes - this.#output_bytes;
    this.#output_bytes += chunk.length;
    if (room > 0) this.#queue.push({ type: "output", id: this.#id, chunk: chunk.subarray(0, room) });
  };

  readonly onFault = (message: string): void => {
    this.#fault = message;
  };

  readonly onEvent = (event: TestEvent): void => {
    if (event.type === "summary") this.#success = event.success;
    else if (event.type === "uncaught") this.#uncaught = event.error;
    else if (event.type === "exit") this.#isLoaded = event.isLoaded;
    else if (event.type === "diagnostic") this.#onDiagnostic(event.nesting, event.message);
    const result = this.#collector.take(event);
    if (result !== undefined) this.#add(result);
  };

  conclude(exit: Awaited<TestProcess["exited"]>): TaskOutcome {
    const ending = {
      exit,
      tail: this.tail,
      success: this.#success,
      isSettled: this.#isLoaded && this.#collector.isSettled,
      uncaught: this.#uncaught,
      remark: this.#remark,
      fault: this.#fault,
    };
    const outcome = outcomeOf(this.#cases, ending);
    for (const result of this.#collector.interrupted(outcome.failure?.message ?? "It never ended.")) this.#add(result);
    return outcome;
  }

  /** What a test remarks is shown as the framework shows it; its own account at the end of a file repeats what is known. */
  #onDiagnostic(nesting: number, message: string): void {
    if (nesting === 0 && /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message)) return;
    if (nesting === 0) this.#remark = message;
    this.onOutput(Buffer.from(`ℹ ${message}\n`));
  }

  #add(result: CaseResult): void {
    this.#cases.push(result);
    this.#queue.push({ type: "case", id: this.#id, result });
  }
}
