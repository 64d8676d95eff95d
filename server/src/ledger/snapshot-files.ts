import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Snapshot, TableCopy } from "@shardwright/raft";
import { type SnapshotReply, type SnapshotRequest, snapshotName } from "./snapshot-thread.ts";

/** Copies of the tables, in files. */
export interface SnapshotFiles {
  /** Copies the tables with all that is applied when it begins; calls that come meanwhile get the same copy. */
  make(): Promise<TableCopy>;
  pathOf(snapshot: Pick<Snapshot, "index" | "digest">): string;
  /** Makes durable which files there are. */
  sync(): Promise<void>;
  /** Forgets the copies that are older than this one. */
  keep(snapshot: Pick<Snapshot, "index" | "digest">): Promise<void>;
  /** Makes and forgets nothing more, and waits for what is under way: whoever comes next has the folder to itself. */
  close(): Promise<void>;
}

export interface SnapshotFilesOptions {
  readonly directory: string;
  /** The database file that is copied. */
  readonly tables: string;
  /** Writes into the tables what waits to be written: a copy has all that is applied when it is asked for. */
  readonly settle: () => void;
  /** Told how long making a copy took; with nothing when it failed. */
  readonly made?: (duration_ms?: number) => void;
}

export async function openSnapshotFiles({
  directory,
  tables,
  settle,
  made = () => {},
}: SnapshotFilesOptions): Promise<SnapshotFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let isClosed = false;
  const makeCopy = async (): Promise<TableCopy> => {
    if (isClosed) throw new Error("no more copies are made");
    settle();
    return makeInThread({ directory, tables });
  };
  let making: Promise<TableCopy> | undefined;
  let forgetting: Promise<void> = Promise.resolve();
  const forgetBefore = async (kept: string): Promise<void> => {
    for (const name of await readdir(directory))
      if (!isClosed && name < kept && name !== "making.db") await rm(join(directory, name), { force: true });
  };
  return {
    make() {
      making ??= timed(makeCopy(), made).finally(() => (making = undefined));
      return making;
    },
    pathOf: ({ index, digest }) => join(directory, snapshotName(index, digest)),
    async sync() {
      // Windows has no such thing as a folder that is synced.
      if (process.platform === "win32") return;
      const folder = await open(directory, "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
    keep({ index, digest }) {
      forgetting = forgetting.catch(() => {}).then(() => forgetBefore(snapshotName(index, digest)));
      return forgetting;
    },
    async close() {
      isClosed = true;
      await Promise.allSettled([making, forgetting]);
    },
  };
}

async function timed<T>(making: Promise<T>, made: (duration_ms?: number) => void): Promise<T> {
  const began_ms = performance.now();
  try {
    const copy = await making;
    made(performance.now() - began_ms);
    return copy;
  } catch (error) {
    made();
    throw error;
  }
}

async function makeInThread(workerData: SnapshotRequest): Promise<TableCopy> {
  const file = import.meta.url.endsWith(".ts") ? "./snapshot-thread.ts" : "./snapshot-thread.js";
  const thread = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], name: "snapshot" });
  const { promise, resolve, reject } = Promise.withResolvers<SnapshotReply>();
  thread.once("message", resolve);
  thread.once("error", reject);
  thread.once("exit", () => reject(new Error("the snapshot's thread ended")));
  try {
    const reply = await promise;
    if (reply.type === "failed") throw new Error(reply.reason);
    return { index: reply.index, bytes: reply.bytes, digest: reply.digest };
  } finally {
    await thread.terminate();
  }
}
