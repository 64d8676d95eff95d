import { createWriteStream, existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { ShardwrightError } from "@shardwright/core";
import { writingTo } from "../disk-trouble.ts";
import { LogFile } from "../ledger/log-file.ts";
import { toShardwrightError } from "../ledger/log-writer.ts";
import { newClusterId, newMemberId } from "../ledger/prepare-log.ts";
import { leaveFencesOut } from "./fences.ts";
import { inspectTables } from "./inspect-tables.ts";
import type { BackupManifest } from "./manifest.ts";
import { readBackup } from "./read-backup.ts";
import type { BackupContents } from "./verify-backup.ts";

export interface RestoreOptions {
  /** Empty, or not there yet. */
  readonly stateDir: string;
  /** What the coordinator is to be called; as the one that made the backup when absent. */
  readonly name?: string;
}

export interface Restored extends BackupContents {
  /** The new cluster, and its one voter. */
  readonly cluster: string;
  readonly member: string;
}

/** Ends the names of files that are not whole yet. */
const unfinishedEnd = ".restoring";
/** What a new disk may hold that nobody has put there. */
const ofTheFileSystem = new Set(["lost+found"]);
/**
 * Founds a new cluster of one voter from a backup. Nothing of the old cluster hears it, or is heard: its name has a new random part, and
 * its member a new id. The log comes last, so that what broke off half-way is no state that a coordinator starts with.
 * @throws ShardwrightError `usage` for a directory that is not empty, `backup-damaged`, `backup-newer`, `state-unwritable`; the directory
 *   is as it was then
 */
export async function restoreBackup(path: string, { stateDir, name }: RestoreOptions): Promise<Restored> {
  const isNew = (await writingTo(stateDir, () => mkdir(stateDir, { recursive: true, mode: 0o700 }))) !== undefined;
  const there = (await readdir(stateDir)).filter((each) => !ofTheFileSystem.has(each));
  if (there.length > 0)
    throw new ShardwrightError("usage", {
      problem: `${stateDir} is not empty: it has ${there.slice(0, 3).join(", ")}${there.length > 3 ? " …" : ""}.`,
      remedy: "Name a directory that is not there yet, or empty; what a coordinator has kept is never written over.",
    });
  try {
    return await restore(path, stateDir, name);
  } catch (error) {
    for (const each of await readdir(stateDir))
      if (!ofTheFileSystem.has(each)) await rm(join(stateDir, each), { recursive: true, force: true });
    if (isNew) await rm(stateDir, { recursive: true, force: true });
    throw error;
  }
}

/** A coordinator that found nothing but what a restore left half-way would begin anew. @throws ShardwrightError `usage` */
export function refuseUnfinished(stateDir: string): void {
  if (!["state.db", "ledger.db"].some((name) => existsSync(join(stateDir, `${name}${unfinishedEnd}`)))) return;
  throw new ShardwrightError("usage", {
    problem: `A restore into ${stateDir} broke off half-way.`,
    remedy: "Empty the directory, and restore the backup again.",
  });
}

async function restore(path: string, stateDir: string, name: string | undefined): Promise<Restored> {
  const tables = join(stateDir, "state.db");
  const unfinished = `${tables}${unfinishedEnd}`;
  const { manifest, end } = await readBackup(path, {
    tables: (bytes) => writingTo(stateDir, () => write(unfinished, bytes)),
    blob: (sha256, bytes) =>
      writingTo(stateDir, async () => {
        const folder = join(stateDir, "blobs", sha256.slice(0, 2));
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await write(join(folder, sha256.slice(2)), bytes);
      }),
  });
  const contents = inspectTables(unfinished, manifest, path);
  const identity = {
    cluster: newClusterId(manifest.cluster.slice(0, manifest.cluster.lastIndexOf("."))),
    node: newMemberId(name ?? manifest.member.slice(0, manifest.member.lastIndexOf("."))),
  };
  await writingTo(stateDir, async () => {
    beginAnew(unfinished);
    await rename(unfinished, tables);
    const log = join(stateDir, "ledger.db");
    writeLog(`${log}${unfinishedEnd}`, manifest, identity);
    await rename(`${log}${unfinishedEnd}`, log);
    await syncFolder(stateDir);
  });
  return { ...identity, member: identity.node, manifest, tables: contents, blobs: end.blobs };
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await pipeline(bytes, createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
}

function beginAnew(tables: string): void {
  const client = new DatabaseSync(tables);
  try {
    client.exec("PRAGMA synchronous = FULL");
    leaveFencesOut(client);
  } finally {
    client.close();
  }
}

/** A log that begins where the tables end: whoever joins gets a copy of those first. */
function writeLog(path: string, { index, term }: BackupManifest, identity: { cluster: string; node: string }): void {
  try {
    const log = new LogFile(path, "full");
    try {
      const configuration = { members: [{ id: identity.node, votes: true, address: "" }] };
      log.begin({ identity, hard: { term, vote: undefined }, base: { index, term, configuration } }, []);
    } finally {
      log.close();
    }
  } catch (error) {
    throw toShardwrightError(error);
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
