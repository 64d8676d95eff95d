import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { Address } from "./addresses.ts";
import { isOfOneCoordinator, isPassing, readAnswer, readBody, readError, type AnswerSchema, requireMedia } from "./answers.ts";
import { Pools, type Answer, type Exchange } from "./pools.ts";
import { backoff_ms, noRetry, pause, type RetryPolicy } from "./retry.ts";
import { Route, type FailoverStrategy } from "./route.ts";

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
  /** How long one address may take to answer; the client's `timeout_ms` when absent. */
  readonly timeout_ms?: number | undefined;
}

export interface CallerOptions {
  readonly addresses: readonly Address[];
  readonly apiKey: string;
  readonly strategy: FailoverStrategy;
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
  /** How long the body may bring nothing, where that is longer than an answer may take. */
  readonly silence_ms?: number;
}

/** The largest answer that is read: a report of 100,000 cases with their texts. */
const answerLimit_bytes = 1024 * 1024 * 1024;

/** Rounds in which the answers are no coordinator's: a proxy may put itself in between for a moment, and a wrong address stays wrong. */
const strangeAttempts = 3;

/** Where an answer may name the leader, as the coordinator that gave it knows it. */
const leaderHeader = "shardwright-leader";

/** Upload that is no sign of a dead address: a second for each MiB beyond the first. */
const slowestUpload_bytesPerMs = (1024 * 1024) / 1000;

/** What one address answered, or that it did not. */
interface Miss {
  readonly address: string;
  readonly error: unknown;
}

/** Sends requests to whichever coordinator answers, and tries again within bounds. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #pools: Pools;
  readonly #route: Route;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#pools = new Pools(options.timeout_ms);
    this.#route = new Route(options);
  }

  /** How long one address may take to answer where a call says nothing else. */
  get timeout_ms(): number {
    return this.#options.timeout_ms;
  }

  /** Calls and reads the answer by its schema. @throws ShardwrightError the coordinator's own, `coordinator-unreachable`, `bad-response` */
  async json<T>(request: Request, schema: AnswerSchema<T>, options: CallOptions = {}): Promise<T> {
    return this.call(request, options, async (answer, address) =>
      readAnswer(await readBody(answer, answerLimit_bytes, address), schema, address),
    );
  }

  /** Calls where only success matters. */
  async nothing(request: Request, options: CallOptions = {}): Promise<void> {
    await this.call(request, options, async (answer, address) => {
      requireMedia(answer, ["application/json", "text/plain"], address);
      await answer.body.dump();
    });
  }

  /** Calls and hands the answer, once its status is good, to `read`; what breaks off while it reads is tried again as well. */
  async call<T>(request: Request, options: CallOptions, read: (answer: Answer, address: string) => Promise<T> | T): Promise<T> {
    const policy = this.policyOf(options);
    const exchange = this.#exchangeOf(request, options);
    const began = performance.now();
    let strange = 0;
    for (let attempt = 1; ; attempt += 1) {
      const round = await this.#round(exchange, read);
      if ("value" in round) return round.value;
      if (isStrange(round.error) && ++strange >= strangeAttempts) throw round.error;
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

  /** Asks one address after the other until one gives an answer that stands. */
  async #round<T>(
    exchange: Exchange,
    read: (answer: Answer, address: string) => Promise<T> | T,
  ): Promise<{ value: T } | { error: ShardwrightError }> {
    const misses: Miss[] = [];
    this.#probe();
    for (const address of this.#route.order()) {
      try {
        const answer = await this.#pools.exchange(address, exchange);
        const leader = leaderIn(answer);
        // No coordinator sends anybody elsewhere: what does stands in between, and wants a password or a payment.
        if (answer.statusCode >= 300) {
          this.#route.hinted(leader);
          const error = readError(answer.statusCode, await readBody(answer, 1024 * 1024, address.text), address.text);
          // A client asks for nothing that coordinators of its own version do not offer.
          const [path = ""] = exchange.path.split("?");
          if (error.code !== "not-found" || error.details.what !== path) throw error;
          throw new ShardwrightError("coordinator-too-old", { address: address.text, path });
        }
        const value = await read(answer, address.text);
        this.#route.answered(address, leader);
        return { value };
      } catch (error) {
        exchange.signal?.throwIfAborted();
        // Closed by its owner: no coordinator is to blame, and none would answer a later attempt.
        if (this.#pools.isClosed) throw error;
        if (error instanceof ShardwrightError && this.#isFinal(error)) throw error;
        this.#route.failed(address);
        misses.push({ address: address.text, error });
      }
    }
    const error = errorOf(misses);
    // Whichever was asked has no room: that does not pass in a moment, as the loss of a leader does.
    if (error.code === "state-unwritable") throw error;
    return { error };
  }

  /** Whether no other coordinator, and no later attempt, would answer otherwise. */
  #isFinal(error: ShardwrightError): boolean {
    if (this.#options.addresses.length > 1 && isOfOneCoordinator(error)) return false;
    return !isPassing(error) && error.code !== "bad-response";
  }

  /** Looks, beside the calls, whether an address that would be gone back to answers again. Sends no token. */
  #probe(): void {
    const address = this.#route.toProbe();
    if (address === undefined) return;
    const { timeout_ms } = this.#options;
    void this.#pools
      .exchange(address, { method: "GET", path: "/readyz", headers: {}, timeout_ms })
      .then(async (answer) => {
        await answer.body.dump();
        return answer.statusCode < 500;
      })
      .catch(() => false)
      .then((answers) => this.#route.probed(address, answers));
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
      timeout_ms: (options.timeout_ms ?? this.#options.timeout_ms) + uploadTime_ms(request.bytes),
      silence_ms: request.silence_ms,
      signal: options.signal,
    };
  }
}

function isStrange(error: ShardwrightError): boolean {
  return error.code === "bad-response" && !isPassing(error);
}

function uploadTime_ms(bytes: Uint8Array | undefined): number {
  return Math.max(0, Math.ceil((bytes?.byteLength ?? 0) / slowestUpload_bytesPerMs) - 1000);
}

function leaderIn({ headers }: Answer): string | undefined {
  const leader = headers[leaderHeader];
  return typeof leader === "string" ? leader : undefined;
}

/** The error that stands for a round without success: the coordinators' own where all said the same, else one that names each address. */
function errorOf(misses: readonly Miss[]): ShardwrightError {
  const [first] = misses;
  if (first?.error instanceof ShardwrightError) {
    const { code } = first.error;
    if (misses.every(({ error }) => error instanceof ShardwrightError && error.code === code)) return first.error;
  }
  const addresses = misses.map(({ address }) => address).join(", ");
  const reasons = misses.map(({ address, error }) =>
    misses.length === 1 ? connectionReason(error) : `${address}: ${connectionReason(error).replace(/\.$/, "")}`,
  );
  return new ShardwrightError("coordinator-unreachable", { addresses, reason: reasons.join("; ") }, { cause: first?.error });
}

/** An address that resolves to several hosts fails with an AggregateError, whose own message is empty. */
function connectionReason(failure: unknown): string {
  if (failure instanceof AggregateError) return [...new Set(failure.errors.map(reasonOf))].join("; ");
  return reasonOf(failure);
}
