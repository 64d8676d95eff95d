import { posix, relative, resolve } from "node:path";
import { isInsideWorkspace, type CaseResult, type JunitReport } from "@shardwright/core";
import type { SessionTask, SuiteLocation } from "../runner.ts";
import type { Batch } from "./invocation.ts";

export interface Attributed {
  /** The cases of each task, by its id. */
  readonly cases: ReadonlyMap<number, CaseResult[]>;
  /** The tasks that some case is known to belong to. Cases that name no file of the batch go to its first task, as evidence only. */
  readonly named: ReadonlySet<number>;
}

/** Gives each case of the reports to a task: all to the only one, else by what `file`, `classname` or the suite's name say. */
export function attributeCases(reports: readonly JunitReport[], batch: Batch, location: SuiteLocation): Attributed {
  const cases = new Map<number, CaseResult[]>(batch.map((task) => [task.id, []]));
  const seen = new Map<string, number>();
  const tasks = batch.map((task) => ({ task, names: namesOf(task, location) }));
  const named = new Set<number>();
  for (const suite of reports.flatMap((report) => report.suites))
    for (const entry of suite.cases) {
      const said = [entry.file, suite.file, entry.classname, suite.name].filter((name) => name !== undefined);
      const owner = batch.length === 1 ? batch[0] : findOwner(tasks, said);
      if (owner !== undefined) named.add(owner.id);
      const { id } = owner ?? batch[0];
      const key = JSON.stringify([id, ...entry.result.path]);
      const ordinal = seen.get(key) ?? 0;
      seen.set(key, ordinal + 1);
      cases.get(id)?.push({ ...withoutFile(entry.result), ...placeOf(entry.file, location), ordinal });
    }
  return { cases, named };
}

interface TaskNames {
  readonly paths: readonly string[];
  /** The path in dots, without its ending: `tests.unit.test_a`. */
  readonly dotted: string;
}

function namesOf(task: SessionTask, location: SuiteLocation): TaskNames {
  const inSuite = posix.relative(location.directory, task.file);
  return {
    paths: [task.file, inSuite, `./${inSuite}`, resolve(location.workspace, task.file).replaceAll("\\", "/")],
    dotted: inSuite.replace(/\.[^./]+$/, "").replaceAll("/", "."),
  };
}

/** The most telling name decides: the case's own file before its suite's, its class before its suite's name. */
function findOwner(tasks: readonly { task: SessionTask; names: TaskNames }[], said: readonly string[]): SessionTask | undefined {
  for (const name of said) {
    const path = name.replaceAll("\\", "/");
    const found = tasks.find(({ names }) => names.paths.includes(path))?.task ?? findByClass(tasks, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * `tests.test_a.TestX` stands in tests/test_a.py; `com.acme.FooTest` in src/test/java/com/acme/FooTest.java. Of nested names the longest
 * is meant; a name that several files answer to tells nothing.
 */
function findByClass(tasks: readonly { task: SessionTask; names: TaskNames }[], name: string): SessionTask | undefined {
  const inside = tasks.filter(({ names: { dotted } }) => name === dotted || name.startsWith(`${dotted}.`));
  const [first, ...others] = inside.toSorted((left, right) => right.names.dotted.length - left.names.dotted.length);
  if (first !== undefined) return others.some(({ names }) => names.dotted === first.names.dotted) ? undefined : first.task;
  const [only, ...rest] = tasks.filter(({ names: { dotted } }) => dotted.endsWith(`.${name}`));
  return rest.length > 0 ? undefined : only?.task;
}

function withoutFile(result: Omit<CaseResult, "ordinal">): Omit<CaseResult, "ordinal"> {
  const { file: _file, ...rest } = result;
  return rest;
}

function placeOf(file: string | undefined, location: SuiteLocation): { file?: string } {
  if (file === undefined) return {};
  const path = relative(location.workspace, resolve(location.workspace, location.directory, file)).replaceAll("\\", "/");
  return path !== "" && isInsideWorkspace(path) && path.length <= 4096 ? { file: path } : {};
}
