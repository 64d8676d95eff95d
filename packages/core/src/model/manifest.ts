import { fileKey, type Suite, type Task, type TaskPart } from "./task.ts";

/** What is run, and how: two submissions that differ in any of it are not the same run. */
export interface ManifestSource {
  readonly tasks: readonly Pick<Task, "key" | "suite" | "hash" | "args" | "requirements" | "part" | "repeat">[];
  readonly suites: readonly Suite[];
}

/**
 * The manifest's canonical text: one line a suite and a task, in order, the fields of objects in order too. Its SHA-256 is the
 * manifest's hash, so that two discoveries of the same files give the same hash whatever order they came in. What a suite is run with
 * and what its tests need of a machine are in it: a result for another command, or for other hardware, is no result for this one.
 * How heavy files were split is not in it, nor what is repeated because it is new: that changes with their history.
 */
export function manifestText({ tasks, suites }: ManifestSource): string {
  const lines = [
    ...suites.map((suite) => canonical([suite.name, suite.runner, suite.directory, suite.options])),
    ...tasks
      .filter(({ part, repeat }) => repeat === undefined && (part === undefined || part.index === 0))
      .map((task) => canonical([fileKey(task), task.suite, task.hash, task.args, task.requirements])),
  ];
  return lines.sort().join("\n");
}

/** JSON with the fields of objects in the order of their names: a schema that reads them may have given them another. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

type PartSource = Pick<Task, "key" | "suite" | "file" | "hash" | "args" | "requirements" | "part" | "repeat">;

/**
 * Keys of the files whose parts do not make up the whole: one is missing, there twice, or of another file than the others; or a case would
 * be run by two of them, or, because the last leaves it out, by none. And of those of which there is nothing but repetitions.
 */
export function brokenFiles(tasks: readonly PartSource[]): string[] {
  const whole = new Set(tasks.filter(({ part, repeat }) => part === undefined && repeat === undefined).map(({ key }) => key));
  const files = new Map<string, { readonly sign: string; readonly missing: Set<number>; readonly parts: TaskPart[] }>();
  const broken = new Set<string>();
  for (const { suite, file, hash, args, requirements, part } of tasks) {
    if (part === undefined) continue;
    const sign = canonical([suite, file, hash, args, requirements, part.count]);
    const missing = new Set(Array.from({ length: part.count }, (_, index) => index));
    const known = files.get(part.of) ?? { sign, missing, parts: [] };
    files.set(part.of, known);
    known.parts.push(part);
    if (known.sign !== sign || !known.missing.delete(part.index) || whole.has(part.of)) broken.add(part.of);
  }
  for (const [key, { missing, parts }] of files) if (missing.size > 0 || !runEachOnce(parts)) broken.add(key);
  for (const { repeat, part } of tasks)
    if (repeat !== undefined && (part !== undefined || (!whole.has(repeat.of) && !files.has(repeat.of)))) broken.add(repeat.of);
  return [...broken];
}

/** Whether no case is named by two parts, and the last leaves out those that are named, and no others. */
function runEachOnce(parts: readonly TaskPart[]): boolean {
  const named = new Set<string>();
  for (const path of parts.flatMap((part) => ("cases" in part ? part.cases : []))) {
    const key = JSON.stringify(path);
    if (named.has(key)) return false;
    named.add(key);
  }
  const [rest, ...others] = parts.filter((part) => "except" in part);
  if (rest === undefined || others.length > 0 || rest.index !== rest.count - 1 || rest.except.length !== named.size) return false;
  return rest.except.every((path) => named.delete(JSON.stringify(path)));
}

/** Keys that occur more than once; a manifest may have none. */
export function duplicateKeys(tasks: readonly Pick<Task, "key">[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { key } of tasks) (seen.has(key) ? twice : seen).add(key);
  return [...twice];
}
