import type { ChosenCases, KnownCase } from "../../process/case-choice.ts";
import { cut } from "../../process/host-channel.ts";
import type { MochaInstance, MochaSuite, Runnable } from "./mocha-api.ts";

const nameLimit = 4000;
const depthLimit = 64;

/** The titles from the outermost suite to the test or hook. */
export function pathOf(runnable: Runnable): string[] {
  const path = [cut(runnable.title, nameLimit)];
  for (let parent = runnable.parent; parent !== undefined && !parent.root; parent = parent.parent)
    path.unshift(cut(parent.title, nameLimit));
  if (path.length <= depthLimit) return path;
  const rest = path.slice(depthLimit - 1).join(" > ");
  return [...path.slice(0, depthLimit - 1), rest.slice(0, nameLimit)];
}

/** Lets `only` take effect now: mocha would do it when it begins to run, after the selection of cases. */
export function applyOnly(root: MochaSuite): void {
  if (!root.hasOnly()) return;
  root.filterOnly();
  forgetOnly(root);
}

function forgetOnly(suite: MochaSuite): void {
  suite._onlyTests = [];
  suite._onlySuites = [];
  for (const child of suite.suites) forgetOnly(child);
}

/** All that is defined, whether it is chosen or not. */
export function casesIn(root: MochaSuite): KnownCase[] {
  const cases: KnownCase[] = [];
  root.eachTest((test) => cases.push({ path: pathOf(test) }));
  return cases;
}

/**
 * Leaves only the tests that are chosen; suites without any are not entered, nor are their hooks.
 * @returns the paths that no test has
 */
export function selectCases(root: MochaSuite, chosen: ChosenCases): (readonly string[])[] {
  const paths: string[][] = [];
  const prune = (suite: MochaSuite) => {
    suite.tests = suite.tests.filter((test) => {
      const path = pathOf(test);
      paths.push(path);
      return chosen.has(path);
    });
    for (const child of suite.suites) prune(child);
  };
  prune(root);
  return chosen.missingFrom(paths);
}

/** The tests that would run, in order. */
export function testsIn({ suite, options }: MochaInstance): Runnable[] {
  const tests: Runnable[] = [];
  suite.eachTest((test) => {
    if (wouldRun(test, options)) tests.push(test);
  });
  return tests;
}

export function wouldRun(test: Runnable, { grep, invert }: MochaInstance["options"]): boolean {
  return grep === undefined || grep.test(test.fullTitle()) !== (invert === true);
}

/** Tells apart what has the same path in one file: by the order of definition, so that the numbers are the same in each attempt. */
export class Ordinals {
  readonly #numbers = new Map<Runnable, number>();
  readonly #next = new Map<string, number>();

  /** Call once all is defined and before anything is left out: parts of a file must count like the whole. */
  number(root: MochaSuite): void {
    root.eachTest((test) => this.#numbers.set(test, this.another(test)));
  }

  /** A test keeps its number over all its tries. */
  of(test: Runnable): number {
    const first = test.retriedTest?.() ?? test;
    const known = this.#numbers.get(first);
    if (known !== undefined) return known;
    const number = this.another(first);
    this.#numbers.set(first, number);
    return number;
  }

  /** A number that nothing with this path has. */
  another(runnable: Runnable): number {
    const key = JSON.stringify(pathOf(runnable));
    const number = this.#next.get(key) ?? 0;
    this.#next.set(key, number + 1);
    return number;
  }
}
