import { ShardwrightError, type TablesDigest, reasonOf } from "@shardwright/core";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { PinnedTables } from "../projections/table-digest.ts";

/** A digest that nobody asked for again is forgotten. */
const kept_ms = 600_000;

interface Pending {
  readonly name: string;
  readonly result: Promise<TablesDigest>;
  readonly cancel: (reason: Error) => void;
}

/**
 * Digests of this node's tables as they are after an entry that all members can tell: the next configuration of the log. Facts go on being
 * written meanwhile; positions pass before one can ask for them everywhere.
 */
export class Digests {
  readonly #ledger: Pick<RaftLedger, "atNextConfiguration" | "onRestored">;
  readonly #tables: string;
  readonly #clock: Clock;
  #pending: Pending | undefined;

  /** @param tables the database file */
  constructor(ledger: Pick<RaftLedger, "atNextConfiguration" | "onRestored">, tables: string, clock: Clock) {
    this.#ledger = ledger;
    this.#tables = tables;
    this.#clock = clock;
    // What was waited for may have come with the copy: it is not met one by one.
    ledger.onRestored(() => this.#pending?.cancel(new Error("its tables were replaced as a whole meanwhile: compare again")));
  }

  /** From now on the next configuration counts. An earlier digest that was prepared is given up. */
  prepare(name: string): void {
    this.#pending?.cancel(new ShardwrightError("not-found", { what: "digest any more: another one was asked for" }));
    const { promise, resolve, reject } = Promise.withResolvers<TablesDigest>();
    // Somebody may ask, or nobody.
    promise.catch(() => {});
    const stop = new AbortController();
    const forget = this.#ledger.atNextConfiguration(() => void this.#read(stop.signal).then(resolve, reject));
    const timer: Timer = this.#clock.after(kept_ms, () => cancel(new Error("nobody asked for it")));
    const pending: Pending = {
      name,
      result: promise,
      cancel: (reason) => cancel(reason),
    };
    const cancel = (reason: Error): void => {
      timer.cancel();
      forget();
      stop.abort(reason);
      reject(reason);
      if (this.#pending === pending) this.#pending = undefined;
    };
    this.#pending = pending;
  }

  /** Waits for the digest that was prepared under this name. @throws ShardwrightError `not-found` */
  async take(name: string): Promise<TablesDigest> {
    if (this.#pending?.name !== name) throw new ShardwrightError("not-found", { what: `digest ${name}` });
    try {
      return await this.#pending.result;
    } catch (error) {
      throw error instanceof ShardwrightError
        ? error
        : new ShardwrightError("internal", { reason: reasonOf(error) }, { cause: error });
    }
  }

  close(): void {
    this.#pending?.cancel(new ShardwrightError("draining"));
  }

  async #read(signal: AbortSignal): Promise<TablesDigest> {
    const pinned = new PinnedTables(this.#tables);
    try {
      return await pinned.digest(signal);
    } finally {
      pinned.close();
    }
  }
}
