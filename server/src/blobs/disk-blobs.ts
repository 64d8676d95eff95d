import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ShardwrightError } from "@shardwright/core";
import { roomIn, tooLittleRoom, writingTo } from "../disk-trouble.ts";
import type { BlobStore, ByteRange } from "./blob-store.ts";
import { blobPath, isMissing, tailOf } from "./tail-of.ts";

/** Where uploads grow until they are whole. */
const incoming = "incoming";

/** Left free on the disk: a log can be done without, the ledger beside it cannot. */
const reserve_bytes = 16 * 1024 * 1024;
/** What artifacts leave free for logs: on the disk, and of the quota. */
const artifactReserve_bytes = 64 * 1024 * 1024;
const artifactShare = 0.9;

/**
 * Blobs on the local disk. An upload becomes visible only when it is whole, checked and synced.
 * What an earlier process left unfinished is removed.
 */
export async function openDiskBlobs(directory: string, quota_bytes: number): Promise<BlobStore> {
  await rm(join(directory, incoming), { recursive: true, force: true });
  await mkdir(join(directory, incoming), { recursive: true, mode: 0o700 });
  let used_bytes = 0;
  for await (const { bytes } of blobsIn(directory)) used_bytes += bytes;
  return new DiskBlobs(directory, quota_bytes, used_bytes);
}

class DiskBlobs implements BlobStore {
  readonly #directory: string;
  readonly #quota_bytes: number;
  #used_bytes: number;
  /** Bytes of uploads under way: they count, so that many at once cannot pass the quota together. */
  #incoming_bytes = 0;
  #changes: Promise<void> = Promise.resolve();

  constructor(directory: string, quota_bytes: number, used_bytes: number) {
    this.#directory = directory;
    this.#quota_bytes = quota_bytes;
    this.#used_bytes = used_bytes;
  }

  get used_bytes(): number {
    return this.#used_bytes;
  }

  put(sha256: string, bytes: AsyncIterable<Uint8Array>, limit_bytes: number, kind?: "artifact"): Promise<void> {
    return writingTo(this.#directory, () => this.#put(sha256, bytes, limit_bytes, kind === "artifact"));
  }

  async #put(sha256: string, bytes: AsyncIterable<Uint8Array>, limit_bytes: number, isArtifact: boolean): Promise<void> {
    const quota_bytes = isArtifact ? Math.floor(this.#quota_bytes * artifactShare) : this.#quota_bytes;
    const left_bytes = isArtifact ? artifactReserve_bytes : reserve_bytes;
    const target = this.#pathOf(sha256);
    const temporary = join(this.#directory, incoming, randomBytes(12).toString("hex"));
    let size = 0;
    const room_bytes = (await roomIn(this.#directory)) - left_bytes;
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        const hash = createHash("sha256");
        for await (const chunk of bytes) {
          size += chunk.byteLength;
          this.#incoming_bytes += chunk.byteLength;
          if (size > limit_bytes) throw new ShardwrightError("body-too-large", { limit_bytes });
          const wanted = this.#used_bytes + this.#incoming_bytes;
          if (wanted > quota_bytes)
            throw new ShardwrightError("blob-quota", { used_bytes: this.#used_bytes, limit_bytes: quota_bytes });
          if (this.#incoming_bytes > room_bytes) throw tooLittleRoom(this.#directory, left_bytes);
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        const actual = hash.digest("hex");
        if (actual !== sha256) throw new ShardwrightError("blob-mismatch", { actual, declared: sha256 });
        await file.sync();
      } finally {
        await file.close();
      }
      await mkdir(join(target, ".."), { recursive: true, mode: 0o700 });
      await this.#alone(async () => {
        const known = await sizeOf(target);
        await rename(temporary, target);
        if (known === undefined) this.#used_bytes += size;
      });
    } finally {
      this.#incoming_bytes -= size;
      await rm(temporary, { force: true });
    }
  }

  async open(
    sha256: string,
    part?: (bytes: number) => ByteRange | undefined,
  ): Promise<{ bytes: number; stream: ReadableStream<Uint8Array> } | undefined> {
    const path = this.#pathOf(sha256);
    const bytes = await sizeOf(path);
    if (bytes === undefined) return undefined;
    return { bytes, stream: Readable.toWeb(createReadStream(path, part?.(bytes))) as ReadableStream<Uint8Array> };
  }

  async missing(names: readonly string[]): Promise<string[]> {
    const now = new Date();
    const missing: string[] = [];
    for (const sha256 of names)
      await this.#alone(async () => {
        try {
          await utimes(this.#pathOf(sha256), now, now);
        } catch (error) {
          if (!isMissing(error)) throw error;
          missing.push(sha256);
        }
      });
    return missing;
  }

  tail(sha256: string, limit_bytes: number): Promise<Uint8Array | undefined> {
    return tailOf(this.#directory, sha256, limit_bytes);
  }

  async sweep(before_ms: number, isWanted: (sha256: string) => boolean): Promise<number> {
    let deleted = 0;
    for await (const { sha256, bytes, at_ms } of blobsIn(this.#directory)) {
      if (at_ms >= before_ms || isWanted(sha256)) continue;
      await this.#alone(async () => {
        const path = this.#pathOf(sha256);
        // It may have come again since it was looked at.
        if ((await stat(path)).mtimeMs >= before_ms) return;
        await rm(path, { force: true });
        this.#used_bytes -= bytes;
        deleted += 1;
      });
    }
    return deleted;
  }

  /** One change of what is kept at a time: otherwise two uploads of the same bytes would count twice. */
  #alone(change: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => {});
    return done;
  }

  #pathOf(sha256: string): string {
    return blobPath(this.#directory, sha256);
  }
}

async function* blobsIn(directory: string): AsyncGenerator<{ sha256: string; bytes: number; at_ms: number }> {
  for (const folder of await readdir(directory)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of await readdir(join(directory, folder))) {
      const sha256 = `${folder}${name}`;
      if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
      const { size, mtimeMs } = await stat(join(directory, folder, name));
      yield { sha256, bytes: size, at_ms: mtimeMs };
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
