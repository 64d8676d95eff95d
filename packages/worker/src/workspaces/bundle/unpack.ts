import { appendFile, lstat, mkdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { chunkLimit_bytes, isInsideWorkspace, reasonOf, ShardwrightError } from "@shardwright/core";
import type { ParsedTarEntryWithData } from "modern-tar";
import { leaves } from "./pack.ts";

/** Contents, and 4,096 entries' headers and padding with long names. */
const rawLimit_bytes = chunkLimit_bytes + 4096 * 4096;
const decompress = promisify(zstdDecompress);

/**
 * Unpacks chunks, in their order, into a folder. Whatever they say, nothing is written outside of it: absolute names, names and links
 * that leave it, devices, and names that go through a link are refused.
 * @returns the names of the files and links, in the order of the archive
 * @throws ShardwrightError `bundle-damaged`
 */
export async function unpackBundle(chunks: AsyncIterable<Uint8Array>, target: string, signal?: AbortSignal): Promise<string[]> {
  const root = await realpath(target);
  const names: string[] = [];
  const safe = new Set([root]);
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    for (const entry of await entriesOf(chunk)) {
      const { name } = entry.header;
      const goesOn = names.at(-1) === name && entry.header.type === "file";
      await write(root, entry, goesOn, safe);
      if (!goesOn) names.push(name);
    }
  }
  return names;
}

async function entriesOf(chunk: Uint8Array): Promise<ParsedTarEntryWithData[]> {
  const { unpackTar } = await import("modern-tar");
  try {
    const raw = await decompress(chunk, { maxOutputLength: rawLimit_bytes });
    return await unpackTar(raw, { strict: true });
  } catch (error) {
    throw damaged(`a chunk of it cannot be unpacked: ${reasonOf(error)}`, error);
  }
}

async function write(root: string, { header, data }: ParsedTarEntryWithData, goesOn: boolean, safe: Set<string>): Promise<void> {
  const { name, type = "file", linkname = "", mode = 0o644 } = header;
  if (!isInsideWorkspace(name) || name.split("/").some((part) => part === "" || part === "." || part.toLowerCase() === ".git"))
    throw damaged(`it holds a file named ${JSON.stringify(name)}`);
  const path = join(root, ...name.split("/"));
  if (type !== "file" && type !== "symlink") throw damaged(`${name} is of the kind ${type}`);
  if (type === "symlink" && leaves(name, linkname)) throw damaged(`the link ${name} leads out of it, to ${linkname}`);
  await makeFolder(dirname(path), root, safe);
  if (goesOn) return appendFile(path, data ?? new Uint8Array());
  // What stands there is replaced, never written through: it may be a link, or a hard link to something shared.
  const before = await kindOf(path);
  if (before?.isDirectory() === true)
    for (const folder of safe) if (folder === path || folder.startsWith(path + sep)) safe.delete(folder);
  if (before !== undefined) await rm(path, { recursive: before.isDirectory() });
  if (type === "symlink") await symlink(linkname.split("/").join(sep), path);
  else await writeFile(path, data ?? new Uint8Array(), { mode: (mode & 0o100) === 0 ? 0o644 : 0o755 });
}

/** Makes a folder and sees to it that the way there goes through no link. */
async function makeFolder(folder: string, root: string, safe: Set<string>): Promise<void> {
  if (safe.has(folder)) return;
  await makeFolder(dirname(folder), root, safe);
  const kind = await kindOf(folder);
  if (kind?.isSymbolicLink() === true) throw damaged(`a file would be written through the link ${folder.slice(root.length + 1)}`);
  if (kind !== undefined && !kind.isDirectory()) await rm(folder);
  await mkdir(folder, { recursive: true });
  safe.add(folder);
}

function kindOf(path: string) {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function damaged(reason: string, cause?: unknown): ShardwrightError {
  return new ShardwrightError("bundle-damaged", { reason }, { cause });
}
