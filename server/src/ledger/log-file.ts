import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Base, Configuration, Entry, HardState, Index, Loss, Snapshot, Write } from "@shardwright/raft";
import { type Durability, guard, LogError, resultOf } from "./log-error.ts";
import { reserveWal } from "./wal-room.ts";
import { type WalTail, readWalTail } from "./wal-tail.ts";

// This file runs in a thread of its own as well: it imports nothing but Node and types.

/** Which disk this is. An id is used by one disk for ever: another disk would not know what it promised. */
export interface Identity {
  readonly cluster: string;
  readonly node: string;
}

/** What is kept beside the entries, in one row. */
export interface NodeRecord {
  readonly identity: Identity;
  /** The log feeds no tables, and never will. */
  readonly isWitness?: boolean;
  readonly hard: HardState;
  readonly base: Base;
  readonly loss?: Loss | undefined;
  readonly snapshot?: Snapshot | undefined;
}

/** What was found when the log was opened. */
export interface FoundLog {
  /** Undefined for a new one, and for one of the first version. */
  readonly record: NodeRecord | undefined;
  /** From the base on, as far as they are whole. */
  readonly entries: readonly Entry[];
  /** Set when entries after those are damaged: the last one that was there. */
  readonly damagedUpTo: Index | undefined;
  /** A write that a crash had cut short, and that is left out; undefined where there is none. */
  readonly cut: WalTail | undefined;
  /** Facts of a log of the first version, oldest first: time and JSON. */
  readonly formerFacts: readonly { readonly at_ms: number; readonly body: string }[];
}

const schemaVersion = 2;
/** Pages in the write-ahead log from which on it is folded into the file: whoever commits waits for it, 7 ms for so many. */
const foldedAt_pages = 1000;
const syncOf = { full: "FULL", relaxed: "NORMAL" } as const satisfies Record<Durability, string>;
const kinds = ["noop", "data", "configuration"] as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface EntryRow {
  readonly idx: number;
  readonly term: number;
  readonly kind: number;
  readonly checksum: number;
  readonly data: Uint8Array;
}

/**
 * The log on the disk. `full` syncs each commit; `relaxed` leaves that to the system: such commits survive the death of the process,
 * but not of the machine. It stays locked for as long as it is open, which is also what keeps a second coordinator away; the lock
 * dies with the process.
 */
export class LogFile {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #durability: Durability;
  #record: NodeRecord | undefined;
  #insert: StatementSync | undefined;
  #cut: StatementSync | undefined;
  #drop: StatementSync | undefined;
  #save: StatementSync | undefined;
  readonly #tail: WalTail | undefined;

