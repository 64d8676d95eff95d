import { gzipSync } from "node:zlib";

/** What was covered of one source, in Istanbul's form: counters of statements, functions and branches, and where these stand. */
export interface CoveredFile {
  readonly path: string;
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}
export type Covered = Readonly<Record<string, CoveredFile>>;

/** How vitest's provider leads back what ran of a module to where its sources have it. */
export type Remap = (url: string, offset: number, source: { readonly code: string }, ran: readonly unknown[]) => Promise<Covered>;

interface Module {
  readonly code: string;
  readonly ways: Map<string, Covered>;
}

/** Ways in which one module ran that are remembered. */
const wayLimit = 4;
/** Counters that are remembered, of all modules together: each is some 400 bytes, with where it stands. */
const counterLimit = 500_000;

/**
 * Most of what a file loads runs as it did in the file before: modules whose functions nobody calls. To parse and lead back each of them
 * again, and to write it down, would be nearly all that measuring costs.
 */
export class Remapped {
  readonly #modules = new Map<string, Module>();
  #counters = 0;
  /** By their sources' paths, what the run that goes on has, if it has it once. */
  #current = new Map<string, CoveredFile | undefined>();
  readonly #packed = new WeakMap<CoveredFile, Buffer>();

  /** Remembers what `remap` answers. */
  remembering(remap: Remap): Remap {
    return async (url, offset, source, ran) => {
      const covered = await this.#know(url, source.code, JSON.stringify([offset, ran]), () => remap(url, offset, source, ran));
      for (const [path, one] of Object.entries(covered)) this.#current.set(path, this.#current.has(path) ? undefined : one);
      return Object.fromEntries(Object.entries(covered).map(([path, one]) => [path, withOwnCounters(one)]));
    };
  }

  /** A line of a part, compressed. @param covered is asked for where this run has it from elsewhere, or from more than one module */
  pack(path: string, covered: () => CoveredFile, rename: (path: string) => string): Buffer {
    const known = this.#current.get(path);
    const packed = known === undefined ? undefined : this.#packed.get(known);
    if (packed !== undefined) return packed;
    const one = known ?? covered();
    const line = gzipSync(`${JSON.stringify({ ...one, path: rename(one.path) })}\n`, { level: 1 });
    if (known !== undefined) this.#packed.set(known, line);
    return line;
  }

  /** The run is over. */
  end(): void {
    this.#current = new Map();
  }

  async #know(url: string, code: string, way: string, remap: () => Promise<Covered>): Promise<Covered> {
    let module = this.#modules.get(url);
    // One address may stand for several texts, by where it is to run.
    if (module?.code !== code) module = { code, ways: new Map() };
    this.#modules.set(url, module);
    const known = module.ways.get(way);
    if (known !== undefined) return known;
    const covered = await remap();
    if (module.ways.size < wayLimit) {
      module.ways.set(way, covered);
      for (const { s, f, b } of Object.values(covered))
        for (const counts of [s, f, b]) this.#counters += Object.keys(counts).length;
    }
    if (this.#counters > counterLimit) {
      this.#modules.clear();
      this.#counters = 0;
    }
    return covered;
  }
}

/** Counters are what is added to when coverage is joined; where they stand is only read. */
function withOwnCounters(one: CoveredFile): CoveredFile {
  const b = Object.fromEntries(Object.entries(one.b).map(([id, counts]) => [id, [...counts]]));
  return { ...one, s: { ...one.s }, f: { ...one.f }, b };
}

/** As if it had been covered so often. */
export function times(one: CoveredFile, count: number): CoveredFile {
  if (count === 1) return one;
  const all = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).map(([id, hits]) => [id, hits * count]));
  const b = Object.fromEntries(Object.entries(one.b).map(([id, counts]) => [id, counts.map((hits) => hits * count)]));
  return { ...one, s: all(one.s), f: all(one.f), b };
}
