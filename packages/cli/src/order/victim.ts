import { isAbsolute, posix, relative, resolve } from "node:path";
import { type CaseResult, type ReportTask, ShardwrightError, type VictimOutcome, caseName } from "@shardwright/core";
import type { Manifest } from "../run/discover.ts";

/** The test that fails after others: a file, or one case of it. */
export interface Victim {
  /** Relative to the workspace. */
  readonly file: string;
  /** Of the case, outermost group first; undefined: all of the file. */
  readonly path: readonly string[] | undefined;
  readonly suite: string;
}

/**
 * The victim as it was typed: `tests/test_b.py`, or with a case `tests/test_b.py::TestCart::test_total`.
 * @throws ShardwrightError `usage` for a file that no suite has
 */
export function findVictim(typed: string, { tasks }: Manifest, directory: string, root: string): Victim {
  const [name = "", ...path] = typed.split("::");
  const absolute = isAbsolute(name) ? name : resolve(directory, name);
  const file = relative(root, absolute).split("\\").join("/");
  const task = tasks.find((one) => one.file === file || one.file === name);
  if (task === undefined)
    throw new ShardwrightError("usage", {
      problem: `${name} is none of the ${tasks.length} test files here.`,
      remedy: "Name a test file by its path, and a case of it after ‘::’, such as tests/test_b.py::test_total.",
    });
  return { file: task.file, path: path.length === 0 ? undefined : path, suite: task.suite };
}

export function victimName({ file, path }: Victim): string {
  return path === undefined ? file : [file, ...path].join("::");
}

/** What became of the victim in one attempt that ran others before it. */
export function outcomeIn(task: ReportTask | undefined, victim: Victim): VictimOutcome {
  const cases = (task?.attempts.at(-1)?.cases ?? []).filter((result) => isOfVictim(result, victim));
  if (cases.some(({ status }) => status === "failed" || status === "errored")) return "failed";
  return cases.some(({ status }) => status === "passed") ? "passed" : "unknown";
}

function isOfVictim(result: CaseResult, { file, path }: Victim): boolean {
  if (result.file !== file) return false;
  if (path === undefined) return true;
  // The report may put the module's name before what groups the case.
  const isEnd = path.every((title, index) => result.path[result.path.length - path.length + index] === title);
  return isEnd || caseName(result) === path.join(" > ");
}

/** The file as its suite's folder has it. */
export function inSuite(file: string, directory: string): string {
  return posix.relative(directory, file);
}
