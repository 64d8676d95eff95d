import { ChosenCases, type KnownCase } from "../../process/case-choice.ts";
import type { CaseChoice } from "../../runner.ts";
import { toPath } from "./case-path.ts";

/**
 * A setup file for a task that is a group of a file's cases: it goes with the project's own, in the process of the tests. It takes what
 * it needs from where vitest keeps its own public module, because an import from here would find another vitest, or none.
 */

/** The part of vitest's tasks that the selection changes. */
interface Task {
  readonly type: string;
  readonly name: string;
  mode: string;
  readonly tasks?: readonly Task[];
}

interface VitestIndex {
  beforeAll(hook: (...given: unknown[]) => void): void;
  inject(name: string): unknown;
}

const { __vitest_index__: vitest } = globalThis as unknown as { readonly __vitest_index__: VitestIndex };
const chosen = new ChosenCases(vitest.inject("shardwright:cases") as CaseChoice);

// The first hook of the file, before any of its suites is entered. It names no parameters: vitest reads in them which fixtures it wants.
vitest.beforeAll(function () {
  // oxlint-disable-next-line prefer-rest-params
  const file = [...arguments].at(-1) as Task;
  chosen.know(casesIn(file, []));
  leave(file, []);
});

/** Has the tests that are not wanted, and suites without any, be as if marked `skip`: their hooks do not run. */
function leave(suite: Task, above: readonly string[]): void {
  for (const task of suite.tasks ?? []) {
    const names = [...above, task.name];
    if (task.tasks !== undefined) leave(task, names);
    else if (runs(task) && !chosen.has(toPath(names))) task.mode = "skip";
  }
  // The file has been entered already.
  if (above.length > 0 && runs(suite) && suite.tasks?.some(runs) === false) suite.mode = "skip";
}

function casesIn(suite: Task, above: readonly string[]): KnownCase[] {
  return (suite.tasks ?? []).flatMap((task) => {
    const names = [...above, task.name];
    return task.tasks === undefined ? [{ path: toPath(names) }] : casesIn(task, names);
  });
}

function runs({ mode }: Task): boolean {
  return mode === "run" || mode === "queued";
}
