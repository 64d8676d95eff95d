import { type Requirements, missingFor } from "@shardwright/core";
import type { RunState } from "./run-state.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

export interface Match {
  /** Live workers that can run the group, and their slots. */
  readonly workers: number;
  readonly slots: number;
  /** What the worker that comes closest lacks; empty when one can run it, or there is none at all. */
  readonly missing: readonly string[];
}

const cache = new WeakMap<RunState, { generation: number; matches: Map<number, Match> }>();

/** Whether a worker is one of those that may take work of a run, whatever it can. */
export function isOfRun(run: RunState, worker: WorkerState): boolean {
  if (worker.run !== undefined) return worker.run === run.id;
  return run.workspace.kind !== "checkout";
}

/** Which of the live workers can run a group of a run's tasks. */
export function matchFor(state: SchedulerState, run: RunState, group: number): Match {
  let entry = cache.get(run);
  if (entry === undefined || entry.generation !== state.generation) {
    entry = { generation: state.generation, matches: new Map() };
    cache.set(run, entry);
  }
  let match = entry.matches.get(group);
  if (match === undefined) {
    match = findMatch(state, run, run.groups[group]?.requirements ?? {});
    entry.matches.set(group, match);
  }
  return match;
}

function findMatch(state: SchedulerState, run: RunState, requirements: Requirements): Match {
  let workers = 0;
  let slots = 0;
  let closest: string[] | undefined;
  for (const worker of state.workers.values()) {
    if (worker.status !== "live" || !isOfRun(run, worker)) continue;
    const missing = missingFor(requirements, worker.capabilities);
    if (missing.length === 0) {
      workers += 1;
      slots += worker.slots;
    } else if (closest === undefined || missing.length < closest.length) closest = missing;
  }
  return { workers, slots, missing: workers > 0 ? [] : (closest ?? []) };
}
