// oxlint-disable-next-line typescript/triple-slash-reference -- what compiles against these sources must find the declarations, too
/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher, Pool } from "undici";
import type { Address } from "./addresses.ts";

export interface Exchange {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** How long the headers may take, and after them each part of the body. */
  readonly timeout_ms: number;
  readonly signal?: AbortSignal | undefined;
}

export type Answer = Pick<Dispatcher.ResponseData, "statusCode" | "headers" | "body">;

/** Long polls and event streams hold a connection each; a process with so many open has lost count of them. */
const connectionLimit = 512;

/** undici's root imports fetch, caches, mocks and WebSocket as well and takes twice as long (90 against 45 ms measured). */
async function loadUndici() {
  const [pool, api] = await Promise.all([import("undici/lib/dispatcher/pool.js"), import("undici/lib/api/index.js")]);
  return { Pool: pool.default, api: api.default };
}

/** Connections kept open to each coordinator. Nothing is loaded or opened before the first exchange. */
export class Pools {
  readonly #connectTimeout_ms: number;
  readonly #pools = new Map<string, Pool>();
  #undici: ReturnType<typeof loadUndici> | undefined;
  #closed = false;

  constructor(connectTimeout_ms: number) {
    this.#connectTimeout_ms = connectTimeout_ms;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends one request to one address. @throws what undici throws when no answer comes; the abort reason when aborted. */
  async exchange(address: Address, exchange: Exchange): Promise<Answer> {
    const undici = await (this.#undici ??= loadUndici());
    exchange.signal?.throwIfAborted();
    if (this.#closed) throw new Error("the client is closed");
    let pool = this.#pools.get(address.origin);
    if (pool === undefined) {
      pool = new undici.Pool(address.origin, {
        connections: connectionLimit,
        connectTimeout: this.#connectTimeout_ms,
        keepAliveTimeout: 30_000,
        // One stream that waits must not hold up the others behind a shared window.
        allowH2: false,
      });
      this.#pools.set(address.origin, pool);
    }
    return await undici.api.request.call(pool, {
      method: exchange.method,
      path: address.prefix + exchange.path,
      headers: { ...exchange.headers },
      body: exchange.body ?? null,
      headersTimeout: exchange.timeout_ms,
      bodyTimeout: exchange.timeout_ms,
      ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
    });
  }

  /** Ends all connections, and what is still under way on them with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}
