/** Which of a project's files other tools mean by what they write. */
export interface ProjectFiles {
  /**
   * The project's file that a path means, relative to its top folder: the path itself, one that it ends with (another machine's folders, a
   * module's name in front), or the only one that ends with it. Undefined where there is none or could be several.
   */
  find(path: string): string | undefined;
  /** A path with forward slashes and without what is known to stand before the project: the best there is where nothing is found. */
  tidy(path: string): string;
}

export interface ProjectFilesOptions {
  /** All files of the project, relative to its top folder, with forward slashes; may be empty where nobody knows them. */
  readonly names: readonly string[];
  /** Where it lies, or lay where the tests ran: absolute. */
  readonly roots: readonly string[];
  /** What the user wants taken off the start of paths. */
  readonly prefixes: readonly string[];
  /** The folder in the project that relative paths are read from first; empty for its top. */
  readonly folder: string;
}

/** Looks paths up in a list of files. */
export function projectFiles({ names, roots, prefixes, folder }: ProjectFilesOptions): ProjectFiles {
  const known = new Set(names);
  const byName = new Map<string, string[]>();
  for (const name of names) {
    const last = lastPart(name);
    const same = byName.get(last);
    if (same === undefined) byName.set(last, [name]);
    else same.push(name);
  }
  const starts = [
    ...prefixes.map(slashed).filter((prefix) => prefix !== ""),
    ...roots.map((root) => `${withoutEnd(slashed(root))}/`),
  ];
  const tidy = (path: string): string => {
    const plain = slashed(path.replace(/^file:\/\/(?:localhost)?/, ""));
    const start = starts.find((one) => startsWith(plain, one));
    return (start === undefined ? plain : plain.slice(start.length).replace(/^\/+/, "")).replace(/^(?:\.\/+)+/, "");
  };
  return {
    tidy,
    find(path) {
      const tidied = tidy(path);
      const inFolder = folder === "" ? tidied : `${folder}/${tidied}`;
      if (known.has(inFolder)) return inFolder;
      if (known.has(tidied)) return tidied;
      const parts = tidied.split("/").filter((part) => part !== "" && part !== ".");
      // The longest is the nearest; two that are as near leave it open.
      let best: string | undefined;
      let most = 0;
      let isOpen = false;
      for (const candidate of byName.get(parts.at(-1) ?? "") ?? []) {
        const shared = sharedTail(parts, candidate.split("/"));
        if (shared < most || shared === 0) continue;
        isOpen = shared === most;
        best = candidate;
        most = shared;
      }
      return isOpen ? undefined : best;
    },
  };
}

/** How many parts both end with, where one is the other's end as a whole; else 0. */
function sharedTail(a: readonly string[], b: readonly string[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let back = 1; back <= shorter; back += 1) if (a.at(-back) !== b.at(-back)) return 0;
  return shorter;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, "");
}

/** Drives are written in either case. */
function startsWith(path: string, start: string): boolean {
  if (path.startsWith(start)) return true;
  return /^[A-Za-z]:/.test(start) && path.slice(0, start.length).toLowerCase() === start.toLowerCase();
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
