import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { git } from "../git.ts";

export interface FileList {
  /** Absolute path of what the names are relative to: the repository's top folder, or the one asked about. */
  readonly root: string;
  /** Sorted by code units, with forward slashes. */
  readonly names: readonly string[];
}

/** Never wanted where no git says what is: they are made anew by a setup command. */
const unwanted = new Set([".git", "node_modules", ".shardwright", "__pycache__", ".venv"]);
const namesLimit = 500_000;

/**
 * The files of a checkout: in a git repository what it tracks and what it does not ignore, elsewhere all but `node_modules` and the like.
 * @param without folders and files, relative to `directory`, to leave out
 * @throws ShardwrightError `bundle-failed`
 */
export async function listFiles(directory: string, without: readonly string[], signal?: AbortSignal): Promise<FileList> {
  const top = await git(["rev-parse", "--show-toplevel"], { cwd: directory, signal }).catch(() => undefined);
  const root = top === undefined ? directory : top.trim();
  const names = top === undefined ? await walk(directory) : await tracked(root, signal);
  const prefix = top === undefined ? "" : (await git(["rev-parse", "--show-prefix"], { cwd: directory, signal })).trim();
  const left = without.map((path) => `${prefix}${path}`);
  const wanted = names.filter((name) => !left.some((path) => name === path || name.startsWith(`${path}/`)));
  if (wanted.length > namesLimit)
    throw new ShardwrightError("bundle-failed", { reason: `it would hold ${wanted.length} files; ${namesLimit} are the limit` });
  return { root, names: [...new Set(wanted)].sort(byCodeUnits) };
}

async function tracked(root: string, signal?: AbortSignal): Promise<string[]> {
  const listed = await git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, signal });
  const names: string[] = [];
  for (const name of listed.split("\0")) {
    if (name === "") continue;
    const kind = await lstat(join(root, name)).catch(() => undefined);
    // Deleted, but still in the index.
    if (kind === undefined) continue;
    if (!kind.isDirectory()) names.push(name);
    // A submodule, or a repository inside this one.
    else for (const inner of await tracked(join(root, name), signal)) names.push(`${name.replace(/\/$/, "")}/${inner}`);
  }
  return names;
}

async function walk(directory: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (unwanted.has(entry.name)) continue;
    if (entry.isDirectory()) names.push(...(await walk(join(directory, entry.name), `${prefix}${entry.name}/`)));
    else names.push(`${prefix}${entry.name}`);
  }
  return names;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
