import { statfs } from "node:fs/promises";
import { ShardwrightError } from "@shardwright/core";
import { resultOf } from "./ledger/log-error.ts";

/** What a file system, other than SQLite, answers when it has no room, or does not let us write. */
const refusals = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENOTDIR"]);

/** Runs what writes below a path. @throws ShardwrightError `state-unwritable` for what the file system refuses, else what was thrown */
export async function writingTo<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { isUnwritable, reason } = resultOf(error);
    if (!isUnwritable && !refusals.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new ShardwrightError("state-unwritable", { path, reason }, { cause: error });
  }
}

/** Bytes that may be written to the disk; Infinity where its file system does not say. */
export async function roomIn(directory: string): Promise<number> {
  const { blocks, bavail, bsize } = await statfs(directory);
  return blocks === 0 ? Infinity : bavail * bsize;
}

/** @param left_bytes what is kept free for the ledger */
export function tooLittleRoom(path: string, left_bytes: number): ShardwrightError {
  const reason = `less than ${left_bytes / 1024 ** 2} MiB would be left on its disk, which the ledger may need`;
  return new ShardwrightError("state-unwritable", { path, reason });
}

/**
 * Tables are written a moment after what they tell, and their trouble meets whoever reads them next. Before anything was acknowledged it is the
 * disk's trouble alone.
 */
export function asStartUpTrouble(error: unknown, path: string): unknown {
  if (error instanceof ShardwrightError && error.code !== "ledger-failed") return error;
  const { isUnwritable, reason } = resultOf(error);
  return isUnwritable ? new ShardwrightError("state-unwritable", { path, reason }, { cause: error }) : error;
}
