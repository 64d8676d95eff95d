import type { Task } from "./task.ts";

/**
 * The manifest's canonical text: one line a task, in the order of their keys. Its SHA-256 is the manifest's hash, so that two
 * discoveries of the same files give the same hash whatever order they came in.
 */
export function manifestText(tasks: readonly Pick<Task, "key" | "suite" | "hash" | "args">[]): string {
  return tasks
    .map((task) => JSON.stringify([task.key, task.suite, task.hash, task.args]))
    .sort()
    .join("\n");
}

/** Keys that occur more than once; a manifest may have none. */
export function duplicateKeys(tasks: readonly Pick<Task, "key">[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { key } of tasks) (seen.has(key) ? twice : seen).add(key);
  return [...twice];
}
