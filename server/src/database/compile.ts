import { Param, Placeholder, is } from "drizzle-orm";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

/** What a compiled query's placeholders stand for, as SQLite has it: booleans are 0 or 1, and JSON is text. */
type Bindings = Readonly<Record<string, SQLInputValue>>;

interface Buildable {
  toSQL(): { sql: string; params: unknown[] };
}

interface CompiledQuery {
  run(values: Bindings): void;
  get(values: Bindings): Record<string, unknown> | undefined;
}

/**
 * Makes a statement of SQLite's own of a query that Drizzle built. For what runs with every task, where mapping values back and forth costs
 * as much as the database itself.
 */
export function compile(client: DatabaseSync, query: Buildable): CompiledQuery {
  const { sql, params } = query.toSQL();
  const statement = client.prepare(sql);
  const names = params.map(nameOf);
  const bind = (values: Bindings) => bound(params, names, values);
  return {
    run: (values) => void statement.run(...bind(values)),
    get: (values) => statement.get(...bind(values)),
  };
}

/** Rows that one statement inserts: of so many, the call itself no longer matters. */
const rowsTogether = 16;

/** Rows that wait to be inserted, many with one statement. */
export interface RowBatch {
  add(values: Bindings): void;
  /** Inserts those that wait; to be called before the table is read or changed in any other way. */
  flush(): void;
  /** Forgets those that wait. */
  drop(): void;
}

/** @param build the insertion of rows that all have the same placeholders */
export function compileRows<T>(client: DatabaseSync, row: T, build: (rows: T[]) => Buildable): RowBatch {
  const { sql, params } = build([row]).toSQL();
  const names = params.map(nameOf);
  const single = client.prepare(sql);
  const many = client.prepare(build(Array.from({ length: rowsTogether }, () => row)).toSQL().sql);
  let waiting: SQLInputValue[] = [];
  return {
    add(values) {
      for (const value of bound(params, names, values)) waiting.push(value);
      if (waiting.length < rowsTogether * names.length) return;
      const rows = waiting;
      waiting = [];
      many.run(...rows);
    },
    flush() {
      const rows = waiting;
      waiting = [];
      for (let start = 0; start < rows.length; start += names.length) single.run(...rows.slice(start, start + names.length));
    },
    drop() {
      waiting = [];
    },
  };
}

function bound(params: readonly unknown[], names: readonly (string | undefined)[], values: Bindings): SQLInputValue[] {
  return names.map((name, index) => {
    if (name === undefined) return params[index] as SQLInputValue;
    const value = values[name];
    if (value === undefined) throw new TypeError(`nothing was given for ${name}`);
    return value;
  });
}

function nameOf(param: unknown): string | undefined {
  const value = is(param, Param) ? param.value : param;
  // Drizzle keeps the name from those who derive nothing from the class.
  return is(value, Placeholder) ? (value as unknown as { name: string }).name : undefined;
}
