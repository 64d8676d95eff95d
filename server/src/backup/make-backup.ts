import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { DatabaseSync } from "node:sqlite";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { TableCopy } from "@shardwright/raft";
import type { createTarPacker } from "modern-tar";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Clock } from "../clock.ts";
import { roomIn, tooLittleRoom } from "../disk-trouble.ts";
import type { Projections } from "../ledger/ledger.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { openSnapshotFiles } from "../ledger/snapshot-files.ts";
import {
  type BackupEnd,
  type BackupManifest,
  backupFormat,
  blobFolder,
  endPart,
  knownFactKinds,
  manifestPart,
  tablesPart,
} from "./manifest.ts";
import { namedBlobs } from "./named-blobs.ts";

export interface BackupOptions {
  readonly ledger: RaftLedger;
  readonly projections: Pick<Projections, "settle">;
  /** The database file of the tables. */
  readonly tables: string;
  /** Where the copy of the tables lies while it is sent; nothing else lies there. */
  readonly directory: string;
  readonly blobs: BlobStore;
  /** Brings a blob over from another member. @returns whether it is here */
  readonly fetchBlob: (sha256: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
}

/** Left free on the disk beside the copy: a backup can be done without, the ledger cannot. */
const reserve_bytes = 16 * 1024 * 1024;

type Packer = ReturnType<typeof createTarPacker>["controller"];

/** A part of the archive. */
interface Part {
  readonly name: string;
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** Makes backups of a coordinator that runs: a copy of its tables, and what belongs to it, as one archive. */
export class Backups {
  readonly #options: BackupOptions;
  #isBusy = false;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  /** What a process that was killed has left. */
  async clear(): Promise<void> {
    await rm(this.#options.directory, { recursive: true, force: true });
  }

  /**
   * Copies the tables as they are now, and hands all out as a tar archive while it is read: nothing is held in memory. One at a time.
   * @throws ShardwrightError `backup-under-way`, `state-unwritable` where a copy leaves too little room
   */
  async open(hasBlobs: boolean): Promise<ReadableStream<Uint8Array>> {
    if (this.#isBusy) throw new ShardwrightError("backup-under-way");
    this.#isBusy = true;
    try {
      const { createTarPacker } = await import("modern-tar");
      const { path, manifest } = await this.#copy(hasBlobs);
      const { readable, controller } = createTarPacker();
      void this.#send(controller, path, manifest);
      return readable;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #send(controller: Packer, path: string, manifest: BackupManifest): Promise<void> {
    try {
      await this.#pack(controller, path, manifest);
    } catch (error) {
      this.#options.log.warn({ reason: reasonOf(error) }, "a backup broke off");
      controller.error(error);
    }
    await this.#end();
  }

  async #end(): Promise<void> {
    // What cannot be removed now is removed by the next one, or at the next start.
    await this.clear().catch(() => {});
    this.#isBusy = false;
  }

  async #copy(hasBlobs: boolean): Promise<{ path: string; manifest: BackupManifest }> {
    const { ledger, projections, tables, directory, clock, version } = this.#options;
    const isCurrent = await knowsAll(ledger);
    // Should a copy be under way already, it has all that is known by now.
    projections.settle();
    if ((await roomIn(dirname(tables))) - (await stat(tables)).size < reserve_bytes)
      throw tooLittleRoom(directory, reserve_bytes);
    const files = await openSnapshotFiles({ directory, tables, settle: () => projections.settle() });
    const made_at_ms = clock.now_ms();
    const copy = await files.make();
    const path = files.pathOf(copy);
    const { schema, position } = readProgress(path);
    const { cluster, node } = ledger.identity;
    const manifest: BackupManifest = {
      format: backupFormat,
      version,
      made_at_ms,
      cluster,
      member: node,
      is_current: isCurrent,
      ...placeOf(ledger, copy),
      position,
      schema,
      fact_kinds: knownFactKinds(),
      tables: { bytes: copy.bytes, sha256: copy.digest },
      has_blobs: hasBlobs,
    };
    return { path, manifest };
  }

  async #pack(controller: Packer, path: string, manifest: BackupManifest): Promise<void> {
    const text = JSON.stringify(manifest, null, 2);
    const add = ({ name, bytes, body }: Part): Promise<void> =>
      body.pipeTo(controller.add({ name, size: bytes, mode: 0o600, mtime: new Date(manifest.made_at_ms) }));
    await add(textPart(manifestPart, text));
    await add({ name: tablesPart, bytes: manifest.tables.bytes, body: streamOf(createReadStream(path)) });
    const blobs = { count: 0, bytes: 0, missing: 0 };
    if (manifest.has_blobs) for await (const part of this.#blobParts(path, blobs)) await add(part);
    const end: BackupEnd = { manifest_sha256: createHash("sha256").update(text).digest("hex"), blobs };
    await add(textPart(endPart, JSON.stringify(end, null, 2)));
    controller.finalize();
  }

  async *#blobParts(path: string, counted: BackupEnd["blobs"]): AsyncGenerator<Part> {
    const { blobs, fetchBlob } = this.#options;
    const copy = new DatabaseSync(path, { readOnly: true });
    try {
      for (const sha256 of namedBlobs(copy)) {
        const blob = (await blobs.open(sha256)) ?? ((await fetchBlob(sha256)) ? await blobs.open(sha256) : undefined);
        if (blob === undefined) {
          counted.missing += 1;
          continue;
        }
        counted.count += 1;
        counted.bytes += blob.bytes;
        yield { name: `${blobFolder}${sha256}`, bytes: blob.bytes, body: blob.stream };
      }
    } finally {
      copy.close();
    }
  }
}

/** Whether this node knows all that was durable a moment ago. Without a leader it knows what it knows. */
async function knowsAll(ledger: RaftLedger): Promise<boolean> {
  try {
    await ledger.barrier();
    return true;
  } catch (error) {
    if (error instanceof ShardwrightError && error.code === "no-leader") return false;
    throw error;
  }
}

/** Where in the log a copy stands. */
function placeOf({ consensus }: RaftLedger, { index }: TableCopy): Pick<BackupManifest, "index" | "term" | "configuration"> {
  const term = consensus.log.termAt(index);
  if (term === undefined)
    throw new ShardwrightError("internal", {
      reason: `the log was shortened beyond entry ${index} while its tables were copied`,
    });
  const members = consensus.log.configurationAt(index).members.map((member) => ({ ...member }));
  return { index, term, configuration: { members } };
}

function readProgress(path: string): { schema: number; position: number } {
  const copy = new DatabaseSync(path, { readOnly: true });
  try {
    const schema = Number(copy.prepare("PRAGMA user_version").get()?.["user_version"]);
    return { schema, position: Number(copy.prepare("SELECT position FROM progress WHERE id = 1").get()?.["position"]) };
  } finally {
    copy.close();
  }
}

function textPart(name: string, text: string): Part {
  const bytes = Buffer.from(text);
  return { name, bytes: bytes.byteLength, body: streamOf(Readable.from([bytes])) };
}

function streamOf(readable: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(readable) as ReadableStream<Uint8Array>;
}
