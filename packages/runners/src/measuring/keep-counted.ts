import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { partPath, placedPath } from "../coverage-parts.ts";

// Imports no more than that: each warm process reads it.

interface SourceMap {
  readonly sources?: readonly string[];
}
/** What ran of a source as istanbul's instrumented code counts it: statements, functions and branches, by their numbers. */
interface CountedFile {
  readonly path: string;
  readonly s: Record<string, number>;
  readonly f: Record<string, number>;
  readonly b: Record<string, number[]>;
  readonly bT?: Record<string, number[]>;
  readonly inputSourceMap?: SourceMap | null;
  /** Names a file of a cache, which no other machine has; the map is here already. */
  readonly contentHash?: string;
}
export type Counted = Readonly<Record<string, CountedFile>>;

/** What the processes of one attempt have run. */
export interface CountedPart {
  readonly processes: readonly Counted[];
}

/** Where nyc keeps an account of each process, below what those have counted. */
export const processFolder = "processinfo";

/** Takes what a process has counted, and what others have left in nyc's folder, time after time. */
export class CountedFiles {
  readonly #workspace: string;
  /** Files of which it is known by now what there is to run. */
  readonly #known = new Set<string>();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** @param own what the process has counted, which begins anew */
  take(folder: string, own: Counted = {}): CountedPart {
    const processes = [structuredClone(this.#newsOf(own))];
    for (const file of Object.values(own)) reset(file);
    for (const name of namesIn(folder).sort()) {
      const counted = name.endsWith(".json") ? read(join(folder, name)) : undefined;
      if (counted === undefined) continue;
      rmSync(join(folder, name), { force: true });
      processes.push(this.#newsOf(counted));
    }
    for (const name of namesIn(join(folder, processFolder))) rmSync(join(folder, processFolder, name), { force: true });
    return { processes: processes.filter((counted) => Object.keys(counted).length > 0) };
  }

  /** What has not run and was told before is left out. */
  #newsOf(counted: Counted): Counted {
    const news = Object.entries(counted).filter(([path, file]) => !this.#known.has(path) || hasRun(file));
    for (const [path] of news) this.#known.add(path);
    return renamed(Object.fromEntries(news), (path) => partPath(path, this.#workspace));
  }
}

/** A test may have cleared up more than its own. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The files of a part as nyc would have written them on this machine. */
export function placedCounted({ processes }: CountedPart, workspace: string): Counted[] {
  return processes.map((counted) => renamed(counted, (path) => placedPath(path, workspace)));
}

function read(path: string): Counted | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Counted;
  } catch {
    // Its process still writes it.
    return undefined;
  }
}

function hasRun({ s, f, b }: CountedFile): boolean {
  const isRun = (times: number) => times > 0;
  return Object.values(s).some(isRun) || Object.values(f).some(isRun) || Object.values(b).some((paths) => paths.some(isRun));
}

/** In place: the code that counts holds on to these. */
function reset({ s, f, b, bT = {} }: CountedFile): void {
  for (const counts of [s, f]) for (const key of Object.keys(counts)) counts[key] = 0;
  for (const counts of [...Object.values(b), ...Object.values(bT)]) counts.fill(0);
}

function renamed(counted: Counted, rename: (path: string) => string): Counted {
  return Object.fromEntries(
    Object.entries(counted).map(([name, one]) => {
      const { contentHash: _place, ...file } = one;
      const { inputSourceMap: map } = file;
      const moved = map?.sources === undefined ? map : { ...map, sources: map.sources.map(rename) };
      return [rename(name), { ...file, path: rename(file.path), ...(map !== undefined && { inputSourceMap: moved }) }];
    }),
  );
}
