import { isDeepStrictEqual } from "node:util";
import type { PoolOptions, PoolWorker } from "vitest/node";
import { messageOf, type ReportedError } from "./case-results.ts";

type WorkerRequest = Parameters<PoolWorker["send"]>[0];
export type StartRequest = Extract<WorkerRequest, { type: "start" }>;

/** How long a worker that has run files may take to put in order what they share; as long as vitest's own `teardownTimeout`. */
const farewell_ms = 10_000;

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
  readonly #hasServed: boolean;
  #messages: unknown[];
  #dead = false;
  #onBooted: (alive: boolean) => void = () => {};

  private constructor(worker: PoolWorker, options: PoolOptions, start: StartRequest | undefined, launch: boolean) {
    this.worker = worker;
    this.start = start;
    this.#options = options;
    this.#hasServed = !launch;
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

  /** @returns what it could not tear down, if it has run files */
  async discard(): Promise<ReportedError | undefined> {
    try {
      await this.ready;
      this.take();
      const error = this.#hasServed ? await this.#bidFarewell() : undefined;
      await this.worker.stop();
      return error;
    } catch {
      // It never started, or is gone: nothing is left to end.
      return undefined;
    }
  }

  /** Has it tear down what belongs to the worker: its environment, fixtures of its scope. */
  async #bidFarewell(): Promise<ReportedError | undefined> {
    if (this.#dead) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<ReportedError | undefined>((resolve) => {
      timer = setTimeout(
        () => resolve({ message: `A worker did not tear down what it had set up within ${farewell_ms / 1000} s.` }),
        farewell_ms,
      );
      this.worker.on("exit", () => resolve(undefined));
      this.worker.on("message", (raw) => {
        const message = this.worker.deserialize(raw) as { type?: unknown; error?: ReportedError } | undefined;
        if (message?.type !== "stopped") return;
        if (message.error !== undefined) process.stderr.write(`${messageOf(message.error)}\n`);
        resolve(message.error);
      });
      this.worker.send({ type: "stop", __vitest_worker_request__: true });
    });
    clearTimeout(timer);
    return answer;
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
