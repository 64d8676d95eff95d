import { isDeepStrictEqual } from "node:util";
import type { PoolOptions, PoolWorker } from "vitest/node";

type WorkerRequest = Parameters<PoolWorker["send"]>[0];
export type StartRequest = Extract<WorkerRequest, { type: "start" }>;

/**
 * One of vitest's own workers that stands ready. What it says is kept until it is taken; `start` is the request it has been sent
 * already, or none.
 */
export class SpareWorker {
  readonly worker: PoolWorker;
  /** Rejects when the process or thread could not be started. */
  readonly ready: Promise<void>;
  /** Resolves when it has answered its first request, or to false when it died before. */
  readonly booted: Promise<boolean>;
  readonly start: StartRequest | undefined;
  readonly #options: PoolOptions;
  #messages: unknown[];
  #dead = false;
  #onBooted: (alive: boolean) => void = () => {};

  private constructor(worker: PoolWorker, options: PoolOptions, start: StartRequest | undefined, launch: boolean) {
    this.worker = worker;
    this.start = start;
    this.#options = options;
    this.#messages = launch || start === undefined ? [] : [{ type: "started", __vitest_worker_response__: true }];
    this.ready = (launch ? worker.start() : Promise.resolve()).then(() => {
      for (const [event, listener] of this.#listeners) worker.on(event, listener);
      if (launch && start !== undefined) worker.send(start);
    });
    // Whoever takes the spare sees the failure; one that nobody takes must not end the host.
    this.ready.catch(() => this.#die());
    this.booted = new Promise((resolve) => (this.#onBooted = resolve));
  }

  /** Boots a worker and, when it is known what its first request will be, sends it that. */
  static launch(worker: PoolWorker, options: PoolOptions, start?: StartRequest): SpareWorker {
    return new SpareWorker(worker, options, start, true);
  }

  /** Puts by a worker that has run files and may run more. */
  static keep(worker: PoolWorker, options: PoolOptions, start: StartRequest): SpareWorker {
    return new SpareWorker(worker, options, start, false);
  }

  /** Whether its process is what these options ask for. */
  serves(options: PoolOptions): boolean {
    return (
      !this.#dead &&
      this.#options.method === options.method &&
      isDeepStrictEqual(this.#options.execArgv, options.execArgv) &&
      isDeepStrictEqual(this.#options.env, options.env)
    );
  }

  /** Whether it is where a worker would be that was just sent this request. */
  wasStartedAs(request: StartRequest): boolean {
    return !this.#dead && this.start !== undefined && isDeepStrictEqual(comparable(this.start), comparable(request));
  }

  /** Stops listening and hands over what was said so far. */
  take(): unknown[] {
    for (const [event, listener] of this.#listeners) this.worker.off(event, listener);
    this.#onBooted(true);
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  async discard(): Promise<void> {
    try {
      await this.ready;
      this.take();
      await this.worker.stop();
    } catch {
      // It never started, or is gone: nothing is left to end.
    }
  }

  readonly #listeners: readonly (readonly [string, (value: unknown) => void])[] = [
    [
      "message",
      (message) => {
        this.#messages.push(message);
        this.#onBooted(true);
      },
    ],
    ["exit", () => this.#die()],
    ["error", () => this.#die()],
  ];

  #die(): void {
    this.#dead = true;
    this.#onBooted(false);
  }
}

/** Leaves out the worker's number, which each run tells again. */
function comparable(request: StartRequest): object {
  return { poolId: request.poolId, options: request.options, context: request.context };
}