  constructor(path: string, durability: Durability) {
    this.#path = path;
    this.#durability = durability;
    refuseNewer(path);
    this.#tail = tailOf(path, durability);
    this.#database = guard(path, () => new DatabaseSync(path, { timeout: 0 }));
    try {
      guard(path, () => {
        this.#database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
        this.#database.exec(
          `PRAGMA synchronous = ${syncOf[durability]}; PRAGMA wal_autocheckpoint = ${foldedAt_pages}; BEGIN IMMEDIATE; COMMIT`,
        );
        // What was cut must not be found again behind what comes now.
        if (this.#tail !== undefined) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        if (durability === "full") reserveWal(`${path}-wal`, foldedAt_pages);
      });
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Reads everything against its checksums. @throws LogError `database-damaged` when it cannot be told what was promised */
  read(): FoundLog {
    return guard(this.#path, () => {
      const version = Number(this.#database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
      const cut = this.#tail;
      if (version === 1) return { record: undefined, entries: [], damagedUpTo: undefined, cut, formerFacts: this.#formerFacts() };
      if (version === 0) return { record: undefined, entries: [], damagedUpTo: undefined, cut, formerFacts: [] };
      this.#prepare();
      const record = this.#readRecord();
      this.#record = record;
      return { record, cut, formerFacts: [], ...this.#readEntries(record) };
    });
  }

  /** Makes a log of these, instead of whatever is there. */
  begin(record: NodeRecord, entries: readonly Entry[]): void {
    this.#transaction(() => {
      this.#database.exec(
        `DROP TABLE IF EXISTS facts; DROP TABLE IF EXISTS entries; DROP TABLE IF EXISTS node;
        CREATE TABLE entries (
          idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, kind INTEGER NOT NULL, checksum INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE node (id INTEGER PRIMARY KEY CHECK (id = 1), checksum INTEGER NOT NULL, body TEXT NOT NULL);
        PRAGMA user_version = ${schemaVersion}`,
      );
      this.#prepare();
      this.#saveRecord(record);
      this.#append(entries);
    });
  }

  /** Carries out writes in one transaction: when this returns, they are on disk. */
  write(writes: readonly Write[]): void {
    const carryOut = () =>
      this.#transaction(() => {
        for (const write of writes) this.#apply(write);
      });
    // The copy of the tables before this one may be removed once this is written.
    if (writes.some(({ snapshot }) => snapshot !== undefined)) this.#durably(carryOut);
    else carryOut();
  }

  /** Becomes a log of another cluster, and carries a write out with it, in one transaction. */
  moveTo(identity: Identity, write: Write): void {
    const record = this.#record;
    if (record === undefined) throw new Error("the log has not begun");
    this.#transaction(() => {
      this.#saveRecord({ ...record, identity });
      this.#apply(write);
    });
  }

  close(): void {
    this.#database.close();
  }

  #prepare(): void {
    this.#insert = this.#database.prepare("INSERT INTO entries (idx, term, kind, checksum, data) VALUES (?, ?, ?, ?, ?)");
    this.#cut = this.#database.prepare("DELETE FROM entries WHERE idx >= ?");
    this.#drop = this.#database.prepare("DELETE FROM entries WHERE idx <= ?");
    this.#save = this.#database.prepare(
      "INSERT INTO node (id, checksum, body) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum, body = excluded.body",
    );
  }

  #apply({ hard, base, dropsLog, snapshot, entries, isRepaired }: Write): void {
    const record = this.#record;
    if (record === undefined) throw new Error("the log has not begun");
    if (hard !== undefined || base !== undefined || snapshot !== undefined || isRepaired === true) {
      const { loss: _, ...kept } = record;
      this.#saveRecord({
        ...(isRepaired === true ? kept : record),
        ...(hard === undefined ? {} : { hard }),
        ...(base === undefined ? {} : { base }),
        ...(snapshot === undefined ? {} : { snapshot }),
      });
    }
    if (dropsLog === true) this.#cut?.run(0);
    else if (base !== undefined) this.#drop?.run(base.index);
    const [first] = entries ?? [];
    if (first === undefined) return;
    this.#cut?.run(first.index);
    this.#append(entries ?? []);
  }

  #append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const data = dataOf(entry);
      const kind = kindOf(entry);
      this.#insert?.run(entry.index, entry.term, kind, checksumOf(entry.index, entry.term, kind, data), data);
    }
  }

  #saveRecord(record: NodeRecord): void {
    const body = JSON.stringify(record);
    this.#save?.run(crc32(body), body);
    this.#record = record;
  }

  #readRecord(): NodeRecord {
    const row = this.#database.prepare("SELECT checksum, body FROM node").get();
    const body = row?.["body"];
    if (typeof body !== "string" || crc32(body) !== row?.["checksum"])
      throw this.#damaged("what this node promised in elections does not match its checksum");
    return JSON.parse(body) as NodeRecord;
  }

  #readEntries({ base }: NodeRecord): Pick<FoundLog, "entries" | "damagedUpTo"> {
    const entries: Entry[] = [];
    let next = base.index + 1;
    let damagedUpTo: Index | undefined;
    for (const row of this.#database.prepare("SELECT idx, term, kind, checksum, data FROM entries ORDER BY idx").iterate()) {
      const entry = toEntry(row as unknown as EntryRow);
      if (damagedUpTo !== undefined || entry?.index !== next) damagedUpTo = Number(row["idx"]);
      else {
        entries.push(entry);
        next += 1;
      }
    }
    return { entries, damagedUpTo };
  }

  #formerFacts(): FoundLog["formerFacts"] {
    const facts: { at_ms: number; body: string }[] = [];
    for (const { position, at_ms, run, checksum, body } of this.#database
      .prepare("SELECT position, at_ms, run, checksum, body FROM facts ORDER BY position")
      .iterate()) {
      if (crc32(`${String(position)}\n${String(at_ms)}\n${typeof run === "string" ? run : ""}\n${String(body)}`) !== checksum)
        throw this.#damaged(`fact ${String(position)} does not match its checksum`);
      facts.push({ at_ms: Number(at_ms), body: String(body) });
    }
    return facts;
  }

  #damaged(reason: string): LogError {
    return new LogError({ code: "database-damaged", details: { path: this.#path, reason } });
  }

  /** Waits for the disk, whatever else is durable. */
  #durably(work: () => void): void {
    this.#database.exec(`PRAGMA synchronous = ${syncOf.full}`);
    try {
      work();
    } finally {
      this.#database.exec(`PRAGMA synchronous = ${syncOf[this.#durability]}`);
    }
  }

  #transaction(work: () => void): void {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      try {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      } catch {
        // The first error is the one to tell.
      }
      const { isUnwritable, reason } = resultOf(error);
      throw new LogError(
        { code: "ledger-failed", details: { reason, ...(isUnwritable && { unwritable: this.#path }) } },
        { cause: error },
      );
    }
  }
}

export function dataOf(entry: Entry): Uint8Array {
  if (entry.kind === "data") return entry.data;
  return entry.kind === "noop" ? new Uint8Array() : encoder.encode(JSON.stringify(entry.configuration));
}

/** @returns undefined for a kind that is not known */
export function entryOf(index: Index, term: number, kind: number, data: Uint8Array): Entry | undefined {
  switch (kinds[kind]) {
    case "noop":
      return { index, term, kind: "noop" };
    case "data":
      return { index, term, kind: "data", data };
    case "configuration":
      return { index, term, kind: "configuration", configuration: JSON.parse(decoder.decode(data)) as Configuration };
    case undefined:
      return undefined;
  }
}

export function kindOf(entry: Entry): number {
  return kinds.indexOf(entry.kind);
}

function toEntry({ idx, term, kind, checksum, data }: EntryRow): Entry | undefined {
  return checksumOf(idx, term, kind, data) === checksum ? entryOf(idx, term, kind, data) : undefined;
}

function checksumOf(index: Index, term: number, kind: number, data: Uint8Array): number {
  return crc32(data, crc32(`${index} ${term} ${kind}\n`));
}

/** @throws LogError `database-damaged` when commits were lost that cannot have been under way together: the disk has forgotten what it promised */
function tailOf(path: string, durability: Durability): WalTail | undefined {
  const tail = guard(path, () => readWalTail(`${path}-wal`));
  if (tail === undefined || tail.commits < 2 || durability !== "full") return tail;
  const reason = `${tail.commits} writes in ${path}-wal do not match their checksums, or come after one that does not`;
  throw new LogError({ code: "database-damaged", details: { path, reason } });
}

/** Looks at the version without changing a byte. */
function refuseNewer(path: string): void {
  if (!existsSync(path)) return;
  guard(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    try {
      const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
      if (found > schemaVersion) throw new LogError({ code: "database-newer", details: { path, found, known: schemaVersion } });
    } finally {
      database.close();
    }
  });
}
