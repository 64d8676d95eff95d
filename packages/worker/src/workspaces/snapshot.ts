import { lstat, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";

/** What stands in a folder, by path relative to it, each with what would differ had it been changed. */
export interface Snapshot {
  readonly entries: ReadonlyMap<string, string>;
  /** Of all files. */
  readonly bytes: number;
}

/** A folder with more than this is not worth the look: it is made anew. */
const entriesLimit = 2_000_000;

/** Looks at every file, link and folder but git's own. @returns undefined where there are too many */
export async function takeSnapshot(root: string): Promise<Snapshot | undefined> {
  const entries = new Map<string, string>();
  let bytes = 0;
  const complete = await walk(root, "", async (path, name) => {
    const found = await look(path);
    entries.set(name, found.mark);
    bytes += found.bytes;
    return entries.size <= entriesLimit;
  });
  return complete ? { entries, bytes } : undefined;
}

/**
 * Makes a folder again what it was: removes what was added since. @returns false when something was changed or is gone; the folder must
 * not be used any more then
 */
export async function restore(root: string, { entries }: Snapshot): Promise<boolean> {
  let found = 0;
  const unchanged = await walk(root, "", async (path, name) => {
    const mark = entries.get(name);
    if (mark === undefined) {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      return true;
    }
    found += 1;
    return (await look(path)).mark === mark;
  });
  return unchanged && found === entries.size;
}

/** Calls for each entry, a folder before what is in it, until told to stop. @returns false when it was told to */
async function walk(root: string, prefix: string, visit: (path: string, name: string) => Promise<boolean>): Promise<boolean> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // Removed by the visit.
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const entry of entries) {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (name === ".git") continue;
    if (!(await visit(join(root, name), name))) return false;
    if (entry.isDirectory() && !(await walk(root, name, visit))) return false;
  }
  return true;
}

async function look(path: string): Promise<{ mark: string; bytes: number }> {
  const kind = await lstat(path, { bigint: true });
  if (kind.isSymbolicLink()) return { mark: `link ${await readlink(path)}`, bytes: 0 };
  // A folder changes with what is in it, which is looked at anyhow.
  if (kind.isDirectory()) return { mark: `folder ${kind.mode}`, bytes: 0 };
  // The time of change cannot be set back. It also changes when a package store links the same file once more, so there it says nothing.
  const changed = kind.nlink > 1n ? "" : String(kind.ctimeNs);
  return { mark: `${kind.mode} ${kind.size} ${kind.mtimeNs} ${changed} ${kind.ino}`, bytes: Number(kind.size) };
}
