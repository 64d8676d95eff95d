import { createHash } from "node:crypto";
import { chmod, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { reasonOf } from "@shardwright/core";

/** Ours alone until it ends. */
export interface Turn {
  end(): void;
}

const retry_ms = 25;

/** The end of the last turn asked for in this process, by the folder's path. */
const queues = new Map<string, Promise<void>>();

/**
 * Waits until no other session, in this process or another of this machine, runs a command in the suite's folder: reports that lie where
 * the program puts them can only be told apart when invocations come one after the other. In one process, first come is first served.
 * @param suite absolute path
 * @throws the signal's reason when it is aborted while waiting; Error when the lock's file cannot be used
 */
export async function takeTurn(suite: string, signal: AbortSignal): Promise<Turn> {
  // Nothing is waited for before the place in the queue is taken.
  const before = queues.get(suite) ?? Promise.resolve();
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  const last = before.then(() => over);
  queues.set(suite, last);
  void last.then(() => queues.get(suite) === last && queues.delete(suite));
  try {
    await untilAborted(before, signal);
    const lock = await lockFolder(await realpath(suite), signal);
    return {
      end() {
        lock.close();
        finish();
      },
    };
  } catch (error) {
    finish();
    throw error;
  }
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** The operating system's lock on a database file: a process that is killed gives it up. */
async function lockFolder(folder: string, signal: AbortSignal): Promise<DatabaseSync> {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  // Users that share a temporary folder cannot write each other's files.
  const path = join(tmpdir(), `shardwright-turn-${process.getuid?.() ?? "user"}-${name}`);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    await chmod(path, 0o600);
    while (!hasTaken(lock)) await delay(retry_ms, undefined, { signal });
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

function hasTaken(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (/locked|busy/i.test(reasonOf(error))) return false;
    throw error;
  }
}
