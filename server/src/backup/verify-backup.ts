import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { writingTo } from "../disk-trouble.ts";
import { type TableContents, inspectTables } from "./inspect-tables.ts";
import { type BackupEnd, type BackupManifest, tablesPart } from "./manifest.ts";
import { readBackup } from "./read-backup.ts";

export interface BackupContents {
  readonly manifest: BackupManifest;
  readonly tables: TableContents;
  readonly blobs: BackupEnd["blobs"];
}

/**
 * Looks at all of a backup: every part against its SHA-256, and the tables by opening them. For that they are copied.
 * @param scratch where that copy lies meanwhile; the system's folder for such things when absent
 * @throws ShardwrightError `backup-damaged`, `backup-newer`, `state-unwritable`
 */
export async function verifyBackup(path: string, scratch = tmpdir()): Promise<BackupContents> {
  const directory = await writingTo(scratch, () => mkdtemp(join(scratch, ".shardwright-verify-")));
  const copy = join(directory, tablesPart);
  try {
    const { manifest, end } = await readBackup(path, {
      tables: (bytes) => writingTo(scratch, () => pipeline(bytes, createWriteStream(copy, { mode: 0o600 }))),
      async blob(_sha256, bytes) {
        for await (const _chunk of bytes) continue;
      },
    });
    return { manifest, tables: inspectTables(copy, manifest, path), blobs: end.blobs };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
