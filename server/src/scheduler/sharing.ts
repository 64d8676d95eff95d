import { type Claim, inFairOrder, priorities, weightOf } from "@shardwright/core";
import { isOfRun } from "./matching.ts";
import type { RunState } from "./run-state.ts";
import type { LeaseState, Poll, SchedulerState, WorkerState } from "./state.ts";

/** Enters a lease in the books: on its worker, its run's use, and its project's slots. */
export function enterLease(state: SchedulerState, lease: LeaseState): void {
  const { run, worker, fence } = lease;
  state.leases.set(fence, lease);
  worker.leases.set(fence, lease);
  run.use.begin(state.clock.monotonic_ms());
  run.hasBegun = true;
  countForProject(state, lease, 1);
  state.tuner.meter.leaseBegun(lease);
}

/** Takes a lease out of the books: it is over. */
export function strikeLease(state: SchedulerState, lease: LeaseState): void {
  const { run, worker, fence } = lease;
  if (!state.leases.delete(fence)) return;
  worker.leases.delete(fence);
  run.use.end(state.clock.monotonic_ms());
  countForProject(state, lease, -1);
  state.tuner.meter.leaseOver(
    lease,
    [...state.runs.values()].some((other) => other.isWaiting),
  );
}

function countForProject(state: SchedulerState, { run, worker }: LeaseState, change: 1 | -1): void {
  if (!countsForQuota(worker)) return;
  const workers = state.inUse.get(run.project) ?? new Map<WorkerState, number>();
  const count = (workers.get(worker) ?? 0) + change;
  if (count > 0) workers.set(worker, count);
  else workers.delete(worker);
  if (workers.size > 0) state.inUse.set(run.project, workers);
  else state.inUse.delete(run.project);
}

/** A worker that came for one run alone is that run's own: it would not serve others in any case. */
function countsForQuota(worker: WorkerState): boolean {
  return worker.run === undefined;
}

/**
 * Whether a run may have one more lease on a worker by its project's quota. A worker asks ahead of time, so that leases may be more than
 * slots; those that wait for one of their own project to end need no slot beside it.
 * @param ended a lease to be left out of account
 */
export function isWithinQuota(state: SchedulerState, run: RunState, worker: WorkerState, ended?: LeaseState): boolean {
  const quota = quotaOf(state, run.project);
  if (quota === undefined || !countsForQuota(worker)) return true;
  const ends = ended !== undefined && ended.run.project === run.project ? ended.worker : undefined;
  let slots = 0;
  let isCounted = false;
  for (const [one, count] of state.inUse.get(run.project) ?? []) {
    isCounted ||= one === worker;
    slots += Math.min(one.slots, count - (one === ends ? 1 : 0) + (one === worker ? 1 : 0));
  }
  return slots + (isCounted ? 0 : 1) <= quota;
}

/** Whether a run may have a slot beside those that its project uses. */
export function hasRoom(state: SchedulerState, run: RunState, worker: WorkerState): boolean {
  return !countsForQuota(worker) || (quotaLeft(state, run.project) ?? 1) > 0;
}

/** How many slots a project may have beside those that it uses; undefined where it has no quota. */
export function quotaLeft(state: SchedulerState, project: string): number | undefined {
  const quota = quotaOf(state, project);
  return quota === undefined ? undefined : Math.max(0, quota - slotsOf(state, project));
}

/** How many slots each project uses, as quotas count them; none is told of one that uses none. */
export function slotsInUse(state: SchedulerState): ReadonlyMap<string, number> {
  return new Map([...state.inUse.keys()].map((project) => [project, slotsOf(state, project)]));
}

function slotsOf(state: SchedulerState, project: string): number {
  let slots = 0;
  for (const [worker, count] of state.inUse.get(project) ?? []) slots += Math.min(worker.slots, count);
  return slots;
}

export function hasQuota(state: SchedulerState, { project }: RunState): boolean {
  return quotaOf(state, project) !== undefined;
}

function quotaOf({ options: { quotas } }: SchedulerState, project: string): number | undefined {
  return quotas.get(project) ?? quotas.get("*");
}

/** The runs that a request may be dealt of, those first whose turn it is. */
export function runsFor(state: SchedulerState, { worker, run: wanted, warm }: Poll): RunState[] {
  const now_ms = state.clock.monotonic_ms();
  const claims: (Claim & { readonly run: RunState })[] = [];
  let order = 0;
  for (const run of state.runs.values()) {
    order += 1;
    if ((wanted !== undefined && run.id !== wanted) || !run.isWaiting || !isOfRun(run, worker)) continue;
    if (!isWithinQuota(state, run, worker)) continue;
    const isWarm = [...run.suites.keys()].some((suite) => warm.has(`${run.id}/${suite}`));
    claims.push({ ...claimOf(run, order, now_ms), isWarm, run });
  }
  return inFairOrder(claims).map(({ run }) => run);
}

/** What a run brings forward when a slot is free. */
export function claimOf(run: RunState, order: number, now_ms: number): Claim {
  // Runs that were submitted to an earlier version have no priority.
  const weight = weightOf(run.options.priority ?? priorities.normal);
  return { weight, used_ms: run.use.used_ms(now_ms), slots: run.use.slots, isWarm: false, order };
}
