// oxlint-disable-next-line typescript/triple-slash-reference -- what compiles against these sources must find the declarations, too
/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher, Pool } from "undici";
import type { Address } from "./addresses.ts";

export interface Exchange {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** How long all may take until the headers are there. */
  readonly timeout_ms: number;
  /** How long the body may then bring nothing; the same when absent. */
  readonly silence_ms?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Answer = Pick<Dispatcher.ResponseData, "statusCode" | "headers" | "body">;

/** Long polls and event streams hold a connection each; a process with so many open has lost count of them. */
const connectionLimit = 512;

/** Origins with a pool at a time: the addresses given, and some leaders that answers have named. */
const originLimit = 80;

/** undici's root imports fetch, caches, mocks and WebSocket as well and takes twice as long (90 against 45 ms measured). */
async function loadUndici() {
  const [pool, api] = await Promise.all([import("undici/lib/dispatcher/pool.js"), import("undici/lib/api/index.js")]);
  return { Pool: pool.default, api: api.default };
}

/** An address said nothing in time. */
class NoAnswerError extends Error {
  constructor(timeout_ms: number) {
    super(`no answer within ${timeout_ms / 1000} s`);
    this.name = "NoAnswerError";
  }
}

/** Connections kept open to each coordinator. Nothing is loaded or opened before the first exchange. */
export class Pools {
  readonly #connectTimeout_ms: number;
  readonly #pools = new Map<string, Pool>();
  /** When an answer last began to come from an origin. */
  readonly #heard_ms = new Map<string, number>();
  #undici: ReturnType<typeof loadUndici> | undefined;
  #closed = false;

  constructor(connectTimeout_ms: number) {
    this.#connectTimeout_ms = connectTimeout_ms;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Sends one request to one address.
   * @throws NoAnswerError when nothing came in time; what undici throws when the connection fails; the abort reason when aborted.
   */
  async exchange(address: Address, exchange: Exchange): Promise<Answer> {
    const undici = await (this.#undici ??= loadUndici());
    exchange.signal?.throwIfAborted();
    if (this.#closed) throw new Error("the client is closed");
    const { timeout_ms } = exchange;
    const began_ms = performance.now();
    const request = undici.api.request.call(this.#poolOf(address.origin, undici.Pool), {
      method: exchange.method,
      path: address.prefix + exchange.path,
      headers: { ...exchange.headers },
      body: exchange.body ?? null,
      headersTimeout: timeout_ms,
      bodyTimeout: exchange.silence_ms ?? timeout_ms,
      ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
    });
    // undici has a time for the connection and one for the headers after it, each late by up to a second; this bounds both together.
    const deadline = silenceOf(timeout_ms);
    try {
      const answer = await Promise.race([request, deadline.promise]);
      this.#heard_ms.set(address.origin, performance.now());
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      // What comes later is taken off the connection, and a failure is no news.
      request
        .then(
          (late) => late.body.dump(),
          () => {},
        )
        .catch(() => {});
      this.#giveUp(address.origin, began_ms, error);
      throw error;
    } finally {
      deadline.cancel();
    }
  }

  /** Nothing was heard of an origin since the request began: the polls and streams that wait there would wait for nothing. */
  #giveUp(origin: string, began_ms: number, reason: Error): void {
    const pool = this.#pools.get(origin);
    if (pool === undefined || (this.#heard_ms.get(origin) ?? 0) >= began_ms) return;
    this.#pools.delete(origin);
    pool.destroy(reason).catch(() => {});
  }

  #poolOf(origin: string, create: typeof Pool): Pool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    if (this.#pools.size >= originLimit) {
      const idle = [...this.#pools].find(([, { stats }]) => stats.size === 0);
      if (idle !== undefined) {
        this.#pools.delete(idle[0]);
        idle[1].close().catch(() => {});
      }
    }
    const pool = new create(origin, {
      connections: connectionLimit,
      connectTimeout: this.#connectTimeout_ms,
      keepAliveTimeout: 30_000,
      // One stream that waits must not hold up the others behind a shared window.
      allowH2: false,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  /** Ends all connections, and what is still under way on them with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}

/** A timer this late was not waited for: the process stood still, and with it whatever would have read the answer. */
const standstill_ms = 1000;

/** Rejects when the time is over, during which this process was awake. */
function silenceOf(timeout_ms: number): { readonly promise: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const wait = () => {
      const due_ms = performance.now() + timeout_ms;
      timer = setTimeout(
        () => (performance.now() - due_ms > standstill_ms ? wait() : reject(new NoAnswerError(timeout_ms))),
        timeout_ms,
      );
    };
    wait();
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
