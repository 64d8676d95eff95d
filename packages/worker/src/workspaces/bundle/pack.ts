import { createHash } from "node:crypto";
import { constants as fsConstants } from "node:fs";
import { lstat, mkdtemp, open, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { type Client } from "@shardwright/client";
import { chunkCountLimit, chunkLimit_bytes, reasonOf, ShardwrightError, type Workspace } from "@shardwright/core";
import type { TarEntry } from "modern-tar";
import { listFiles } from "./list-files.ts";

type BundleWorkspace = Extract<Workspace, { kind: "bundle" }>;

export interface PackOptions {
  /** Absolute path of the workspace's root. The whole repository around it is packed. */
  readonly directory: string;
  /** Folders and files, relative to it, to leave out. */
  readonly without?: readonly string[];
  /** The most compressed bytes in all. */
  readonly limit_bytes: number;
  readonly client: Pick<Client, "missingBlobs" | "putBlob">;
  readonly signal?: AbortSignal;
}

export interface Packed {
  readonly workspace: BundleWorkspace;
  readonly files: number;
  readonly bytes: number;
  /** What the coordinator did not have yet. */
  readonly uploaded_bytes: number;
}

interface Chunk {
  readonly sha256: string;
  readonly bytes: number;
}

/** A chunk may end after a file whose name says so, once it has this size: then a change moves no border but its neighbours'. */
const cutFrom_bytes = 1024 * 1024;
const entriesLimit = 4096;
/** All files get this time, so that one checkout gives one archive wherever it is packed. */
const mtime = new Date(1_000_000_000_000);
const uploadsTogether = 4;
const compress = promisify(zstdCompress);

/**
 * Packs a checkout into chunks and uploads those that the coordinator lacks: after a cut, or with a few files changed, only what is
 * missing travels. A file larger than a chunk is spread over several: an entry whose name is that of the entry before it goes on with it.
 * @throws ShardwrightError `bundle-failed` for links that leave the root, devices, and more than the limit; `blob-quota`
 */
export async function packBundle(options: PackOptions): Promise<Packed> {
  const { root, names } = await listFiles(options.directory, options.without ?? [], options.signal);
  if (names.length === 0) throw new ShardwrightError("bundle-failed", { reason: `there are no files in ${root}` });
  const { packTar } = await import("modern-tar");
  const folder = await mkdtemp(join(tmpdir(), "shardwright-bundle-"));
  try {
    const chunks: Chunk[] = [];
    let bytes = 0;
    for await (const entries of cut(entriesOf(root, names))) {
      options.signal?.throwIfAborted();
      const chunk = await store(await packTar(entries), folder);
      bytes += chunk.bytes;
      if (bytes > options.limit_bytes || chunks.length >= chunkCountLimit)
        throw new ShardwrightError("bundle-failed", { reason: await tooLarge(root, names, options.limit_bytes) });
      chunks.push(chunk);
    }
    const uploaded_bytes = await upload(chunks, folder, options);
    const directory = relative(root, resolve(options.directory)).split(sep).join("/") || ".";
    return { workspace: { kind: "bundle", chunks, directory }, files: names.length, bytes, uploaded_bytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* entriesOf(root: string, names: readonly string[]): AsyncGenerator<TarEntry> {
  for (const name of names) {
    try {
      yield* entriesFor(root, name);
    } catch (error) {
      if (error instanceof ShardwrightError) throw error;
      throw new ShardwrightError("bundle-failed", { reason: `${name} cannot be read: ${reasonOf(error)}` }, { cause: error });
    }
  }
}

async function* entriesFor(root: string, name: string): AsyncGenerator<TarEntry> {
  const path = join(root, name);
  const kind = await lstat(path);
  if (kind.isSymbolicLink()) {
    const linkname = (await readlink(path)).split(sep).join("/");
    if (leaves(name, linkname))
      throw new ShardwrightError("bundle-failed", { reason: `the link ${name} leads out of the checkout, to ${linkname}` });
    yield { header: { name, size: 0, type: "symlink", linkname, mtime, mode: 0o777 } };
  } else if (kind.isFile()) {
    const mode = (kind.mode & fsConstants.S_IXUSR) === 0 ? 0o644 : 0o755;
    const file = await open(path);
    try {
      for (let position = 0; ;) {
        const { buffer, bytesRead } = await file.read(
          Buffer.alloc(Math.min(chunkLimit_bytes, Math.max(1, kind.size - position))),
          0,
        );
        if (bytesRead > 0 || position === 0)
          yield { header: { name, size: bytesRead, type: "file", mtime, mode }, body: buffer.subarray(0, bytesRead) };
        position += bytesRead;
        if (bytesRead === 0 || position >= kind.size) break;
      }
    } finally {
      await file.close();
    }
  } else throw new ShardwrightError("bundle-failed", { reason: `${name} is a device, socket or pipe, not a file` });
}

/** True when a link inside the archive points anywhere but into it. */
export function leaves(name: string, linkname: string): boolean {
  if (linkname === "" || linkname.startsWith("/") || /^[A-Za-z]:/.test(linkname) || linkname.includes("\\")) return true;
  // A ‘..’ behind a name goes back from wherever that name leads, should it be a link itself.
  const parts = linkname.split("/");
  const first = parts.findIndex((part) => part !== "..");
  if (first !== -1 && parts.slice(first).includes("..")) return true;
  const target = posix.normalize(posix.join(posix.dirname(name), linkname));
  return target === ".." || target.startsWith("../");
}

async function* cut(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry[]> {
  let chunk: TarEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    if (chunk.length > 0 && (bytes + entry.header.size > chunkLimit_bytes || chunk.length >= entriesLimit)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(entry);
    bytes += entry.header.size;
    if (bytes >= cutFrom_bytes && isBorder(entry.header.name)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** One name in sixteen. */
function isBorder(name: string): boolean {
  return ((createHash("sha256").update(name).digest()[0] ?? 0) & 15) === 0;
}

async function store(tar: Uint8Array, folder: string): Promise<Chunk> {
  const content = await compress(tar, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const sha256 = createHash("sha256").update(content).digest("hex");
  await writeFile(join(folder, sha256), content);
  return { sha256, bytes: content.byteLength };
}

async function upload(chunks: readonly Chunk[], folder: string, { client, signal }: PackOptions): Promise<number> {
  const options = signal === undefined ? {} : { signal };
  const missing = await client.missingBlobs([...new Set(chunks.map(({ sha256 }) => sha256))], options);
  let uploaded_bytes = 0;
  const next = missing.values();
  const one = async () => {
    for (const sha256 of next) {
      const content = await readFile(join(folder, sha256));
      await client.putBlob(content, options);
      uploaded_bytes += content.byteLength;
    }
  };
  await Promise.all(Array.from({ length: uploadsTogether }, one));
  return uploaded_bytes;
}

async function tooLarge(root: string, names: readonly string[], limit_bytes: number): Promise<string> {
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, size: (await lstat(join(root, name)).catch(() => undefined))?.size ?? 0 })),
  );
  const largest = sizes.sort((a, b) => b.size - a.size).slice(0, 3);
  const list = largest.map(({ name, size }) => `${name} (${Math.round(size / 1024 / 1024)} MiB)`).join(", ");
  return `it would hold more than ${Math.round(limit_bytes / 1024 / 1024)} MiB; the largest files are ${list}`;
}
