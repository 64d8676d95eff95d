import { type OtherSlot, missingFor, paceLimit, paceOf, remaining_ms } from "@shardwright/core";
import { trustIn } from "./breakers.ts";
import { lasts_ms, weighPace } from "./forecasts.ts";
import { isOfRun, matchFor } from "./matching.ts";
import type { AttemptState, RunState, SingleTask } from "./run-state.ts";
import { hasQuota, isWithinQuota } from "./sharing.ts";
import type { LeaseState, Poll, SchedulerState, WorkerState } from "./state.ts";

/** Beyond so many slots the differences between them are not looked at: it would cost more than it gains. */
const slotLimit = 512;
/** Workers of one class whose paces differ by less than this factor are taken to be alike. */
const alike = 1.25;

/** A worker that finished something and takes longer than this to ask for more may not ask again. */
const comesBack_ms = 250;

/** What a task should take on a worker. */
export function expected_ms(run: RunState, task: number, { hardware_class, pace }: WorkerState): number {
  return pace * run.estimate(task, hardware_class).expected_ms;
}

/** What a task is dealt to a worker as: the same, but for those nothing is known of. */
export function planned_ms(run: RunState, task: number, { hardware_class, pace }: WorkerState): number {
  return pace * run.estimate(task, hardware_class).planned_ms;
}

/** How much longer the task that a lease runs now should take. */
export function firstLeft_ms(state: SchedulerState, { run, worker, tasks, began_ms }: LeaseState): number {
  const [task] = tasks;
  if (task === undefined) return 0;
  const { spread } = run.estimate(task, worker.hardware_class);
  return remaining_ms({ expected_ms: expected_ms(run, task, worker), spread }, state.clock.monotonic_ms() - began_ms);
}

/** How much longer all that a lease holds should take. */
export function leaseLeft_ms(state: SchedulerState, lease: LeaseState): number {
  let left_ms = firstLeft_ms(state, lease);
  for (const task of [...lease.tasks].slice(1)) left_ms += expected_ms(lease.run, task, lease.worker);
  return left_ms;
}

function isFor(run: RunState, worker: WorkerState): boolean {
  return worker.status === "live" && (worker.only ?? run.id) === run.id && isOfRun(run, worker);
}

/** Whether a worker may be given work of a run that needs what this group of its tasks needs. */
export function mayRun(run: RunState, group: number, worker: WorkerState): boolean {
  if (!isFor(run, worker)) return false;
  return missingFor(run.groups[group]?.requirements ?? {}, worker.capabilities).length === 0;
}

/** Whether a task had better go to another worker, as long as it is not too late for that. */
export function isKeptFrom(state: SchedulerState, run: RunState, single: SingleTask, worker: WorkerState): boolean {
  const { task: index, prefer, avoids, until_ms } = single;
  const task = run.task(index);
  if (task === undefined || state.clock.monotonic_ms() >= until_ms) return false;
  const preferred = prefer === undefined ? undefined : state.workers.get(prefer);
  if (preferred !== undefined) return preferred !== worker && mayRun(run, task.group, preferred);
  if (!avoids || !task.badWorkers.has(worker.id)) return false;
  return [...state.workers.values()].some((other) => !task.badWorkers.has(other.id) && mayRun(run, task.group, other));
}

/** Takes note of what a whole, passing attempt took: it says how fast its worker is. */
export function learnPace(state: SchedulerState, run: RunState, task: number, attempt: AttemptState, duration_ms: number): void {
  const worker = state.workers.get(attempt.worker);
  if (worker === undefined || duration_ms <= 0) return;
  const { measured, expected_ms } = run.estimate(task, worker.hardware_class);
  if (!measured) return;
  setRatios(worker, [...worker.ratios, duration_ms / expected_ms]);
  weighPace(state, worker, duration_ms / expected_ms);
}

/** @param ratios oldest first */
export function setRatios(worker: WorkerState, ratios: readonly number[]): void {
  worker.ratios = ratios.slice(-paceLimit);
  worker.pace = paceOf(worker.ratios);
}

