import { copyFileSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../database/open.ts";

/**
 * Makes the tables equal to those in another file, in one transaction: whoever holds statements on them goes on with the new rows.
 * Both have the same schema.
 */
export function copyTables(client: DatabaseSync, file: string): void {
  client.prepare("ATTACH DATABASE ? AS source").run(file);
  try {
    client.exec("BEGIN IMMEDIATE");
    try {
      for (const name of namesOfTables(client)) {
        const columns = client
          .prepare("SELECT name FROM pragma_table_info(?)")
          .all(name)
          .map((column) => quoted(String(column["name"])))
          .join(", ");
        client.exec(`DELETE FROM main.${quoted(name)}`);
        client.exec(`INSERT INTO main.${quoted(name)} (${columns}) SELECT ${columns} FROM source.${quoted(name)}`);
      }
      client.exec("COMMIT");
    } catch (error) {
      if (client.isTransaction) client.exec("ROLLBACK");
      throw error;
    }
  } finally {
    client.exec("DETACH DATABASE source");
  }
}

/**
 * A copy of a database file whose schema is brought up to this program's: the file itself stays what its digest says.
 * @throws ShardwrightError `database-newer` for a file of a later program
 */
export function atThisVersion(file: string): { readonly path: string; readonly forget: () => void } {
  const path = `${file}.restoring`;
  const forget = (): void => {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  };
  forget();
  copyFileSync(file, path);
  try {
    openDatabase(path).client.close();
  } catch (error) {
    forget();
    throw error;
  }
  return { path, forget };
}

/** Those that facts build: neither SQLite's own nor the record of migrations. */
export function namesOfTables(client: DatabaseSync): string[] {
  return client
    .prepare(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    .all()
    .map((table) => String(table["name"]));
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
