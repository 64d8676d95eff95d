import { availableParallelism } from "node:os";
import type { Client } from "@shardwright/client";
import {
  heavyFiles,
  plural,
  reasonOf,
  ShardwrightError,
  splitFile,
  type CaseTimings,
  type FilePart,
  type Task,
  type Timings,
} from "@shardwright/core";
import type { ListedCase, Runner } from "@shardwright/runners";
import type { Settings } from "../config/resolve.ts";
import type { Manifest } from "./discover.ts";

export interface SplitRequest {
  readonly workspace: string;
  readonly project: string;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly environment: Readonly<Record<string, string>>;
  readonly client: Pick<Client, "getCaseTimings">;
  /** Expected durations by task key. */
  readonly durations_ms: Timings["durations_ms"];
  /** How many tasks will run at the same time. Asked only when a file could be heavy. */
  readonly countSlots: () => Promise<number>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Listing loads the framework and the file; what takes longer would not pay. */
const listPatience_ms = 20_000;
/** How many files have their cases listed at once: each starts a process. */
const listConcurrency = 4;

/**
 * Deals the files that would keep the run from ending in several parts each, where their runners can list cases and run them by
 * themselves. It goes by what the files took before: a file without a history stays whole, and so does one whose cases cannot be
 * listed, which is no fault here: to run it will show what is wrong with it.
 */
export async function splitHeavyFiles(manifest: Manifest, request: SplitRequest): Promise<Manifest> {
  const { durations_ms, runners } = request;
  const suites = new Map(manifest.suites.map((suite) => [suite.name, suite]));
  const listerOf = (task: Task) => {
    const suite = suites.get(task.suite);
    const runner = suite === undefined ? undefined : runners.get(suite.runner);
    return suite === undefined || runner?.listCases === undefined ? undefined : { suite, runner };
  };
  const expected_ms = manifest.tasks.map(({ key }) => durations_ms[key]);
  // Asked first without the fleet's answer: with fewer slots than two nothing is split, and most runs have no such file.
  if (!heavyFiles(expected_ms, slotsLimit).some((index) => listerOf(manifest.tasks[index] as Task) !== undefined))
    return manifest;
  const slots = await request.countSlots();
  const heavy = heavyFiles(expected_ms, slots).filter((index) => listerOf(manifest.tasks[index] as Task) !== undefined);
  if (heavy.length === 0) return manifest;

  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(listPatience_ms)]);
  const keys = heavy.map((index) => manifest.tasks[index]?.key ?? "");
  const known = await request.client.getCaseTimings({ project: request.project, keys }, { signal }).catch((error: unknown) => {
    request.signal.throwIfAborted();
    request.say(`Heavy files stay whole: what their cases took is not known (${reasonOf(error)}).`);
    return undefined;
  });
  if (known === undefined) return manifest;
  const durationsOf = new Map(known.files.map(({ key, cases }) => [key, cases]));
  const staysWhole = new Set(known.files.filter(({ stays_whole }) => stays_whole === true).map(({ key }) => key));

  const parts = new Map<number, FilePart[]>();
  const split = async (index: number): Promise<void> => {
    const task = manifest.tasks[index] as Task;
    const lister = listerOf(task);
    const cases = durationsOf.get(task.key);
    if (staysWhole.has(task.key)) return request.say(`${task.file} stays whole: in parts it failed, and as a whole it did not.`);
    if (lister?.runner.listCases === undefined || cases === undefined || cases.length < 2) return;
    const { suite, runner } = lister;
    try {
      const { workspace, environment } = request;
      const { file, args } = task;
      const { directory, options } = suite;
      const listed = await lister.runner.listCases({ workspace, directory, options, environment, file, args, signal });
      const others_ms = expected_ms.flatMap((value, other) => (other === index || value === undefined ? [] : [value]));
      const found = splitFile({ expected_ms: expected_ms[index] ?? 0, cases: withDurations(listed, cases), others_ms, slots });
      if (found !== undefined) parts.set(index, found);
    } catch (error) {
      request.signal.throwIfAborted();
      request.say(`${task.file} stays whole: ${runner.capabilities.title} could not list its cases (${reasonOf(error)}).`);
    }
  };
  const waiting = [...heavy];
  const next = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await split(index);
  };
  await Promise.all(Array.from({ length: listConcurrency }, next));
  for (const [index, { length }] of [...parts].toSorted(([a], [b]) => a - b))
    request.say(`${manifest.tasks[index]?.file} takes long: it is dealt out in ${plural(length, "part")}.`);
  return {
    ...manifest,
    tasks: manifest.tasks.flatMap((task, index) => partsOf(task, parts.get(index))),
  };
}

/** More slots than any fleet has: with them, every file that could be heavy is. */
const slotsLimit = 1_000_000;

function partsOf(task: Task, parts: readonly FilePart[] | undefined): Task[] {
  if (parts === undefined) return [task];
  const named = parts.slice(0, -1).flatMap(({ cases }) => copyOf(cases));
  return parts.map(({ cases, expected_ms }, index) => {
    const place = { of: task.key, index, count: parts.length, expected_ms };
    return {
      ...task,
      key: `${task.key} (part ${index + 1} of ${parts.length})`,
      part: index === parts.length - 1 ? { ...place, except: named } : { ...place, cases: copyOf(cases) },
    };
  });
}

function copyOf(paths: readonly (readonly string[])[]): string[][] {
  return paths.map((path) => [...path]);
}

/** The local workers' slots and the fleet's. A token that may not look at the fleet leaves all files whole. */
export async function countFleetSlots(
  client: Pick<Client, "listWorkers">,
  { coordinator, workers }: Pick<Settings, "workers" | "coordinator">,
  signal: AbortSignal,
): Promise<number> {
  if (coordinator === undefined) return workers ?? availableParallelism();
  try {
    const fleet = await client.listWorkers({ signal });
    return fleet.workers.filter(({ status }) => status === "live").reduce((sum, { slots }) => sum + slots, workers ?? 0);
  } catch (error) {
    if (error instanceof ShardwrightError && error.code === "forbidden") return 0;
    throw error;
  }
}

/** Gives each listed case what it took last; of several with one path, each its own. */
function withDurations(listed: readonly ListedCase[], cases: CaseTimings["files"][number]["cases"]) {
  const byPath = new Map<string, number[]>();
  for (const { path, duration_ms } of cases) {
    const name = JSON.stringify(path);
    byPath.set(name, [...(byPath.get(name) ?? []), duration_ms]);
  }
  return listed.map(({ path, affinity }) => ({ path, affinity, duration_ms: byPath.get(JSON.stringify(path))?.shift() }));
}
