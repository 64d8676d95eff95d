import { parseFlag } from "./go-line.ts";

/** What a task's own arguments ask for. */
export interface TaskArguments {
  /** Only the tests that these files of the package define; all when empty. */
  readonly files: readonly string[];
  /** What the test binary is told in place of what the suite's arguments say: `run`, `skip` and so on. */
  readonly tests: ReadonlyMap<string, string>;
  /** The task is that packages without tests can be built, among those that these patterns stand for; it has no tests. */
  readonly untested: readonly string[];
}

const known = new Set(["run", "skip", "bench", "short", "count", "timeout"]);

/** For the task that builds what has no tests. */
export function toUntestedArguments(patterns: readonly string[]): string[] {
  return patterns.map((pattern) => `-untested=${pattern}`);
}

export function toTaskArguments(files: readonly string[]): string[] {
  return files.map((file) => `-file=${file}`);
}

/** @throws Error for an argument that tasks of Go packages do not have */
export function parseTaskArguments(args: readonly string[]): TaskArguments {
  const files: string[] = [];
  const tests = new Map<string, string>();
  const untested: string[] = [];
  for (const arg of args) {
    const { name, value } = parseFlag(arg);
    if (name === "file" && value !== undefined) files.push(value);
    else if (name === "untested" && value !== undefined) untested.push(value);
    else if (known.has(name) && (value !== undefined || name === "short")) tests.set(name, value ?? "true");
    else
      throw new Error(
        `A task of a Go package takes -file=, -untested=, -run=, -skip=, -bench=, -count=, -timeout= and -short, not ${arg}.`,
      );
  }
  return { files, tests, untested };
}
