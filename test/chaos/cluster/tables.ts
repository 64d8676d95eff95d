import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AcknowledgedAttempt } from "./acknowledged.ts";

/** What the tables of one coordinator hold. */
export interface Tables {
  readonly name: string;
  /** Rows of each table, by primary key, as JSON; and a digest of them. */
  readonly tables: ReadonlyMap<string, { readonly rows: readonly string[]; readonly digest: string }>;
  readonly attempts: ReadonlyMap<string, { readonly status: string; readonly cases: number }>;
}

/** Reads all tables of a coordinator that has ended. */
export function readTables(name: string, stateDir: string): Tables {
  const database = new DatabaseSync(join(stateDir, "state.db"), { readOnly: true });
  try {
    const names = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
      )
      .all()
      .map((row) => String(row["name"]));
    const tables = new Map<string, { rows: string[]; digest: string }>();
    for (const table of names.toSorted()) {
      const columns = database.prepare(`PRAGMA table_info("${table}")`).all();
      const keys = columns.filter(({ pk }) => Number(pk) > 0).sort((one, other) => Number(one["pk"]) - Number(other["pk"]));
      if (keys.length === 0) throw new Error(`the table ${table} has no primary key to order it by`);
      const order = keys.map((column) => `"${String(column["name"])}"`).join(", ");
      const rows = database
        .prepare(`SELECT * FROM "${table}" ORDER BY ${order}`)
        .all()
        .map((row) => JSON.stringify(row));
      tables.set(table, { rows, digest: createHash("sha256").update(rows.join("\n")).digest("hex") });
    }
    const attempts = database
      .prepare(
        `SELECT run, task, attempt, status, (SELECT COUNT(*) FROM cases
          WHERE cases.run = attempts.run AND cases.task = attempts.task AND cases.attempt = attempts.attempt) AS cases FROM attempts`,
      )
      .all()
      .map(
        ({ run, task, attempt, status, cases }) =>
          [`${String(run)} ${Number(task)} ${Number(attempt)}`, { status: String(status), cases: Number(cases) }] as const,
      );
    return { name, tables, attempts: new Map(attempts) };
  } finally {
    database.close();
  }
}

/** @returns where the tables of one differ from those of another, row for row */
export function differencesOf(one: Tables, other: Tables): string[] {
  const names = [...new Set([...one.tables.keys(), ...other.tables.keys()])];
  return names.flatMap((table) => {
    const [here, there] = [one.tables.get(table), other.tables.get(table)];
    if (here?.digest === there?.digest) return [];
    const [mine, theirs] = [here?.rows ?? [], there?.rows ?? []];
    const at = mine.findIndex((row, index) => row !== theirs[index]);
    const place = at === -1 ? mine.length : at;
    const show = (row: string | undefined): string => row?.slice(0, 300) ?? "nothing";
    return [
      `${table} of ${one.name} (${mine.length} rows) and of ${other.name} (${theirs.length}) differ from row ${place} on: ${show(mine[place])} against ${show(theirs[place])}`,
    ];
  });
}

/** @returns what workers were told is durable and these tables do not have */
export function missingFrom(
  { name, attempts }: Pick<Tables, "name" | "attempts">,
  acknowledged: readonly AcknowledgedAttempt[],
): string[] {
  return acknowledged.flatMap(({ run, task, attempt, cases, outcome }) => {
    const found = attempts.get(`${run} ${task} ${attempt}`);
    const isThere = found !== undefined && found.cases >= cases && (outcome === undefined || found.status === outcome);
    if (isThere) return [];
    const told = `${cases} cases${outcome === undefined ? "" : `, ${outcome}`}`;
    return [
      `${name} lost what was acknowledged: run ${run}, task ${task}, attempt ${attempt}: ${told}; it has ${found === undefined ? "nothing" : `${found.cases} cases, ${found.status}`}`,
    ];
  });
}
