import { type KnownCases, plural, reasonOf, type Task } from "@shardwright/core";
import type { Client } from "@shardwright/client";
import type { Runner } from "@shardwright/runners";
import type { Manifest } from "./discover.ts";

export interface StressRequest {
  readonly workspace: string;
  readonly project: string;
  /** How often what is new is repeated. */
  readonly times: number;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly environment: Readonly<Record<string, string>>;
  readonly client: Pick<Client, "getKnownCases">;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** New cases that are repeated in one run at most, and files that are looked at for some: a branch with more of them is another matter. */
const casesLimit = 200;
/** Cases times repetitions. */
const executionsLimit = 2000;
const filesLimit = 100;
const listPatience_ms = 30_000;
const listConcurrency = 4;
const named = 5;

interface NewTests {
  readonly task: Task;
  /** Undefined for all of the file. */
  readonly cases: readonly (readonly string[])[] | undefined;
  /** How many cases it has; 1 where that is not known. */
  readonly weight: number;
}

/**
 * Tasks that repeat what the project's history does not know: the new cases of files that it knows, where their runner can run some of a
 * file's cases, and else whole files. What is over the limit is left out, and said; so is what has side effects.
 */
export async function repetitionsOfNew(manifest: Manifest, request: StressRequest): Promise<Task[]> {
  const { client, project, say, times } = request;
  const files = manifest.tasks.filter(({ side_effects }) => !side_effects);
  const known = await client.getKnownCases(
    { project, files: files.map(({ key, hash }) => ({ key, hash })) },
    { signal: request.signal },
  );
  if (!known.has_history) {
    say(`--stress-new: the project ${project} has no runs yet: nothing is called new.`);
    return [];
  }
  const byKey = new Map(files.map((task) => [task.key, task]));
  const changed = known.changed.flatMap((file) => {
    const task = byKey.get(file.key);
    return task === undefined ? [] : [{ task, known: file.cases }];
  });
  const found = await newTestsOf(changed.slice(0, filesLimit), request, manifest);
  const chosen: NewTests[] = [];
  const limit = Math.min(casesLimit, Math.floor(executionsLimit / times));
  let left = limit;
  for (const one of found) {
    if (one.weight > left) continue;
    left -= one.weight;
    chosen.push(one);
  }
  const over = [
    ...found.filter((one) => !chosen.includes(one)).map(({ task }) => task),
    ...changed.slice(filesLimit).map(({ task }) => task),
  ];
  if (chosen.length === 0 && over.length === 0) say("--stress-new: no test is new.");
  if (chosen.length > 0) {
    const names = chosen.map(({ task, cases }) =>
      cases === undefined ? task.file : `${task.file} (${plural(cases.length, "new test")})`,
    );
    say(`New tests run ${times} times more: ${listed(names)}.`);
  }
  if (over.length > 0)
    say(
      `--stress-new: more than ${limit} tests, or in more than ${filesLimit} files, are new. Not repeated: ${listed(over.map(({ file }) => file))}.`,
    );
  return chosen.flatMap((one) => repetitionsOf(one, times));
}

type Changed = { readonly task: Task; readonly known: KnownCases["changed"][number]["cases"] };

async function newTestsOf(changed: readonly Changed[], request: StressRequest, { suites }: Manifest): Promise<NewTests[]> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(listPatience_ms)]);
  const found: (NewTests | undefined)[] = [];
  const unclear: string[] = [];
  const look = async ({ task, known }: Changed, place: number): Promise<void> => {
    const suite = suites.find(({ name }) => name === task.suite);
    const runner = suite === undefined ? undefined : request.runners.get(suite.runner);
    const whole = { task, cases: undefined, weight: 1 };
    if (suite === undefined || runner === undefined) return;
    if (runner.listCases === undefined) {
      // Of a file that is known only some tests can be new, and which of them nobody tells.
      if (known === undefined) found[place] = whole;
      else unclear.push(task.file);
      return;
    }
    try {
      const { workspace, environment } = request;
      const { directory, options } = suite;
      const { file, args } = task;
      const listed = await runner.listCases({ workspace, directory, options, environment, file, args, signal });
      if (known === undefined) {
        found[place] = { ...whole, weight: Math.max(1, listed.length) };
        return;
      }
      const names = new Set(known.map((path) => JSON.stringify(path)));
      const isNew = ({ path }: { readonly path: readonly string[] }) => !names.has(JSON.stringify(path));
      // What depends on others, or they on it, runs with them.
      const groups = new Set(listed.filter(isNew).flatMap(({ affinity }) => affinity ?? []));
      const cases = listed.filter((one) => isNew(one) || (one.affinity !== undefined && groups.has(one.affinity)));
      const paths = [...new Map(cases.map(({ path }) => [JSON.stringify(path), path])).values()];
      if (paths.length > 0) found[place] = { task, cases: paths, weight: paths.length };
    } catch (error) {
      request.signal.throwIfAborted();
      // To run it will show what is wrong with it.
      request.say(`--stress-new: the tests of ${task.file} could not be listed (${reasonOf(error)}).`);
      if (known === undefined) found[place] = whole;
      else unclear.push(task.file);
    }
  };
  const waiting = [...changed.entries()];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await look(one[1], one[0]);
  };
  await Promise.all(Array.from({ length: listConcurrency }, next));
  if (unclear.length > 0)
    request.say(`--stress-new: which tests are new in files that have changed is not known. Not repeated: ${listed(unclear)}.`);
  return found.filter((one) => one !== undefined);
}

function repetitionsOf({ task, cases }: NewTests, count: number): Task[] {
  return Array.from({ length: count }, (_, index) => ({
    ...task,
    key: `${task.key} (repetition ${index + 1} of ${count})`,
    repeat: { of: task.key, index, count, ...(cases && { cases: cases.map((path) => [...path]) }) },
  }));
}

function listed(names: readonly string[]): string {
  const more = names.length - named;
  return `${names.slice(0, named).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
