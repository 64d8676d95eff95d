import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { Address } from "./addresses.ts";
import { isPassing, readAnswer, readBody, readError, type AnswerSchema } from "./answers.ts";
import { Pools, type Answer, type Exchange } from "./pools.ts";
import { backoff_ms, noRetry, pause, type RetryPolicy } from "./retry.ts";

/** What went wrong with an attempt of a call that will be tried again. */
export interface Trouble {
  readonly call: string;
  readonly attempt: number;
  readonly reason: string;
  readonly retry_in_ms: number;
}

/** Options that every call takes. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Differences from the client's retry policy; `false` for a single attempt. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
  /** How long one answer may take; the client's `timeout_ms` when absent. */
  readonly timeout_ms?: number | undefined;
}

export interface CallerOptions {
  readonly addresses: readonly Address[];
  readonly apiKey: string;
  readonly timeout_ms: number;
  readonly retry: RetryPolicy;
  readonly onTrouble?: ((trouble: Trouble) => void) | undefined;
}

export interface Request {
  readonly method: Exchange["method"];
  readonly path: string;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The largest answer that is read: a report of 100,000 cases with their texts. */
const answerLimit_bytes = 1024 * 1024 * 1024;

/** Sends requests to whichever coordinator answers, and tries again within bounds. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #pools: Pools;
  /** Index of the address that answered last: it is asked first. */
  #preferred = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#pools = new Pools(Math.min(options.timeout_ms, 5000));
  }

  /** Calls and reads the answer by its schema. @throws ShardwrightError the coordinator's own, `coordinator-unreachable`, `bad-response` */
  async json<T>(request: Request, schema: AnswerSchema<T>, options: CallOptions = {}): Promise<T> {
    return this.call(request, options, async (answer, address) =>
      readAnswer(await readBody(answer, answerLimit_bytes, address), schema, address),
    );
  }

  /** Calls where only success matters. */
  async nothing(request: Request, options: CallOptions = {}): Promise<void> {
    await this.call(request, options, (answer) => answer.body.dump());
  }

  /** Calls and hands the answer, once its status is good, to `read`; what breaks off while it reads is tried again as well. */
  async call<T>(request: Request, options: CallOptions, read: (answer: Answer, address: string) => Promise<T> | T): Promise<T> {
    const policy = this.policyOf(options);
    const exchange = this.#exchangeOf(request, options);
    const began = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const round = await this.#round(exchange, read);
      if ("value" in round) return round.value;
      const retry_in_ms = backoff_ms(attempt, policy);
      if (attempt >= policy.attempts || performance.now() + retry_in_ms - began > policy.total_ms) throw round.error;
      const reason = reasonOf(round.error);
      this.#options.onTrouble?.({ call: `${request.method} ${request.path}`, attempt, reason, retry_in_ms });
      await pause(retry_in_ms, options.signal);
    }
  }

  policyOf(options: CallOptions): RetryPolicy {
    return options.retry === false ? noRetry : { ...this.#options.retry, ...options.retry };
  }

  async close(): Promise<void> {
    await this.#pools.close();
  }

  /** Asks one address after the other, the preferred one first, until one gives an answer that stands. */
  async #round<T>(
    exchange: Exchange,
    read: (answer: Answer, address: string) => Promise<T> | T,
  ): Promise<{ value: T } | { error: ShardwrightError }> {
    const { addresses } = this.#options;
    let refusal: ShardwrightError | undefined;
    let failure: unknown;
    for (let turn = 0, first = this.#preferred; turn < addresses.length; turn += 1) {
      const index = (first + turn) % addresses.length;
      const address = addresses[index] as Address;
      try {
        const answer = await this.#pools.exchange(address, exchange);
        if (answer.statusCode >= 400)
          throw readError(answer.statusCode, await readBody(answer, 1024 * 1024, address.text), address.text);
        const value = await read(answer, address.text);
        this.#preferred = index;
        return { value };
      } catch (error) {
        exchange.signal?.throwIfAborted();
        // Closed by its owner: no coordinator is to blame, and none would answer a later attempt.
        if (this.#pools.isClosed) throw error;
        if (!(error instanceof ShardwrightError)) failure = error;
        else if (isPassing(error)) refusal = error;
        else throw error;
      }
    }
    if (refusal !== undefined) return { error: refusal };
    const details = { addresses: addresses.map((address) => address.text).join(", "), reason: connectionReason(failure) };
    return { error: new ShardwrightError("coordinator-unreachable", details, { cause: failure }) };
  }

  #exchangeOf(request: Request, options: CallOptions): Exchange {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#options.apiKey}`, ...request.headers };
    if (request.json !== undefined) headers["content-type"] = "application/json";
    else if (request.bytes !== undefined) headers["content-type"] = "application/octet-stream";
    return {
      method: request.method,
      path: request.path,
      headers,
      body: request.json === undefined ? request.bytes : JSON.stringify(request.json),
      timeout_ms: options.timeout_ms ?? this.#options.timeout_ms,
      signal: options.signal,
    };
  }
}

/** An address that resolves to several hosts fails with an AggregateError, whose own message is empty. */
function connectionReason(failure: unknown): string {
  if (failure instanceof AggregateError) return [...new Set(failure.errors.map(reasonOf))].join("; ");
  return reasonOf(failure);
}
