import { EventEmitter } from "node:events";
import { isInit, producedEnvironment, testsToRun, type InitMessage, type WorkerMessage } from "./worker-messages.ts";
import type { WorkerOwner, WorkerProcess } from "./worker-process.ts";

/** Where facades get a worker process from, and where they leave it. */
export interface WorkerStore {
  /** A worker process for these tests: one that was kept, or a new one. @throws Error when none can be started */
  take(owner: WorkerOwner, request: WorkerRequest): Promise<WorkerProcess>;
  /** Whether the process may serve later runs; if so it is the store's now. */
  keep(worker: WorkerProcess): boolean;
  /** Told what a worker that stopped has changed in its environment. */
  onProduced(environment: Record<string, string | null>): void;
}

export interface WorkerRequest {
  readonly init: InitMessage;
  readonly testIds: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * What Playwright's runner gets for a forked worker process: it is ready at once, and gets its process when the first tests come. Asked to
 * stop, it says that it is gone, though its process may live on for the next file: as it would in one run of all files.
 */
export class WorkerFacade extends EventEmitter implements WorkerOwner {
  readonly stdout = new EventEmitter();
  readonly stderr = new EventEmitter();
  readonly #store: WorkerStore;
  readonly #environment: NodeJS.ProcessEnv;
  #init: InitMessage | undefined;
  #worker: WorkerProcess | undefined;
  #isTaking = false;
  #isStopping = false;
  #isOver = false;
  #waiting: WorkerMessage[] = [];

  constructor(store: WorkerStore, environment: NodeJS.ProcessEnv) {
    super();
    this.#store = store;
    this.#environment = environment;
    setImmediate(() => this.emit("message", { method: "ready" }));
  }

  /** Of the process behind it, for who must end it by force. */
  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  send(message: WorkerMessage): boolean {
    const testIds = testsToRun(message);
    if (isInit(message)) this.#init = message;
    else if (message.method === "__stop__") this.#stop(message);
    else if (this.#worker !== undefined) this.#worker.send(message);
    else {
      this.#waiting.push(message);
      if (testIds !== undefined && !this.#isTaking) void this.#take(testIds);
    }
    return true;
  }

  /** What the process says. */
  onMessage(message: WorkerMessage): void {
    const produced = producedEnvironment(message);
    if (produced !== undefined) this.#store.onProduced(produced);
    this.emit("message", message);
  }

  onOutput(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream].emit("data", chunk);
  }

  onExit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.emit("exit", code, signal);
  }

  async #take(testIds: readonly string[]): Promise<void> {
    this.#isTaking = true;
    try {
      if (this.#init === undefined) throw new Error("tests came before the configuration");
      const worker = await this.#store.take(this, { init: this.#init, testIds, environment: this.#environment });
      this.#worker = worker;
      for (const message of this.#waiting.splice(0)) worker.send(message);
      if (this.#isStopping) worker.send({ method: "__stop__" });
    } catch (error) {
      process.stderr.write(`A worker process could not be started: ${String(error)}\n`);
      this.onExit(1, null);
    }
  }

  #stop(message: WorkerMessage): void {
    this.#isStopping = true;
    const worker = this.#worker;
    if (worker !== undefined && !this.#store.keep(worker)) worker.send(message);
    else if (worker !== undefined || !this.#isTaking) setImmediate(() => this.onExit(0, null));
  }
}
