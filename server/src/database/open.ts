import { ShardwrightError } from "@shardwright/core";
import { drizzle, type NodeSQLiteDatabase } from "drizzle-orm/node-sqlite";
import { migrate } from "drizzle-orm/node-sqlite/migrator";
import { existsSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { guard } from "../ledger/log-error.ts";
import { toShardwrightError } from "../ledger/log-writer.ts";

export type Database = NodeSQLiteDatabase;

export interface OpenDatabase {
  readonly database: Database;
  readonly client: DatabaseSync;
}

/** Beside this module in the sources, and in `dist` as well. */
const migrationsFolder = fileURLToPath(new URL("migrations", import.meta.url));

/** The schema's version: how many migrations there are. */
export const knownSchema = readdirSync(migrationsFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).length;

/**
 * Opens the tables and brings their schema up to date. Whoever does holds the lock on the log beside them.
 * @throws ShardwrightError `database-newer` (nothing was touched), `database-in-use`, `database-damaged`, `state-unwritable`
 */
export function openDatabase(path: string): OpenDatabase {
  try {
    return guard(path, () => {
      refuseNewer(path);
      const client = new DatabaseSync(path, { timeout: 2000 });
      try {
        client.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        // Pages that change again and again are folded into the file once.
        client.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32000; BEGIN IMMEDIATE; COMMIT");
        const database = drizzle({ client });
        if (versionOf(client) < knownSchema) {
          migrate(database, { migrationsFolder });
          client.exec(`PRAGMA user_version = ${knownSchema}`);
        }
        return { database, client };
      } catch (error) {
        client.close();
        throw error;
      }
    });
  } catch (error) {
    throw toShardwrightError(error);
  }
}

function refuseNewer(path: string): void {
  if (!existsSync(path)) return;
  const client = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    const found = versionOf(client);
    if (found > knownSchema) throw new ShardwrightError("database-newer", { path, found, known: knownSchema });
  } finally {
    client.close();
  }
}

function versionOf(client: DatabaseSync): number {
  return Number(client.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}
