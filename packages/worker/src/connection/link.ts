import { backoff_ms, pause, type Client } from "@shardwright/client";
import { reasonOf, ShardwrightError, type RegisterRequest, type RegisterResponse } from "@shardwright/core";
import type { Notify } from "./notices.ts";

export interface LinkOptions {
  readonly client: Client;
  readonly registration: RegisterRequest;
  /** Keep trying when no coordinator answers, for as long as it takes. */
  readonly autoReconnect: boolean;
  /** Upper bound of the wait between attempts to reach a coordinator. */
  readonly reconnect_ms: number;
  /** How long the first registration may go without an answer, all attempts together; for ever when absent. */
  readonly registerWithin_ms?: number | undefined;
  readonly notify: Notify;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** A killed worker's name is free again within its lease's time; one that is alive keeps it. */
const nameTakenPatience_ms = 10_000;

/**
 * The worker's standing with the coordinator: the id it was given, kept up through cuts and restarts. All calls go through it, so that
 * one place decides what is tried again.
 */
export class Link {
  readonly #options: LinkOptions;
  #registration: RegisterRequest;
  #standing: RegisterResponse;
  #renewal: Promise<void> | undefined;
  #isCut = false;
  #isLeaving = false;
  #onLost: () => void = () => {};
  #onCut: (isCut: boolean) => void = () => {};

  /**
   * @throws ShardwrightError `worker-name-taken` after ten seconds; `coordinator-unreachable` after `registerWithin_ms`; what else the
   * coordinator refuses a registration with.
   */
  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    link.#standing = await link.#register();
    options.notify({ level: "info", code: "registered", message: `Registered as ${options.registration.name}.` });
    return link;
  }

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#registration = options.registration;
    this.#standing = { worker: "", lease_ttl_ms: 1, heartbeat_ms: 1 };
  }

  get worker(): string {
    return this.#standing.worker;
  }

  get heartbeat_ms(): number {
    return this.#standing.heartbeat_ms;
  }

  /** How long a lease stands without a heartbeat. */
  get lease_ttl_ms(): number {
    return this.#standing.lease_ttl_ms;
  }

  /** Called when the coordinator had given the worker up: all leases it held are lost. */
  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Called when no address answers any more, and when one does again. */
  onCut(listener: (isCut: boolean) => void): void {
    this.#onCut = listener;
  }

  /**
   * Tells the coordinator that the worker has other capabilities than before: who registers again under the same name, as the same process,
   * stays who it is, with its leases.
   */
  async update(capabilities: RegisterRequest["capabilities"]): Promise<void> {
    this.#registration = { ...this.#registration, capabilities };
    this.#standing = await this.call(() =>
      this.#options.client.registerWorker(this.#registration, { retry: false, signal: this.#options.signal }),
    );
  }

  /** From now on, to be unknown is no reason to register again: the good-bye is on its way. */
  leaving(): void {
    this.#isLeaving = true;
  }

  /**
   * Makes a call under the worker's id until it is answered, registering again where the id is no longer known.
   * @throws ShardwrightError where the coordinator refuses the call itself, and `coordinator-unreachable` without auto-reconnect.
   */
  async call<T>(make: (worker: string) => Promise<T>, signal: AbortSignal = this.#options.signal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const worker = this.worker;
      try {
        const answer = await make(worker);
        this.#noteAnswer();
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ShardwrightError && error.code === "worker-unknown") {
          if (this.#isLeaving) throw error;
          await this.#renew(worker);
        } else await this.#endure(error, attempt, signal);
      }
    }
  }

  /** Registers again, once however many calls find out at the same time. */
  async #renew(unknown: string): Promise<void> {
    if (this.worker !== unknown) return;
    this.#renewal ??= (async () => {
      this.#onLost();
      this.#standing = await this.#register();
      this.#options.notify({
        level: "warning",
        code: "registered-again",
        message:
          "The coordinator had given this worker up; it registered again. Tests that were running were stopped and run elsewhere.",
      });
    })().finally(() => (this.#renewal = undefined));
    await this.#renewal;
  }

  async #register(): Promise<RegisterResponse> {
    const { client, signal, notify, registerWithin_ms = Number.POSITIVE_INFINITY } = this.#options;
    const isFirst = this.worker === "";
    const began = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const standing = await client.registerWorker(this.#registration, { retry: false, signal });
        this.#noteAnswer();
        return standing;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ShardwrightError) || error.code !== "worker-name-taken") {
          if (isFirst && performance.now() - began > registerWithin_ms) throw error;
          await this.#endure(error, attempt, signal);
          continue;
        }
        if (performance.now() - began > nameTakenPatience_ms) throw error;
        if (attempt === 1)
          notify({ level: "warning", code: "name-taken", message: `${error.message} Waiting for it to be freed.` });
        await pause(backoff_ms(attempt, { base_ms: 200, cap_ms: 1000 }), signal);
      }
    }
  }

  /** Waits before the next attempt, or throws what no further attempt can mend. */
  async #endure(error: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    // Before the first registration, an answer that is no coordinator's means a wrong address.
    const isStranger = this.worker === "" && error instanceof ShardwrightError && error.code === "bad-response";
    if (isStranger || !isPassing(error)) throw error;
    const { autoReconnect, reconnect_ms, notify } = this.#options;
    if (!autoReconnect && attempt >= attemptsWithoutReconnect) throw error;
    if (!this.#isCut) {
      this.#isCut = true;
      this.#onCut(true);
      notify({ level: "warning", code: "connection-lost", message: `${reasonOf(error)} Trying again.` });
    }
    await pause(backoff_ms(attempt, { base_ms: 50, cap_ms: reconnect_ms }), signal);
  }

  #noteAnswer(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#onCut(false);
    this.#options.notify({ level: "info", code: "connection-back", message: "The coordinator answers again." });
  }
}

/** A blink of the network is no reason to give up even where reconnecting is off. */
const attemptsWithoutReconnect = 8;

/** What time can mend: no answer, a server that fails or shuts down, a page of some proxy in between. A full store (507) stays full. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ShardwrightError) || error.status === 507) return false;
  return error.code === "coordinator-unreachable" || error.code === "bad-response" || error.status >= 500 || error.status === 429;
}
