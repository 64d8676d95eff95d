import { createHash } from "node:crypto";

/** Names that Windows gives to devices, whatever their ending. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const partLimit = 100;
/** Folders and name of one path together; Windows takes 260 characters with all that is before it. */
const pathLimit = 160;

/** A name that is one file or folder on every system, and means nothing to a CI's attachment line. */
export function safePart(name: string): string {
  const plain = name
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*[\]]/gu, "_")
    // Windows drops what these stand at the end of.
    .replace(/[. ]+$/, (end) => "_".repeat(end.length))
    .replace(reserved, (word) => `_${word}`);
  return cut(plain === "" ? "_" : plain, partLimit);
}

/** A relative path made of such names. */
export function safePath(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const path = parts.map(safePart).join("/");
  // What is too deep lies flat.
  return path.length <= pathLimit ? path || "_" : cut(safePart(path), pathLimit);
}

/** Gives each a path of its own, also where the file system does not tell capitals from small letters. */
export class UniquePaths {
  readonly #taken = new Set<string>();
  /** The folders that those need: no file may stand there. */
  readonly #folders = new Set<string>();

  take(path: string): string {
    let candidate = path;
    for (let number = 2; this.#isTaken(candidate); number += 1)
      // Where a file has the name of its folder, the path lies flat.
      candidate = withNumber(this.#isFolderTaken(path) ? path.replaceAll("/", "_") : path, number);
    const key = keyOf(candidate);
    this.#taken.add(key);
    for (const folder of foldersOf(key)) this.#folders.add(folder);
    return candidate;
  }

  #isTaken(path: string): boolean {
    const key = keyOf(path);
    return this.#taken.has(key) || this.#folders.has(key) || this.#isFolderTaken(path);
  }

  #isFolderTaken(path: string): boolean {
    return foldersOf(keyOf(path)).some((folder) => this.#taken.has(folder));
  }
}

function keyOf(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join("/"));
}

function withNumber(path: string, number: number): string {
  const [, stem = path, ending = ""] = /^(.*[^/])(\.[^./]+)$/.exec(path) ?? [];
  return `${stem}~${number}${ending}`;
}

/** Keeps the end, which has the ending, and tells apart what was cut the same. */
function cut(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${mark}_${name.slice(mark.length + 1 - limit).toWellFormed()}`;
}
