import { type Fact, type FactBody, type RunId, ShardwrightError } from "@shardwright/core";
import type { Clock } from "../clock.ts";
import { type Durability, FactReader, type FactRow, resultOf } from "./fact-log.ts";
import type { Ledger, LedgerRole, Projections } from "./ledger.ts";
import { type LogWriter, openLogWriter, toShardwrightError } from "./log-writer.ts";

export interface SqliteLedgerOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly projections: Projections;
}

interface Waiting {
  readonly position: number;
  readonly resolve: (position: number) => void;
  readonly reject: (error: Error) => void;
}

const catchUpPage = 1000;

/**
 * The ledger of a coordinator that is alone: a cluster of one. Opening it brings the projections up to the last fact.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`
 */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<Ledger> {
  let ledger: SqliteLedger | undefined;
  const writer = await openLogWriter(options.path, options.durability, {
    written: (position) => ledger?.written(position),
    failed: (error) => ledger?.failed(error),
  });
  let reader: FactReader | undefined;
  try {
    reader = new FactReader(options.path);
    catchUp(reader, writer.position, options);
  } catch (error) {
    reader?.close();
    await writer.close();
    throw toShardwrightError(error);
  }
  ledger = new SqliteLedger(options, writer, reader);
  return ledger;
}

function catchUp(reader: FactReader, last: number, { projections, path, durability }: SqliteLedgerOptions): void {
  if (projections.position > last) {
    if (durability === "full")
      throw new ShardwrightError("database-damaged", {
        path,
        reason: `its tables know fact ${projections.position}, but its last one is ${last}`,
      });
    // The machine lost power before the last facts reached the disk, as `relaxed` allows: the tables follow the facts there are.
    projections.clear();
  }
  for (;;) {
    const rows = reader.after(projections.position, catchUpPage);
    if (rows.length === 0) return;
    projections.apply(rows.map(toFact));
  }
}

class SqliteLedger implements Ledger {
  readonly role: LedgerRole = "leader";
  readonly #clock: Clock;
  readonly #projections: Projections;
  readonly #writer: LogWriter;
  readonly #reader: FactReader;
  readonly #appliedListeners: ((facts: readonly Fact[]) => void)[] = [];
  readonly #failureListeners: ((error: Error) => void)[] = [];
  #next: number;
  #unapplied: Fact[] = [];
  #waiting: Waiting[] = [];
  #failure: ShardwrightError | undefined;

  constructor(options: SqliteLedgerOptions, writer: LogWriter, reader: FactReader) {
    this.#clock = options.clock;
    this.#projections = options.projections;
    this.#writer = writer;
    this.#reader = reader;
    this.#next = writer.position + 1;
  }

  get position(): number {
    return this.#projections.position;
  }

  /** A single node leads for ever. */
  onRoleChange(): void {}

  onApplied(listener: (facts: readonly Fact[]) => void): void {
    this.#appliedListeners.push(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener);
  }

  append(bodies: readonly FactBody[]): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (bodies.length === 0) return Promise.resolve(this.position);
    const at_ms = this.#clock.now_ms();
    const rows: FactRow[] = [];
    for (const body of bodies) {
      const fact: Fact = { position: this.#next, at_ms, body };
      this.#next += 1;
      this.#unapplied.push(fact);
      rows.push({ position: fact.position, at_ms, run: "run" in body ? body.run : null, body: JSON.stringify(body) });
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ position: this.#next - 1, resolve, reject });
    this.#writer.write(rows);
    return promise;
  }

  history(run: RunId, after: number, limit: number): Fact[] {
    try {
      return this.#reader.ofRun(run, after, limit).map(toFact);
    } catch (error) {
      throw toShardwrightError(error);
    }
  }

  async snapshot({ forget }: { forget: readonly RunId[] }): Promise<void> {
    this.#projections.flush();
    if (forget.length > 0) await this.#writer.forget(forget);
  }

  async close(): Promise<void> {
    const last = this.#waiting.at(-1);
    if (last !== undefined)
      await new Promise<void>((resolve) => {
        this.#waiting.push({ position: last.position, resolve: () => resolve(), reject: () => resolve() });
      });
    // The last connection to close folds the write-ahead log into the file, and a reader cannot.
    this.#reader.close();
    await this.#writer.close();
  }

  /** The rows up to this position are on disk: apply them, then tell who waits. */
  written(position: number): void {
    if (this.#failure !== undefined) return;
    const end = this.#unapplied.findIndex((fact) => fact.position > position);
    const facts = end === -1 ? this.#unapplied : this.#unapplied.slice(0, end);
    this.#unapplied = end === -1 ? [] : this.#unapplied.slice(end);
    try {
      this.#projections.apply(facts);
    } catch (error) {
      this.failed(
        new ShardwrightError(
          "ledger-failed",
          { reason: `its facts could not be applied: ${resultOf(error).reason}` },
          { cause: error },
        ),
      );
      return;
    }
    const done = this.#waiting.filter((waiting) => waiting.position <= position);
    this.#waiting = this.#waiting.filter((waiting) => waiting.position > position);
    for (const listener of this.#appliedListeners) listener(facts);
    for (const waiting of done) waiting.resolve(waiting.position);
  }

  failed(error: ShardwrightError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    for (const listener of this.#failureListeners) listener(error);
  }
}

function toFact(row: FactRow): Fact {
  return { position: row.position, at_ms: row.at_ms, body: JSON.parse(row.body) as FactBody };
}
