import { type FactBody, type RunningAttempt, duplicateLimit, speculate, startUp_ms } from "@shardwright/core";
import { trustIn } from "./breakers.ts";
import { duplicatesEarly } from "./chosen-parts.ts";
import { supersede } from "./endings.ts";
import { lasts_ms } from "./forecasts.ts";
import { grant } from "./granting.ts";
import { expected_ms, firstLeft_ms, mayRun, otherSlots } from "./pool.ts";
import { leftForDuplicate } from "./resuming.ts";
import type { RunState, SingleTask } from "./run-state.ts";
import { isWithinQuota } from "./sharing.ts";
import type { LeaseState, Poll, SchedulerState, WorkerState } from "./state.ts";

/** In a folder that all workers share, an attempt seems to hang that takes so many times what it should, and so long at least. */
const stuckFactor = 3;
const leastStuck_ms = 10_000;
/** The same for one of which nothing is known. */
const leastUnknown_ms = 60_000;

interface Candidate extends RunningAttempt {
  readonly lease: LeaseState;
}

/** Gives each idle slot for which nothing waits a duplicate of what keeps its run from ending, where that pays. */
export function duplicateStragglers(state: SchedulerState): void {
  const candidates = new Map<RunState, Candidate[]>();
  for (const poll of state.polls) {
    // A request ahead of time comes from a slot that is busy; and what waits goes before what runs already.
    if (poll.leases.length > 0 || poll.worker.leases.size >= poll.worker.slots || hasWorkFor(state, poll.worker)) continue;
    if (trustIn(state, poll.worker) !== "full") continue;
    for (const run of state.runs.values()) {
      if ((poll.run !== undefined && poll.run !== run.id) || !isWithinQuota(state, run, poll.worker)) continue;
      const running = candidates.get(run) ?? candidatesOf(state, run);
      candidates.set(run, running);
      const chosen = choose(state, run, poll, running);
      if (chosen === undefined) continue;
      grant(state, run, poll, [chosen.task], { isDuplicate: true });
      candidates.delete(run);
      break;
    }
  }
}

/** What runs of a run and may be begun once more. */
function candidatesOf(state: SchedulerState, run: RunState): Candidate[] {
  // Runs that were submitted to an earlier version do not say.
  const mayDuplicate = run.options.speculation ?? true;
  if (!mayDuplicate || run.duplicates >= duplicateLimit(run.tasks.length)) return [];
  const candidates: Candidate[] = [];
  for (const lease of state.leases.values()) {
    const [index] = lease.tasks;
    const task = run.task(index ?? -1);
    if (lease.run !== run || index === undefined || task === undefined) continue;
    // A task that took a worker with it may take the next one; and one that failed somewhere is as good as ended.
    const isBarred = task.spec.side_effects || task.wasDuplicated || task.losses > 0 || task.current?.hasFailed === true;
    if (isBarred) continue;
    // What failed before is not waited for to fail once more: whichever of two ends first says more, sooner.
    const isUrgent = duplicatesEarly(state, run, task);
    const left_ms = firstLeft_ms(state, lease);
    // Its worker will not last until it ends.
    const isInVain = left_ms > (lasts_ms(state, lease.worker) ?? Number.POSITIVE_INFINITY);
    if (!isUrgent && !isInVain && !mayBeStuck(state, lease, index)) continue;
    candidates.push({ task: index, lease, left_ms: isUrgent || isInVain ? Number.POSITIVE_INFINITY : left_ms });
  }
  return candidates;
}

/**
 * Where all workers of a run share one folder, two attempts at a test may want the same file or port there, and neither has a faster
 * machine: it is begun once more only if it seems to hang. Elsewhere it need only be late.
 */
function mayBeStuck(state: SchedulerState, { run, worker, began_ms }: LeaseState, task: number): boolean {
  if (run.workspace.kind !== "dir") return true;
  const { known } = run.estimate(task, worker.hardware_class);
  const least_ms = known ? leastStuck_ms : leastUnknown_ms;
  return state.clock.monotonic_ms() - began_ms >= Math.max(least_ms, stuckFactor * expected_ms(run, task, worker));
}

function choose(state: SchedulerState, run: RunState, poll: Poll, running: readonly Candidate[]): Candidate | undefined {
  const { worker, warm } = poll;
  return speculate({
    running,
    here_ms: ({ task, lease }) => {
      const { group, spec } = run.tasks[task] ?? {};
      if (group === undefined || lease.worker === worker || !mayRun(run, group, worker)) return undefined;
      const left_ms = expected_ms(run, task, worker) * leftForDuplicate(state, lease, task, poll);
      if (left_ms > (lasts_ms(state, worker) ?? Number.POSITIVE_INFINITY)) return undefined;
      return left_ms + (warm.has(`${run.id}/${spec?.suite}`) ? 0 : startUp_ms);
    },
    others: otherSlots(state, run, poll),
  });
}

/** Ends duplicates whose workers are wanted for work that nobody does yet, the youngest first. */
export function giveUpDuplicates(state: SchedulerState, facts: FactBody[]): void {
  const duplicates: LeaseState[] = [];
  for (const lease of state.leases.values()) if (lease.isDuplicate) duplicates.unshift(lease);
  for (const lease of duplicates) {
    const { run } = lease;
    const [index] = lease.tasks;
    const task = run.task(index ?? -1);
    const attempt = [task?.current, task?.duplicate].find((one) => one?.fence === lease.fence);
    // One that was left alone when the other was lost is a duplicate no more.
    const isSpare = task?.duplicate !== undefined && attempt === task.duplicate;
    if (index === undefined || attempt === undefined || !isSpare || !isWanted(state, lease)) continue;
    supersede(state, run, index, attempt, "other work was waiting", facts);
  }
}

/** Whether more waits of what a duplicate's worker could do than the slots that are free, or were just made so, will take. */
function isWanted(state: SchedulerState, duplicate: LeaseState): boolean {
  const { worker } = duplicate;
  for (const run of state.runs.values()) {
    if (!run.isWaiting || !isWithinQuota(state, run, worker, duplicate)) continue;
    const waiting = run.queues(worker.hardware_class).map(({ size }) => size);
    for (const { task } of dueSingles(state, run)) {
      const group = run.task(task)?.group ?? -1;
      waiting[group] = (waiting[group] ?? 0) + 1;
    }
    const isShort = waiting.some(
      (count, group) => count > 0 && mayRun(run, group, worker) && count > freeSlots(state, run, group),
    );
    if (isShort) return true;
  }
  return false;
}

function freeSlots(state: SchedulerState, run: RunState, group: number): number {
  let free = 0;
  for (const worker of state.workers.values())
    if (worker.leases.size < worker.slots && mayRun(run, group, worker) && isWithinQuota(state, run, worker))
      free += worker.slots - worker.leases.size;
  return free;
}

/** Those that wait for a worker; others wait for their time. */
function dueSingles(state: SchedulerState, run: RunState): SingleTask[] {
  const now_ms = state.clock.monotonic_ms();
  return [...run.singles.values()].filter(({ from_ms }) => from_ms <= now_ms);
}

/** Whether anything waits that a worker could run, even if it had better not. */
function hasWorkFor(state: SchedulerState, worker: WorkerState): boolean {
  for (const run of state.runs.values()) {
    if (!run.isWaiting || !isWithinQuota(state, run, worker)) continue;
    if (run.queues(worker.hardware_class).some(({ size }, group) => size > 0 && mayRun(run, group, worker))) return true;
    for (const { task } of dueSingles(state, run)) if (mayRun(run, run.task(task)?.group ?? -1, worker)) return true;
  }
  return false;
}
