import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";

// This file runs in a thread of its own as well: it imports nothing but Node.

/** One fact as it lies on disk. */
export interface FactRow {
  readonly position: number;
  readonly at_ms: number;
  /** The run it belongs to, if any: histories are read by it. */
  readonly run: string | null;
  readonly body: string;
}

export type Durability = "full" | "relaxed";

export interface LogFault {
  readonly code: "database-newer" | "database-damaged" | "database-in-use" | "state-unwritable" | "ledger-failed";
  readonly details: Record<string, string | number>;
}

/** Carries what went wrong across a thread's border, where error classes do not survive. */
export class LogError extends Error {
  readonly fault: LogFault;

  constructor(fault: LogFault, options: { cause?: unknown } = {}) {
    super(fault.code, options);
    this.fault = fault;
  }
}

const ledgerSchemaVersion = 1;

function checksumOf(row: FactRow): number {
  return crc32(`${row.position}\n${row.at_ms}\n${row.run ?? ""}\n${row.body}`);
}

/**
 * The file of facts. `full` syncs each commit to the disk; `relaxed` leaves that to the system: such commits survive the death of
 * the process, but not of the machine.
 */
export class FactLog {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #path: string;

  constructor(path: string, durability: Durability) {
    this.#path = path;
    refuseNewer(path);
    this.#database = guard(path, () => new DatabaseSync(path, { timeout: 2000 }));
    try {
      guard(path, () => {
        this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"}`);
        this.#database.exec(
          `CREATE TABLE IF NOT EXISTS facts (
            position INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, run TEXT, checksum INTEGER NOT NULL, body TEXT NOT NULL);
          CREATE INDEX IF NOT EXISTS facts_run ON facts (run, position) WHERE run IS NOT NULL;
          PRAGMA user_version = ${ledgerSchemaVersion}`,
        );
      });
      this.#insert = this.#database.prepare("INSERT INTO facts (position, at_ms, run, checksum, body) VALUES (?, ?, ?, ?, ?)");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Reads every row against its checksum. @returns the last position, 0 when there is none */
  verify(): number {
    let last = 0;
    guard(this.#path, () => {
      for (const row of this.#database
        .prepare("SELECT position, at_ms, run, checksum, body FROM facts ORDER BY position")
        .iterate())
        last = toRow(this.#path, row).position;
    });
    return last;
  }

  /** Writes rows in one transaction: when this returns, they are on disk. */
  write(rows: readonly FactRow[]): void {
    this.#transaction(() => {
      for (const row of rows) this.#insert.run(row.position, row.at_ms, row.run, checksumOf(row), row.body);
    });
  }

  /** Drops the facts of runs that were purged. */
  forget(runs: readonly string[]): void {
    const statement = this.#database.prepare("DELETE FROM facts WHERE run = ?");
    this.#transaction(() => {
      for (const run of runs) statement.run(run);
    });
  }

  close(): void {
    this.#database.close();
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
      throw new LogError({ code: "ledger-failed", details: { reason: messageOf(error) } }, { cause: error });
    }
  }
}

/** Reads facts beside the writer. */
export class FactReader {
  readonly #database: DatabaseSync;
  readonly #after: StatementSync;
  readonly #ofRun: StatementSync;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#database = guard(path, () => new DatabaseSync(path, { readOnly: true, timeout: 2000 }));
    const columns = "SELECT position, at_ms, run, checksum, body FROM facts";
    this.#after = this.#database.prepare(`${columns} WHERE position > ? ORDER BY position LIMIT ?`);
    this.#ofRun = this.#database.prepare(`${columns} WHERE run = ? AND position > ? ORDER BY position LIMIT ?`);
  }

  after(position: number, limit: number): FactRow[] {
    return guard(this.#path, () => this.#after.all(position, limit).map((row) => toRow(this.#path, row)));
  }

  ofRun(run: string, position: number, limit: number): FactRow[] {
    return guard(this.#path, () => this.#ofRun.all(run, position, limit).map((row) => toRow(this.#path, row)));
  }

  close(): void {
    this.#database.close();
  }
}

function toRow(path: string, columns: Record<string, unknown>): FactRow {
  const { position, at_ms, run, checksum, body } = columns;
  if (typeof position === "number" && typeof at_ms === "number" && typeof body === "string") {
    const row: FactRow = { position, at_ms, run: typeof run === "string" ? run : null, body };
    if (checksumOf(row) === checksum) return row;
  }
  throw new LogError({
    code: "database-damaged",
    details: { path, reason: `fact ${String(position)} does not match its checksum` },
  });
}

/** Looks at the version without changing a byte. */
function refuseNewer(path: string): void {
  if (!existsSync(path)) return;
  guard(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    try {
      const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
      if (found > ledgerSchemaVersion)
        throw new LogError({ code: "database-newer", details: { path, found, known: ledgerSchemaVersion } });
    } finally {
      database.close();
    }
  });
}

/** Result codes of SQLite (https://www.sqlite.org/rescode.html): BUSY and LOCKED. */
const inUse = new Set([5, 6]);
/** READONLY, FULL, CANTOPEN; and of the many kinds of IOERR those of writing: WRITE, FSYNC, TRUNCATE, SHMSIZE. */
const unwritable = new Set([8, 13, 14, 778, 1034, 1546, 4874]);

/** Names SQLite's own troubles: a locked file, a full disk, a broken page. */
export function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LogError || (error instanceof Error && error.name === "ShardwrightError")) throw error;
    const { number, isUnwritable, reason } = resultOf(error);
    if (inUse.has(number & 0xff)) throw new LogError({ code: "database-in-use", details: { path } }, { cause: error });
    const code = isUnwritable ? "state-unwritable" : "database-damaged";
    throw new LogError({ code, details: { path, reason } }, { cause: error });
  }
}

/** What SQLite said, which those who call it may have wrapped: its extended result code, 0 when it was not SQLite, and its message. */
export function resultOf(error: unknown): { number: number; isUnwritable: boolean; reason: string } {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (!("errcode" in each)) continue;
    const number = Number(each.errcode);
    return { number, isUnwritable: unwritable.has(number) || unwritable.has(number & 0xff), reason: each.message };
  }
  return { number: 0, isUnwritable: false, reason: messageOf(error) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
