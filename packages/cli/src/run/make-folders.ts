import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Node's own way tries for ever where a file system says ENOENT of a name in a folder that is there,
 * as that of Linux's processes does.
 * @throws Error of the system, with its code
 */
export function makeFolders(path: string, mode?: number): void {
  if (makeFolder(path, mode) || dirname(path) === path) return;
  if (isFolder(dirname(path))) throw noSuchPlace(path);
  makeFolders(dirname(path), mode);
  if (!makeFolder(path, mode)) throw noSuchPlace(path);
}

/**
 * Makes a folder in one that is there, and removes it.
 * @throws Error of the system, with its code
 */
export function tryFolder(path: string): void {
  mkdirSync(path);
  rmdirSync(path);
}

/** @returns whether there is one now; false where what it would lie in is missing */
function makeFolder(path: string, mode: number | undefined): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return false;
    // Some systems say something else of a root, or of what cannot be written and is there.
    if (isFolder(path)) return true;
    throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function noSuchPlace(path: string): Error {
  return Object.assign(new Error(`ENOENT: no folder can be made here, mkdir '${path}'`), { code: "ENOENT" });
}
