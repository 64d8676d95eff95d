import type { CaseChoice } from "../runner.ts";

type Path = readonly string[];

/** A case that the file has. */
export interface KnownCase {
  readonly path: Path;
  /** Cases with the same one depend on each other. */
  readonly group?: unknown;
}

/** Which cases of a file a task runs, by their paths. Imports nothing: it runs in the processes of tests, too. */
export class ChosenCases {
  readonly #keys: ReadonlySet<string>;
  readonly #isNamed: boolean;
  readonly #named: readonly Path[];
  readonly #finished: readonly Path[];
  /** Those of the finished cases that are left out; none before the file's are known. */
  #left: ReadonlySet<string> = new Set();
  /** Finished cases that the file does not have. */
  #strange: readonly Path[] = [];

  constructor({ cases, except, finished }: CaseChoice) {
    this.#isNamed = cases !== undefined;
    this.#named = cases ?? [];
    this.#keys = new Set((cases ?? except ?? []).map(keyOf));
    this.#finished = finished ?? [];
  }

  /** Tells all the cases that the file has; to be called before anything is asked. */
  know(cases: Iterable<KnownCase>): void {
    if (this.#finished.length === 0) return;
    const known = [...cases].map(({ path, group }) => ({ path, key: keyOf(path), group }));
    const there = count(known.map(({ key }) => key));
    const done = count(this.#finished.map(keyOf));
    // What ran inside of another case goes with that one.
    const isInside = (path: Path) => path.some((_, depth) => depth > 0 && there.has(keyOf(path.slice(0, depth))));
    this.#strange = this.#finished.filter((path) => {
      const key = keyOf(path);
      return (done.get(key) ?? 0) > (there.get(key) ?? 0) && !isInside(path);
    });
    const isDone = (key: string) => (done.get(key) ?? 0) >= (there.get(key) ?? 0);
    const begun = new Set(known.filter(({ key, group }) => group !== undefined && !isDone(key)).map(({ group }) => group));
    const again = new Set(known.filter(({ group }) => begun.has(group)).map(({ key }) => key));
    this.#left = new Set(known.map(({ key }) => key).filter((key) => isDone(key) && !again.has(key)));
  }

  has(path: Path): boolean {
    const key = keyOf(path);
    return this.#keys.has(key) === this.#isNamed && !this.#left.has(key);
  }

  /** Cases that were asked for by name, or have been finished, and are not among those of the file. */
  missingFrom(paths: Iterable<Path>): Path[] {
    if (!this.#isNamed) return [...this.#strange];
    const found = new Set(Array.from(paths, keyOf));
    return [...this.#named.filter((path) => !found.has(keyOf(path))), ...this.#strange];
  }
}

/** Undefined when the task is the whole file. */
export function chosenCases(choice: CaseChoice): ChosenCases | undefined {
  const isWhole = choice.cases === undefined && choice.except === undefined && choice.finished === undefined;
  return isWhole ? undefined : new ChosenCases(choice);
}

function count(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
