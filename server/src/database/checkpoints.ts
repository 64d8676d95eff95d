import { reasonOf } from "@shardwright/core";
import { once } from "node:events";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { CheckpointOptions, CheckpointRequest } from "./checkpoint-thread.ts";

/** Of pages in the write-ahead log. */
interface Limits {
  /** From so many on the thread folds them in: those that change again and again are folded in once. */
  readonly enough: number;
  /** From so many on whoever writes does so at the end of a transaction: the thread does not keep up, or is not there. */
  readonly most: number;
}

const defaults: Limits = { enough: 4000, most: 16_000 };
/** How often it is looked how many they are. */
const look_ms = 100;
/** How long nobody takes the place of a thread that failed. */
const rest_ms = 60_000;

interface Parts {
  readonly client: DatabaseSync;
  /** The database file. */
  readonly tables: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
  readonly limits?: Limits;
}

/**
 * Folds the write-ahead log of the tables into their file, in a thread with a connection of its own: it copies thousands of pages and waits
 * for the disk, and meanwhile all else goes on.
 */
export class Checkpoints {
  readonly #parts: Parts;
  readonly #count: StatementSync;
  readonly #limits: Limits;
  #thread: Worker | undefined;
  #isAtWork = false;
  #notBefore_ms = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { client, limits = defaults } = parts;
    this.#limits = limits;
    // Without that, whoever writes goes on to do it all at the end of a transaction.
    this.#isClosed = !countsAlone(process.versions.sqlite ?? "");
    if (!this.#isClosed) client.exec(`PRAGMA wal_autocheckpoint = ${limits.most}`);
    this.#count = client.prepare("PRAGMA wal_checkpoint(NOOP)");
  }

  /** To be called after a transaction. */
  written(): void {
    const now_ms = this.#parts.clock.monotonic_ms();
    if (this.#isClosed || this.#isAtWork || now_ms < this.#notBefore_ms) return;
    this.#notBefore_ms = now_ms + look_ms;
    if (!this.#isDue()) return;
    this.#isAtWork = true;
    this.#thread ??= this.#start();
    this.#thread.postMessage("fold" satisfies CheckpointRequest);
  }

  /** Whether its thread is there. */
  get isAwake(): boolean {
    return this.#thread !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    const gone = once(thread, "exit");
    // Whoever waits for it has nothing else that keeps the process alive.
    thread.ref();
    thread.postMessage("close" satisfies CheckpointRequest);
    await gone;
  }

  #isDue(): boolean {
    try {
      const { log, checkpointed } = this.#count.get() ?? {};
      return Number(log) >= this.#limits.enough && log !== checkpointed;
    } catch {
      // While somebody reads row by row they cannot be counted: another transaction comes.
      return false;
    }
  }

  #start(): Worker {
    const file = import.meta.url.endsWith(".ts") ? "./checkpoint-thread.ts" : "./checkpoint-thread.js";
    const workerData: CheckpointOptions = { tables: this.#parts.tables, most: this.#limits.most };
    const thread = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], name: "checkpoints" });
    thread.unref();
    thread.on("message", () => (this.#isAtWork = false));
    thread.once("error", (error) => this.#ended(thread, reasonOf(error)));
    thread.once("exit", () => this.#ended(thread, "it ended"));
    return thread;
  }

  /** Another begins later: until then pages are folded in by whoever writes, once they are many. */
  #ended(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    const { clock, log } = this.#parts;
    this.#thread = undefined;
    this.#isAtWork = false;
    this.#notBefore_ms = clock.monotonic_ms() + rest_ms;
    log.warn(
      { reason },
      "the thread that folds the log of the tables into their file failed: the main thread does so for a minute",
    );
  }
}

/** Whether this version of SQLite counts the pages without folding them in. */
function countsAlone(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 51);
}
