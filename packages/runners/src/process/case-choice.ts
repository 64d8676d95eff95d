import type { CaseChoice } from "../runner.ts";

type Path = readonly string[];

/** Which cases of a file a task runs, by their paths. Imports nothing: it runs in the processes of tests, too. */
export class ChosenCases {
  readonly #keys: ReadonlySet<string>;
  readonly #isNamed: boolean;
  readonly #named: readonly Path[];

  constructor({ cases, except }: CaseChoice) {
    this.#isNamed = cases !== undefined;
    this.#named = cases ?? [];
    this.#keys = new Set((cases ?? except ?? []).map(keyOf));
  }

  has(path: Path): boolean {
    return this.#keys.has(keyOf(path)) === this.#isNamed;
  }

  /** Cases that were asked for by name and are not among those of the file. */
  missingFrom(paths: Iterable<Path>): Path[] {
    if (!this.#isNamed) return [];
    const found = new Set(Array.from(paths, keyOf));
    return this.#named.filter((path) => !found.has(keyOf(path)));
  }
}

/** Undefined when the task is the whole file. */
export function chosenCases(choice: CaseChoice): ChosenCases | undefined {
  return choice.cases === undefined && choice.except === undefined ? undefined : new ChosenCases(choice);
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
