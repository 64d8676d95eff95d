import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
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
    // A disk that fails is no fault of the coordinator's: another one would not help.
    const take = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      unwritten = await writeAll(partial, bytes);
    };
    await client.backup(blobs, take, { ...(signal && { signal }) });
    if (unwritten !== undefined) throw unwritable(path, unwritten);
    const { verifyBackup } = await import("@shardwright/server");
    const contents = await verifyBackup(partial, dirname(path)).catch((error: unknown) => {
      throw error instanceof ShardwrightError && error.code === "state-unwritable" ? unwritable(path, error) : error;
    });
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

/** Writes and syncs. @returns what the file system refused; what the bytes throw is thrown */
async function writeAll(path: string, bytes: AsyncIterable<Uint8Array>): Promise<unknown> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "w", 0o600);
    for await (const chunk of bytes) {
      try {
        await file.writeFile(chunk);
      } catch (error) {
        return error;
      }
    }
    await file.sync();
    return undefined;
  } catch (error) {
    if (file === undefined) return error;
    throw error;
  } finally {
    await file?.close();
  }
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): ShardwrightError {
  return new ShardwrightError("backup-unwritable", { path, reason: reasonOf(cause) }, { cause });
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
