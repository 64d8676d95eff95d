import { trustIn } from "./breakers.ts";
import { lasts_ms } from "./forecasts.ts";
import { busySlots_ms, mayRun } from "./pool.ts";
import type { RunState } from "./run-state.ts";
import { type SchedulerState, type WorkerState, later } from "./state.ts";

/**
 * The longest that a task of each group may take which a worker begins next: so long that it ends before the worker does. Without a bound
 * for groups that nobody else can run; undefined for a worker of which nothing of the kind is foretold.
 */
export function longestFor(state: SchedulerState, run: RunState, worker: WorkerState): ((group: number) => number) | undefined {
  const last_ms = lasts_ms(state, worker);
  if (last_ms === undefined) return undefined;
  const begins_ms = worker.leases.size < worker.slots ? 0 : Math.min(...busySlots_ms(state, worker));
  return (group) =>
    lastingOthers(state, run, group, worker).length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, last_ms - begins_ms);
}

/**
 * Whether a worker for which only tasks wait that outlast it had better leave them: while another slot that can run one is free and asks,
 * and not for long even then. No run waits for a prediction.
 */
export function isLeftToOthers(state: SchedulerState, run: RunState, groups: Iterable<number>, worker: WorkerState): boolean {
  const now_ms = state.clock.monotonic_ms();
  const isFree = (other: WorkerState): boolean =>
    other.leases.size < other.slots && [...other.polls].some((poll) => poll.leases.length < poll.slots);
  if (![...groups].some((group) => lastingOthers(state, run, group, worker).some(isFree))) return false;
  const since_ms = worker.leftIdle_ms;
  if (since_ms === undefined) {
    worker.leftIdle_ms = now_ms;
    later(state, state.options.avoidance_ms, () => {});
    return true;
  }
  return now_ms - since_ms < state.options.avoidance_ms;
}

function lastingOthers(state: SchedulerState, run: RunState, group: number, worker: WorkerState): WorkerState[] {
  return [...state.workers.values()].filter(
    (other) =>
      other !== worker && mayRun(run, group, other) && lasts_ms(state, other) === undefined && trustIn(state, other) === "full",
  );
}
