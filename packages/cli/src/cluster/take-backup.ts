import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Client } from "@shardwright/client";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { BackupContents } from "@shardwright/server";

export interface TakeBackupOptions {
  /** Absolute path; a file that is there is replaced, in the last moment. */
  readonly path: string;
  readonly blobs: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Has a coordinator make a backup, and keeps it when all of it is on the disk and was looked at. Whatever goes wrong before leaves nothing.
 * @throws ShardwrightError `backup-unwritable`, `backup-damaged`, the coordinator's own
 */
export async function takeBackup(
  client: Pick<Client, "backup">,
  { path, blobs, signal }: TakeBackupOptions,
): Promise<BackupContents> {
  const partial = `${path}.partial`;
  await writing(path, () => rm(partial, { force: true }));
  try {
    let unwritten: unknown;
    const take = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      const file = createWriteStream(partial, { mode: 0o600, flush: true });
      file.on("error", (error) => (unwritten = error));
      try {
        await pipeline(bytes, file, { ...(signal && { signal }) });
      } catch (error) {
        // Another coordinator could not write it here, either.
        if (unwritten === undefined) throw error;
      }
    };
    await client.backup(blobs, take, { ...(signal && { signal }) });
    await writing(path, () => {
      if (unwritten !== undefined) throw unwritten;
    });
    const { verifyBackup } = await import("@shardwright/server");
    const contents = await verifyBackup(partial, dirname(path));
    signal?.throwIfAborted();
    await writing(path, async () => {
      await rename(partial, path);
      await syncFolder(dirname(path));
    });
    return contents;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

async function writing(path: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new ShardwrightError("backup-unwritable", { path, reason: reasonOf(error) }, { cause: error });
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing as a folder that is synced.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
