import { type Admission, type Contender, batchLimits, expectedWait } from "@shardwright/core";
import { busySlots_ms, leaseLeft_ms, mayRun } from "./pool.ts";
import type { RunState } from "./run-state.ts";
import { claimOf, hasRoom } from "./sharing.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

interface Rival extends Contender {
  readonly run: RunState;
}

/** How long a run that goes on should wait for its first slot, and for whom; no time at all once it was given one. */
export function admissionOf(state: SchedulerState, run: RunState): Admission {
  const groups = run.waitingGroups();
  if (run.hasBegun || groups.size === 0) return { runs_ahead: 0, wait_ms: 0 };
  const workers = [...state.workers.values()].filter((worker) => [...groups].some((group) => mayRun(run, group, worker)));
  // At its quota, it waits for its own project alone.
  const isHeld = workers.length > 0 && !workers.some((worker) => hasRoom(state, run, worker));
  const frees_ms = isHeld
    ? [...state.leases.values()].filter((lease) => lease.run.project === run.project).map((lease) => leaseLeft_ms(state, lease))
    : workers.flatMap((worker) => slots_ms(state, worker));
  const { own, rivals } = claimsOn(state, run, workers, isHeld);
  const expected = expectedWait({ own, others: rivals, frees_ms });
  if (expected === undefined) return { runs_ahead: 0 };
  const wait_ms = Math.round(expected.wait_ms);
  if (wait_ms === 0) return { runs_ahead: 0, wait_ms };
  const ahead = new Set([...expected.before].map((rival) => rival.run));
  const hosts = new Set(workers);
  for (const lease of state.leases.values())
    if (hosts.has(lease.worker) && (!isHeld || lease.run.project === run.project)) ahead.add(lease.run);
  return { runs_ahead: ahead.size, wait_ms };
}

/** How long it should take until a run ends and leaves its place to another; undefined where nobody works. */
export function nextEnd_ms(state: SchedulerState): number | undefined {
  let next_ms: number | undefined;
  const left_ms = new Map<RunState, number>();
  for (const lease of state.leases.values())
    left_ms.set(lease.run, Math.max(left_ms.get(lease.run) ?? 0, leaseLeft_ms(state, lease)));
  for (const [run, running_ms] of left_ms) {
    const groups = run.waitingGroups();
    const workers = [...state.workers.values()].filter((worker) => [...groups].some((group) => mayRun(run, group, worker)));
    const [some] = workers;
    if (groups.size > 0 && some === undefined) continue;
    const slots = workers.reduce((sum, worker) => sum + worker.slots, 0);
    const end_ms = running_ms + (some === undefined ? 0 : waiting_ms(run, some) / Math.max(1, slots));
    if (next_ms === undefined || end_ms < next_ms) next_ms = end_ms;
  }
  return next_ms;
}

function claimsOn(state: SchedulerState, run: RunState, workers: readonly WorkerState[], isHeld: boolean) {
  const now_ms = state.clock.monotonic_ms();
  const slots = workers.reduce((sum, worker) => sum + worker.slots, 0);
  const rivals: Rival[] = [];
  let own = claimOf(run, state.runs.size, now_ms);
  let order = 0;
  for (const other of state.runs.values()) {
    order += 1;
    if (other === run) own = { ...own, order };
    if (other === run || !other.isWaiting || (isHeld && other.project !== run.project)) continue;
    const groups = [...other.waitingGroups()];
    const host = workers.find(
      (worker) => groups.some((group) => mayRun(other, group, worker)) && (isHeld || hasRoom(state, other, worker)),
    );
    if (host === undefined) continue;
    const work_ms = waiting_ms(other, host);
    const lease_ms = Math.max(longest_ms(other, host), Math.min(batchLimits.cap_ms, work_ms / (3 * Math.max(1, slots))));
    rivals.push({ ...claimOf(other, order, now_ms), run: other, work_ms: Math.max(1, work_ms), lease_ms });
  }
  return { own, rivals };
}

/** What waits of a run that a worker could take, in time on it. */
function waiting_ms(run: RunState, worker: WorkerState): number {
  const queues = run.queues(worker.hardware_class);
  return worker.pace * queues.reduce((sum, { total_ms }, group) => sum + (mayRun(run, group, worker) ? total_ms : 0), 0);
}

function longest_ms(run: RunState, worker: WorkerState): number {
  const firsts = run.queues(worker.hardware_class).map((queue, group) => {
    const task = mayRun(run, group, worker) ? queue.first() : undefined;
    return task === undefined ? 0 : queue.duration_ms(task);
  });
  return worker.pace * Math.max(0, ...firsts);
}

/** When each of a worker's slots should be free. */
function slots_ms(state: SchedulerState, worker: WorkerState): number[] {
  const busy = busySlots_ms(state, worker);
  return [...busy, ...Array.from({ length: Math.max(0, worker.slots - busy.length) }, () => 0)];
}
