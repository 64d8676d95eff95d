import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { TablesDigest } from "@shardwright/core";
import { namesOfTables, quoted } from "./copy-tables.ts";

/** How long rows are read without a pause: whoever waits for this coordinator waits so much longer. */
const slice_ms = 4;
/** Rows between two looks at the clock. */
const rowsBetween = 64;

/** The tables as they were at one moment, whatever is written to them since. */
export class PinnedTables {
  readonly #client: DatabaseSync;
  readonly #progress: { readonly position: number; readonly entry: number };

  /** @param path the database file */
  constructor(path: string) {
    this.#client = new DatabaseSync(path, { readOnly: true });
    // The moment is that of the first read of the transaction.
    this.#client.exec("BEGIN");
    const { position, applied } = this.#client.prepare("SELECT position, applied FROM progress WHERE id = 1").get() ?? {};
    this.#progress = { position: Number(position), entry: Number(applied) };
  }

  /**
   * SHA-256 of each table, of its rows as JSON in the order of their primary key, a line each; and of these digests together. Coordinators
   * that applied the same entries have the same.
   */
  async digest(signal: AbortSignal): Promise<TablesDigest> {
    const tables: TablesDigest["tables"] = [];
    const whole = createHash("sha256");
    for (const name of namesOfTables(this.#client).toSorted()) {
      const table = await this.#digestOf(name, signal);
      tables.push(table);
      whole.update(`${name} ${table.sha256}\n`);
    }
    return { ...this.#progress, sha256: whole.digest("hex"), tables };
  }

  close(): void {
    this.#client.close();
  }

  async #digestOf(name: string, signal: AbortSignal): Promise<TablesDigest["tables"][number]> {
    const keys = this.#client.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk").all(name);
    const order = keys.map((column) => quoted(String(column["name"]))).join(", ");
    const hash = createHash("sha256");
    let rows = 0;
    let began_ms = performance.now();
    for (const row of this.#client.prepare(`SELECT * FROM ${quoted(name)} ORDER BY ${order}`).iterate()) {
      hash.update(`${JSON.stringify(row)}\n`);
      rows += 1;
      if (rows % rowsBetween !== 0 || performance.now() - began_ms < slice_ms) continue;
      await nextTurn();
      signal.throwIfAborted();
      began_ms = performance.now();
    }
    return { name, rows, sha256: hash.digest("hex") };
  }
}
