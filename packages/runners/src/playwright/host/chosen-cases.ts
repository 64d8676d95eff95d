import type { FullConfig, Reporter, Suite, TestCase, TestError } from "@playwright/test/reporter";
import type { ChosenCases } from "../../process/case-choice.ts";
import type { ListedCase } from "../../runner.ts";
import { messageOf, pathOf } from "./case-results.ts";
import { serialGroupOf } from "./streaming-reporter.ts";

/** Keeps what Playwright lists. */
export class ListReporter implements Reporter {
  tests: readonly TestCase[] = [];
  readonly problems: string[] = [];

  onBegin(_config: FullConfig, suite: Suite): void {
    this.tests = suite.allTests();
  }

  onError(error: TestError): void {
    this.problems.push(messageOf(error));
  }

  printsToStdio(): boolean {
    return true;
  }
}

/**
 * The cases of a file that can run apart. Tests of a serial group depend on each other and run together: the group stands under its first
 * one. Where a file has tests marked `only`, the others do not run, and are not listed.
 */
export function casesOf(tests: readonly TestCase[]): ListedCase[] {
  return withOnly(tests)
    .filter(isHead)
    .map((test) => ({ path: pathOf(test), ...(test.location.line > 0 ? { line: test.location.line } : {}) }));
}

/** The ids of the tests that run when these cases are chosen, and the paths that are asked for and that the file does not have. */
export function idsOf(tests: readonly TestCase[], chosen: ChosenCases): { ids: Set<string>; missing: (readonly string[])[] } {
  const all = withOnly(tests);
  chosen.know(all.map((test) => ({ path: pathOf(test), group: serialGroupOf(test) })));
  const heads = all.filter(isHead).map((test) => ({ test, path: pathOf(test) }));
  const running = heads.filter(({ path }) => chosen.has(path));
  return {
    ids: new Set(running.flatMap(({ test }) => serialGroupOf(test)?.allTests() ?? [test]).map(({ id }) => id)),
    missing: chosen.missingFrom(heads.map(({ path }) => path)),
  };
}

function isHead(test: TestCase): boolean {
  const group = serialGroupOf(test);
  return group === undefined || group.allTests()[0] === test;
}

/** As Playwright itself does it, though not when it lists: within a group that is marked, its own marks decide again. */
function withOnly(tests: readonly TestCase[]): readonly TestCase[] {
  const root = rootOf(tests[0]);
  const chosen = root === undefined ? undefined : onlyIn(root);
  return chosen === undefined ? tests : tests.filter((test) => chosen.has(test));
}

function onlyIn(suite: Suite): Set<TestCase> | undefined {
  const inner = suite.suites.flatMap((child) => {
    const chosen = onlyIn(child) ?? (isOnly(child) ? new Set(child.allTests()) : undefined);
    return chosen === undefined ? [] : [chosen];
  });
  const own = suite.tests.filter(isOnly);
  if (inner.length === 0 && own.length === 0) return undefined;
  return new Set([...own, ...inner.flatMap((chosen) => [...chosen])]);
}

function isOnly(entry: Suite | TestCase): boolean {
  return (entry as { _only?: boolean })._only === true;
}

function rootOf(test: TestCase | undefined): Suite | undefined {
  let suite = test?.parent;
  while (suite?.parent !== undefined) suite = suite.parent;
  return suite;
}
