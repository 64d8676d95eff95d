import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { partPath, placedPath } from "../coverage-parts.ts";

// Imports no more than that: each warm process reads it.

/** What V8 has counted of one script. */
interface RanScript {
  readonly url: string;
}
/** What Node knows of a script's source map; `url` is where it found that, often all of it as text. */
interface MappedScript {
  readonly lineLengths?: readonly number[];
  readonly data?: { readonly sources?: readonly string[] } | null;
  readonly url?: string | null;
}
/** A file as Node writes it for a process, or each time it is asked to. */
interface WrittenFile {
  readonly result: readonly RanScript[];
  readonly "source-map-cache"?: Readonly<Record<string, MappedScript>>;
}

/** What the processes of one attempt have run. */
export interface V8Part {
  readonly processes: readonly (readonly RanScript[])[];
  readonly maps: Readonly<Record<string, MappedScript>>;
}

/** What is left out of parts, as a tool would leave it out later: most of what a process loads. */
export interface V8Filter {
  /** What is installed below `node_modules` counts. */
  readonly packages: boolean;
  /** What is outside of the workspace counts. */
  readonly outside: boolean;
}

/** Where our own modules lie. */
const own = fileURLToPath(new URL("..", import.meta.url));
/** What the name of a path in a part begins with where it was a URL. */
const urlMark = "file:";
const written = /^coverage-.*\.json$/;

/**
 * Takes what Node has written into a folder. What is not complete, as its process still writes it, stays there.
 * @param told scripts whose maps other parts have, which are joined with this one; those of this part come to it
 */
export function takeV8Part(folder: string, workspace: string, filter: V8Filter, told: Set<string> = new Set()): V8Part {
  const processes: RanScript[][] = [];
  const maps: Record<string, MappedScript> = {};
  for (const name of readdirSync(folder).sort()) {
    const file = written.test(name) ? read(join(folder, name)) : undefined;
    if (file === undefined) continue;
    rmSync(join(folder, name), { force: true });
    const scripts = file.result.filter(({ url }) => counts(url, workspace, filter));
    if (scripts.length > 0) processes.push(scripts.map((script) => ({ ...script, url: movedName(script.url, workspace) })));
    for (const { url } of scripts) {
      const map = told.has(url) ? undefined : file["source-map-cache"]?.[url];
      told.add(url);
      if (map !== undefined) maps[movedName(url, workspace)] = movedMap(map, (source) => movedName(source, workspace));
    }
  }
  return { processes, maps };
}

/** The files of a part as Node would have written them on this machine. */
export function placedV8Files({ processes, maps }: V8Part, workspace: string): WrittenFile[] {
  const place = (name: string) => placedName(name, workspace);
  return processes.map((scripts) => ({
    result: scripts.map((script) => ({ ...script, url: place(script.url) })),
    "source-map-cache": Object.fromEntries(
      scripts.flatMap(({ url }) => {
        const map = maps[url];
        return map === undefined ? [] : [[place(url), movedMap(map, place)]];
      }),
    ),
  }));
}

function read(path: string): WrittenFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as WrittenFile;
    return Array.isArray(file.result) ? file : undefined;
  } catch {
    return undefined;
  }
}

function counts(url: string, workspace: string, { packages, outside }: V8Filter): boolean {
  if (!url.startsWith("file:")) return false;
  try {
    const path = fileURLToPath(url);
    const moved = partPath(path, workspace);
    if (!packages && /[/\\:]node_modules[/\\]/.test(moved)) return false;
    if (moved !== path) return true;
    return outside && relative(own, path).startsWith("..");
  } catch {
    // No tool could say which file that is.
    return false;
  }
}

/** As a part names what a URL or a path does; what is outside of the workspace stays as it is. */
function movedName(name: string, workspace: string): string {
  if (!name.startsWith("file:")) return partPath(name, workspace);
  try {
    const path = fileURLToPath(name);
    const moved = partPath(path, workspace);
    return moved === path ? name : `${urlMark}${moved}`;
  } catch {
    return name;
  }
}

function placedName(name: string, workspace: string): string {
  if (!name.startsWith(urlMark)) return placedPath(name, workspace);
  const moved = name.slice(urlMark.length);
  const path = placedPath(moved, workspace);
  return path === moved ? name : pathToFileURL(path).href;
}

/** Without the place of the map, which may be a file of another machine, or all of its text again. */
function movedMap(map: MappedScript, move: (source: string) => string): MappedScript {
  const { url: _place, data, ...rest } = map;
  if (data === undefined || data === null) return { ...map, url: null };
  return { ...rest, data: { ...data, ...(data.sources !== undefined && { sources: data.sources.map(move) }) } };
}