/**
 * All slots but the asking one that could take what waits of a run: those that are busy, and those of other requests that wait. Undefined
 * where slots are alike, and it is no matter who takes what; and where other runs wait as well, so that nobody knows what a slot will do
 * when it is free.
 */
export function otherSlots(state: SchedulerState, run: RunState, poll: Poll): (() => OtherSlot[]) | undefined {
  if (!isUnlike(state) || isContested(state)) return undefined;
  return () => [...state.workers.values()].flatMap((worker) => slotsOf(state, run, worker, poll));
}

function isUnlike(state: SchedulerState): boolean {
  let slots = 0;
  let slowest = 0;
  let fastest = Number.POSITIVE_INFINITY;
  const classes = new Set<string>();
  for (const worker of state.workers.values()) {
    slots += worker.slots;
    if (slots > slotLimit) return false;
    classes.add(worker.hardware_class);
    slowest = Math.max(slowest, worker.pace);
    fastest = Math.min(fastest, worker.pace);
  }
  return classes.size > 1 || slowest > alike * fastest;
}

/** Whether several runs have something waiting that somebody could be dealt. What nobody can run holds nobody up. */
function isContested(state: SchedulerState): boolean {
  let waiting = 0;
  for (const run of state.runs.values()) {
    if (isServable(state, run)) waiting += 1;
    if (waiting > 1) return true;
  }
  return false;
}

function isServable(state: SchedulerState, run: RunState): boolean {
  if (!run.isWaiting) return false;
  const groups = [...run.waitingGroups()].filter((group) => matchFor(state, run, group).workers > 0);
  if (groups.length === 0 || !hasQuota(state, run)) return groups.length > 0;
  return [...state.workers.values()].some(
    (worker) => groups.some((group) => mayRun(run, group, worker)) && isWithinQuota(state, run, worker),
  );
}

function slotsOf(state: SchedulerState, run: RunState, worker: WorkerState, asking: Poll): OtherSlot[] {
  if (!isFor(run, worker) || trustIn(state, worker) === "none") return [];
  const fits = run.groups.map((_, group) => mayRun(run, group, worker));
  const queues = run.queues(worker.hardware_class);
  const whole_ms = worker.pace * queues.reduce((sum, { total_ms }, group) => sum + (fits[group] === true ? total_ms : 0), 0);
  const last_ms = lasts_ms(state, worker) ?? Number.POSITIVE_INFINITY;
  const duration_ms = (task: number) => {
    const single = run.singles.get(task);
    const isBarred = single !== undefined && isKeptFrom(state, run, single, worker);
    const isFit = fits[run.task(task)?.group ?? -1] === true && !isBarred;
    const task_ms = isFit ? planned_ms(run, task, worker) : Number.POSITIVE_INFINITY;
    return task_ms > last_ms ? Number.POSITIVE_INFINITY : task_ms;
  };
  return frees_ms(state, worker, asking).map((free_ms) => ({ free_ms, whole_ms, duration_ms }));
}

/** When each of a worker's slots that are busy should be free. */
export function busySlots_ms(state: SchedulerState, worker: WorkerState): number[] {
  const frees: number[] = [];
  for (const lease of worker.leases.values()) {
    const left_ms = leaseLeft_ms(state, lease);
    if (frees.length < worker.slots) frees.push(left_ms);
    else {
      // It was asked for ahead of time, and waits for one of the others to end.
      const next = frees.indexOf(Math.min(...frees));
      frees[next] = (frees[next] ?? 0) + left_ms;
    }
  }
  return frees;
}

/** When each of a worker's slots should be free that is busy, or asked for work: the asking slot itself is left out. */
function frees_ms(state: SchedulerState, worker: WorkerState, asking: Poll): number[] {
  const frees = busySlots_ms(state, worker);
  // One that has just finished something will ask in a moment.
  let asked = state.clock.monotonic_ms() - worker.freed_ms < comesBack_ms ? worker.slots : 0;
  for (const poll of worker.polls) asked += Math.max(0, poll.slots - poll.leases.length - (poll === asking ? 1 : 0));
  const free = Math.min(asked, Math.max(0, worker.slots - frees.length - (worker === asking.worker ? 1 : 0)));
  return [...frees, ...Array.from({ length: free }, () => 0)];
}
