import { hash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Entry, Index } from "../../packages/raft/src/types.ts";
import type { Machine } from "../../packages/raft/sim/machine.ts";
import type { Clock } from "../../server/src/clock.ts";
import { openDatabase } from "../../server/src/database/open.ts";
import { type Queries, createQueries } from "../../server/src/database/queries.ts";
import { decodeFacts } from "../../server/src/ledger/fact-entry.ts";
import type { AppliedFact, Projections } from "../../server/src/ledger/ledger.ts";
import { makeSnapshot, snapshotName } from "../../server/src/ledger/snapshot-thread.ts";
import { createProjections } from "../../server/src/projections/apply.ts";

/** Where the database files of one world lie; in memory, where the machine has a place for that. */
export class TablesFolder {
  readonly #path = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "shardwright-sim-"));
  #made = 0;

  make(): string {
    this.#made += 1;
    const path = join(this.#path, String(this.#made));
    mkdirSync(path);
    return path;
  }

  close(): void {
    rmSync(this.#path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** What tables need of the process around them, which begins after them. */
interface Around {
  readonly clock: Clock;
  /** Called before and after each commit: the process may die there. */
  readonly commits: () => void;
  /** Whether it is time to compare the tables, after so many entries. */
  readonly isDue: (applied: Index) => boolean;
}

/** A coordinator's real tables: its database file, its migrations, its projections and its copies. */
export class Tables implements Machine {
  readonly client: DatabaseSync;
  readonly queries: Queries;
  readonly projections: Projections;
  written = 0;
  around: Around | undefined;
  readonly #folder: string;
  readonly #digestOf: () => string;
  #isOpen = true;

  /** @param image what a process left on the disk; nothing for a new one */
  constructor(folder: string, image: Uint8Array = emptyTables()) {
    this.#folder = folder;
    const [database, log] = unpack(image);
    writeFileSync(this.#path, database);
    if (log.byteLength > 0) writeFileSync(`${this.#path}-wal`, log);
    const opened = openDatabase(this.#path);
    this.client = opened.client;
    // What lies beside the file is read whenever a process dies.
    this.client.exec("PRAGMA wal_autocheckpoint = 50");
    const exec = this.client.exec.bind(this.client);
    // Until it is committed nothing of a transaction is on the disk: these are the moments that differ.
    this.client.exec = (sql) => {
      if (sql === "COMMIT") this.around?.commits();
      exec(sql);
      if (sql === "COMMIT") this.around?.commits();
    };
    const clock: Clock = {
      now_ms: () => this.around?.clock.now_ms() ?? 0,
      monotonic_ms: () => this.around?.clock.monotonic_ms() ?? 0,
      after: (delay_ms, work) => this.around?.clock.after(delay_ms, work) ?? { cancel: () => {} },
    };
    this.projections = createProjections(opened.database, this.client, clock);
    this.queries = createQueries(opened.database, () => this.projections.settle());
    this.#digestOf = digester(this.client);
  }

  get #path(): string {
    return join(this.#folder, "state.db");
  }

  get applied(): Index {
    return this.projections.applied;
  }

  /** Applies facts as they are in the log, by nobody's leave: for tables to compare others with. */
  apply(entries: readonly Entry[]): readonly unknown[] {
    const added: AppliedFact[] = [];
    const results: number[] = [];
    let { position } = this.projections;
    for (const entry of entries) {
      if (entry.kind !== "data") continue;
      const { at_ms, bodies, texts } = decodeFacts(entry.data);
      bodies.forEach((body, at) => {
        position += 1;
        added.push({ fact: { position, at_ms, body }, text: texts[at] ?? "", entry: entry.index });
      });
      results.push(position);
    }
    this.projections.apply(added, entries.at(-1)?.index ?? this.applied);
    return results;
  }

  /** A copy, made as a coordinator makes it: what waits to be written is not in it. */
  save(): Uint8Array {
    const reply = makeSnapshot({ tables: this.#path, directory: this.#folder });
    if (reply.type === "failed") throw new Error(reply.reason);
    this.written = reply.index;
    const path = join(this.#folder, snapshotName(reply.index, reply.digest));
    const copy = readFileSync(path);
    rmSync(path);
    return copy;
  }

  left(): Uint8Array {
    const log = `${this.#path}-wal`;
    return pack(readFileSync(this.#path), existsSync(log) ? readFileSync(log) : new Uint8Array());
  }

  restore(saved: Uint8Array): void {
    const path = join(this.#folder, "fetched.db");
    writeFileSync(path, saved);
    this.projections.restore(path);
    rmSync(path);
  }

  get digest(): string | undefined {
    return this.around?.isDue(this.applied) === false ? undefined : this.digestNow();
  }

  digestNow(): string {
    this.projections.settle();
    return this.#digestOf();
  }

  /** As when its process is gone: what was not committed is not there. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.client.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A database file, and the log that SQLite keeps beside it. */
function pack(database: Uint8Array, log: Uint8Array): Uint8Array {
  const image = new Uint8Array(4 + database.byteLength + log.byteLength);
  new DataView(image.buffer).setUint32(0, database.byteLength);
  image.set(database, 4);
  image.set(log, 4 + database.byteLength);
  return image;
}

function unpack(image: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const length = new DataView(image.buffer, image.byteOffset).getUint32(0);
  return [image.subarray(4, 4 + length), image.subarray(4 + length)];
}

let empty: Uint8Array | undefined;

/** Tables without rows: to migrate them takes longer than most of what a world does with them. */
function emptyTables(): Uint8Array {
  if (empty !== undefined) return empty;
  const folder = mkdtempSync(join(tmpdir(), "shardwright-sim-"));
  try {
    const path = join(folder, "state.db");
    openDatabase(path).client.close();
    empty = pack(readFileSync(path), new Uint8Array());
    return empty;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads every column of every row of every table, in the order of the primary keys. */
function digester(client: DatabaseSync): () => string {
  const tables = client
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith("__"));
  const statements = tables.map((table) => {
    const columns = client.prepare("SELECT name, pk FROM pragma_table_info(?)").all(table);
    const keys = columns.filter(({ pk }) => Number(pk) > 0).sort((one, other) => Number(one["pk"]) - Number(other["pk"]));
    if (keys.length === 0) throw new Error(`the table ${table} has no primary key to order it by`);
    const named = (some: typeof columns): string[] => some.map(({ name }) => `"${String(name)}"`);
    const row = named(columns)
      .map((name) => `quote(${name})`)
      .join(" || ',' || ");
    const text = `SELECT group_concat(row, char(10)) AS text FROM (SELECT ${row} AS row FROM "${table}" ORDER BY ${named(keys).join(", ")})`;
    return { table, statement: client.prepare(text) };
  });
  return () => {
    const texts = statements.map(({ table, statement }) => `${table}\n${String(statement.get()?.["text"])}`);
    return hash("sha1", texts.join("\n\n"));
  };
}
