import { EventEmitter } from "node:events";
import type { PoolOptions, PoolWorker } from "vitest/node";
import { withoutGroup } from "./case-group.ts";
import { SpareWorker, type StartRequest } from "./spare-worker.ts";

/** Where the worker for the next file waits. */
export interface WorkerShelf {
  /** Whether workers may serve one file after the other. */
  readonly reuses: boolean;
  /** The spare that fits these options, or else a new worker. */
  take(options: PoolOptions): SpareWorker;
  /** A new worker, for when the spare turned out not to fit. */
  launch(options: PoolOptions): SpareWorker;
  /** Called when a worker has begun its file: time to boot the next. */
  prepare(options: PoolOptions, start: StartRequest): void;
  /** Puts by a worker that can serve again. */
  keep(worker: PoolWorker, options: PoolOptions, start: StartRequest): void;
  /** How much memory, in bytes, a worker may use before it is not kept. */
  readonly memoryLimit_bytes: number;
  /** `VITEST_POOL_ID`: told apart from all that run at the same time, and small. */
  readonly poolId: number;
  /** The next `VITEST_WORKER_ID`: told apart from all that ran before, too. */
  nextWorkerId(): number;
}

type Request = Parameters<PoolWorker["send"]>[0];

type Listener = (...args: unknown[]) => void;

/** What vitest's pool sees: a worker that looks new, though its process may have been started before. */
export class WarmWorker implements PoolWorker {
  readonly name: string;
  readonly reportMemory: boolean;
  readonly cacheFs: boolean;
  readonly #shelf: WorkerShelf;
  readonly #options: PoolOptions;
  readonly #emitter = new EventEmitter();
  readonly #workerId: number;
  #spare: SpareWorker;
  #start: StartRequest | undefined;
  /** What a worker started for any file is told with the run of a group of cases. */
  #groupConfig: StartRequest["context"]["config"] | undefined;
  #alive = true;
  #lean = true;
  /** Set when the pool lets go of the worker in good order. */
  #released = false;

  constructor(shelf: WorkerShelf, options: PoolOptions) {
    this.#shelf = shelf;
    this.#options = options;
    this.#workerId = shelf.nextWorkerId();
    this.#spare = shelf.take(options);
    this.name = this.#spare.worker.name;
    this.reportMemory = this.#spare.worker.reportMemory ?? false;
    this.cacheFs = this.#spare.worker.cacheFs ?? false;
  }

  on(event: string, callback: Listener): void {
    this.#emitter.on(event, callback);
  }

  off(event: string, callback: Listener): void {
    this.#emitter.off(event, callback);
  }

  start(): Promise<void> {
    return this.#spare.ready;
  }

  send(request: Request): void {
    const message = this.#numbered(request);
    if (message.type === "start") {
      const { config } = message.context;
      const start = { ...message, context: { ...message.context, config: withoutGroup(config) } };
      if (start.context.config !== config) this.#groupConfig = config;
      this.#start = start;
      this.#startAs(start).catch((error: unknown) => this.#emit("error", error));
    } else if (message.type === "stop" && this.#shelf.reuses) {
      this.#released = true;
      this.#emit("message", { type: "stopped", __vitest_worker_response__: true });
    } else {
      this.#spare.worker.send(message);
      if (message.type === "run" && this.#start !== undefined) this.#shelf.prepare(this.#options, this.#start);
    }
  }

  deserialize(data: unknown): unknown {
    return this.#spare.worker.deserialize(data);
  }

  async stop(): Promise<void> {
    for (const [event, listener] of this.#listeners) this.#spare.worker.off(event, listener);
    if (!this.#alive) return;
    if (!this.#released || this.#start === undefined) return this.#spare.worker.stop();
    if (this.#lean) this.#shelf.keep(this.#spare.worker, this.#options, this.#start);
    else await SpareWorker.keep(this.#spare.worker, this.#options, this.#start).discard();
  }

  /** Vitest counts from 1 in each process, and knows nothing of the other slots' processes. */
  #numbered(request: Request): Request {
    if (request.type === "start") return { ...request, poolId: this.#shelf.poolId, workerId: this.#workerId };
    if (request.type === "run") {
      const ofGroup = this.#groupConfig === undefined ? {} : { config: this.#groupConfig };
      return { ...request, context: { ...request.context, workerId: this.#workerId, ...ofGroup } };
    }
    return request;
  }

  async #startAs(request: StartRequest): Promise<void> {
    const startedBefore = this.#spare.wasStartedAs(request);
    if (!startedBefore && this.#spare.start !== undefined) {
      void this.#spare.discard();
      this.#spare = this.#shelf.launch(this.#options);
      await this.#spare.ready;
    }
    const messages = this.#spare.take();
    for (const [event, listener] of this.#listeners) this.#spare.worker.on(event, listener);
    if (startedBefore) for (const message of messages) this.#emit("message", message);
    else this.#spare.worker.send(request);
  }

  #emit(event: string, ...values: unknown[]): void {
    // An `error` nobody listens for would end the host; the pool stops listening when it is done with a worker.
    if (this.#emitter.listenerCount(event) > 0) this.#emitter.emit(event, ...values);
  }

  readonly #listeners: readonly (readonly [string, Listener])[] = [
    [
      "message",
      (message) => {
        const usedMemory = (message as { usedMemory?: unknown } | null)?.usedMemory;
        if (typeof usedMemory === "number" && usedMemory > this.#shelf.memoryLimit_bytes) this.#lean = false;
        this.#emit("message", message);
      },
    ],
    [
      "exit",
      (code, signal) => {
        this.#alive = false;
        this.#emit("exit", code, signal);
      },
    ],
    ["error", (error) => this.#emit("error", error)],
  ];
}
