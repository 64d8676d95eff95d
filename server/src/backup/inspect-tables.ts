import { DatabaseSync } from "node:sqlite";
import { reasonOf } from "@shardwright/core";
import type { BackupManifest } from "./manifest.ts";
import { namedBlobs } from "./named-blobs.ts";
import { damaged } from "./read-backup.ts";

/** What the tables of a backup hold. */
export interface TableContents {
  readonly runs: number;
  readonly running: number;
  readonly tasks: number;
  readonly cases: number;
  readonly tokens: number;
  /** Logs, artifacts and parts of bundles that they name. */
  readonly blobs: number;
}

/**
 * Opens a backup's tables, has SQLite look at every page, and compares how far they are with what the backup says.
 * @param backup for messages
 * @throws ShardwrightError `backup-damaged`
 */
export function inspectTables(path: string, manifest: BackupManifest, backup: string): TableContents {
  try {
    const tables = new DatabaseSync(path, { readOnly: true });
    try {
      const found = String(tables.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
      if (found !== "ok") throw damaged(backup, `its tables are damaged: ${found}`);
      const schema = Number(tables.prepare("PRAGMA user_version").get()?.["user_version"]);
      const { position, applied } = tables.prepare("SELECT position, applied FROM progress WHERE id = 1").get() ?? {};
      if (schema !== manifest.schema || position !== manifest.position || applied !== manifest.index)
        throw damaged(
          backup,
          `its tables hold fact ${String(position)} of entry ${String(applied)}, and it says fact ${manifest.position} of entry ${manifest.index}`,
        );
      const count = (what: string): number => Number(tables.prepare(`SELECT count(*) AS count FROM ${what}`).get()?.["count"]);
      return {
        runs: count("runs"),
        running: count("runs WHERE status = 'running'"),
        tasks: count("tasks"),
        cases: count("cases"),
        tokens: count("tokens"),
        blobs: [...namedBlobs(tables)].length,
      };
    } finally {
      tables.close();
    }
  } catch (error) {
    if (error instanceof Error && error.name === "ShardwrightError") throw error;
    throw damaged(backup, `its tables cannot be read: ${reasonOf(error)}`, error);
  }
}
