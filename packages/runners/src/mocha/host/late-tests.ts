import type { ChosenCases } from "../../process/case-choice.ts";
import { pathOf } from "./case-tree.ts";
import type { MochaSuite, Runnable } from "./mocha-api.ts";

/**
 * Tests that are added while the file runs have no name that a task could choose or leave out. What a test adds, its own task runs. What a
 * hook around all of a suite adds, the task runs that has the suite's first test: each task that enters the suite runs that hook, and one
 * of them must keep what comes of it, the others not. Call before anything is left out.
 * @param wouldRun whether mocha would run the test, if it were chosen
 * @param running what runs now
 */
export function keepLateTestsOnce(
  root: MochaSuite,
  chosen: ChosenCases,
  wouldRun: (test: Runnable) => boolean,
  running: () => Runnable | undefined,
): void {
  const others = new Set<MochaSuite>();
  const drops = () => {
    const { type, title = "", parent } = running() ?? {};
    return type === "hook" && /^"(?:before|after) all"/.test(title) && parent !== undefined && others.has(parent);
  };
  const watch = (suite: MochaSuite) => {
    const first = firstTestIn(suite, wouldRun);
    if (first !== undefined && !chosen.has(pathOf(first))) others.add(suite);
    const addTest = suite.addTest.bind(suite);
    const addSuite = suite.addSuite.bind(suite);
    suite.addTest = (test) => {
      addTest(test);
      if (drops()) suite.tests.pop();
      return suite;
    };
    suite.addSuite = (child) => {
      addSuite(child);
      if (drops()) suite.suites.pop();
      return suite;
    };
    for (const child of suite.suites) watch(child);
  };
  watch(root);
}

/** In the order they run: a suite's own tests before those of the suites in it. */
function firstTestIn(suite: MochaSuite, wouldRun: (test: Runnable) => boolean): Runnable | undefined {
  for (const test of suite.tests) if (wouldRun(test)) return test;
  for (const child of suite.suites) {
    const first = firstTestIn(child, wouldRun);
    if (first !== undefined) return first;
  }
  return undefined;
}
