import type { Suite, Task } from "./task.ts";

/** What is run, and how: two submissions that differ in any of it are not the same run. */
export interface ManifestSource {
  readonly tasks: readonly Pick<Task, "key" | "suite" | "hash" | "args" | "requirements">[];
  readonly suites: readonly Suite[];
}

/**
 * The manifest's canonical text: one line a suite and a task, in order, the fields of objects in order too. Its SHA-256 is the
 * manifest's hash, so that two discoveries of the same files give the same hash whatever order they came in. What a suite is run with
 * and what its tests need of a machine are in it: a result for another command, or for other hardware, is no result for this one.
 */
export function manifestText({ tasks, suites }: ManifestSource): string {
  return [
    ...suites.map((suite) => canonical([suite.name, suite.runner, suite.directory, suite.options])),
    ...tasks.map((task) => canonical([task.key, task.suite, task.hash, task.args, task.requirements])),
  ]
    .sort()
    .join("\n");
}

/** JSON with the fields of objects in the order of their names: a schema that reads them may have given them another. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Keys that occur more than once; a manifest may have none. */
export function duplicateKeys(tasks: readonly Pick<Task, "key">[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { key } of tasks) (seen.has(key) ? twice : seen).add(key);
  return [...twice];
}
