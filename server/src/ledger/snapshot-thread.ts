import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "./log-error.ts";

// This file runs in a thread of its own: it imports nothing but Node.

export interface SnapshotRequest {
  readonly tables: string;
  readonly directory: string;
}

export type SnapshotReply =
  | { readonly type: "made"; readonly index: number; readonly bytes: number; readonly digest: string }
  | { readonly type: "failed"; readonly reason: string };

/** Named so that a copy is found by what it is a copy of. */
export function snapshotName(index: number, digest: string): string {
  return `${String(index).padStart(12, "0")}-${digest.slice(0, 16)}.db`;
}

/** Copies the tables as of one moment, without keeping anybody from writing to them. */
export function makeSnapshot({ tables, directory }: SnapshotRequest): SnapshotReply {
  const temporary = join(directory, "making.db");
  rmSync(temporary, { force: true });
  const source = new DatabaseSync(tables, { timeout: 10_000 });
  try {
    source.prepare("VACUUM INTO ?").run(temporary);
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(temporary, { readOnly: true });
  const index = Number(copy.prepare("SELECT applied FROM progress WHERE id = 1").get()?.["applied"] ?? 0);
  copy.close();
  const digest = digestOf(temporary);
  const { size } = statSync(temporary);
  sync(temporary, "r+");
  renameSync(temporary, join(directory, snapshotName(index, digest)));
  // Windows has no such thing as a folder that is synced.
  if (process.platform !== "win32") sync(dirname(join(directory, "any")), "r");
  return { type: "made", index, bytes: size, digest };
}

export function digestOf(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(1024 * 1024);
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const port = parentPort;
if (port !== null) {
  let reply: SnapshotReply;
  try {
    reply = makeSnapshot(workerData as SnapshotRequest);
  } catch (error) {
    reply = { type: "failed", reason: messageOf(error) };
  }
  port.postMessage(reply);
}
