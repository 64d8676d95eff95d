import type { Driver, Entry, TableCopy } from "@shardwright/raft";
import type { SnapshotFiles } from "./snapshot-files.ts";
import { droppableUpTo } from "./witness-log.ts";

export interface LogLengthOptions {
  readonly driver: Driver<number>;
  /** Where copies of the tables are made; a log without them is never shortened. */
  readonly snapshots: SnapshotFiles | undefined;
  /** The copy that the log begins after, if it does. */
  readonly lastCopy: Pick<TableCopy, "index" | "digest"> | undefined;
  /** It has no tables: what it holds is for the others. */
  readonly isWitness: boolean;
  /** 20,000 when absent. */
  readonly limit_entries: number | undefined;
  /** Told when a witness can no longer hold all that somebody lacks. */
  readonly onMissed?: ((up_to: number) => void) | undefined;
}

/**
 * Entries and bytes after which the log is shortened. For members that are a little behind a tenth of the entries is kept, within a quarter of
 * the bytes: it is in memory.
 */
const usualLimit_entries = 20_000;
const limit_bytes = 64 * 1024 * 1024;

/** Keeps a log from growing for ever: by a copy of the tables, after which it begins; for a witness, by dropping what all others have. */
export class LogLength {
  readonly #options: LogLengthOptions;
  readonly #limit_entries: number;
  /** Of entries written since the log was last shortened; of a witness, of all that are in it. */
  #logged_bytes = 0;
  #lastCopy: LogLengthOptions["lastCopy"];
  #isCompacting = false;

  constructor(options: LogLengthOptions) {
    this.#options = options;
    this.#lastCopy = options.lastCopy;
    this.#limit_entries = options.limit_entries ?? usualLimit_entries;
  }

  /** Whether a copy of the tables is being made. */
  get isCompacting(): boolean {
    return this.#isCompacting;
  }

  /** Entries were written. */
  grew(entries: readonly Entry[]): void {
    this.#logged_bytes += bytesOf(entries);
  }

  /** Shortens the log if it has grown long; to be called after each step. */
  look(): void {
    const { driver, isWitness } = this.#options;
    const { log } = driver.state;
    if (isWitness) this.#drop();
    else if (log.last - log.base.index > this.#limit_entries || this.#logged_bytes > limit_bytes) void this.#compact();
  }

  /** What a witness holds for the others goes when they have it. */
  #drop(): void {
    const { driver, onMissed } = this.#options;
    const { state } = driver;
    const until = droppableUpTo(state, this.#logged_bytes, { entries: this.#limit_entries, bytes: limit_bytes });
    if (until === undefined) return;
    this.#logged_bytes -= bytesOf(state.log.between(state.log.base.index + 1, until.index));
    driver.compact(until.index);
    if (until.isMissed) onMissed?.(until.index);
  }

  /** Copies the tables, then lets the log begin after them. */
  async #compact(): Promise<void> {
    const { driver, snapshots } = this.#options;
    if (this.#isCompacting || snapshots === undefined) return;
    this.#isCompacting = true;
    this.#logged_bytes = 0;
    const { base } = driver.state.log;
    try {
      const copy = await snapshots.make();
      const kept = { entries: Math.ceil(this.#limit_entries / 10), bytes: limit_bytes / 4 };
      driver.compact(beginOfTail(driver.state.log, copy.index, kept), copy);
      // The record of the new copy may not be on the disk yet: the one before it stays for so long, and the next time it goes.
      if (this.#lastCopy !== undefined) await snapshots.keep(this.#lastCopy);
      this.#lastCopy = copy;
    } catch {
      // A log that stays long for now is no harm; the disk's own trouble is told by whoever writes next.
    } finally {
      this.#isCompacting = false;
    }
    // What came meanwhile may be too long again, and nothing may come after it.
    if (driver.state.log.base.index > base.index) this.look();
  }
}

/** The index up to which a log is dropped so that no more than this stays of what comes before another. */
export function beginOfTail(
  log: { readonly entryAt: (index: number) => Entry | undefined },
  last: number,
  kept: { readonly entries: number; readonly bytes: number },
): number {
  let bytes = 0;
  for (let index = last; index > last - kept.entries; index -= 1) {
    const entry = log.entryAt(index);
    if (entry === undefined) return index;
    bytes += bytesOf([entry]);
    if (bytes > kept.bytes) return index;
  }
  return last - kept.entries;
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === "data" ? entry.data.byteLength : 0), 0);
}
