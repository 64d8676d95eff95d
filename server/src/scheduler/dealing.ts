import { type DealQueue, type Lease, deal, missingFor } from "@shardwright/core";
import { isOfRun, matchFor } from "./matching.ts";
import type { RunState } from "./run-state.ts";
import type { LeaseState, Poll, SchedulerState } from "./state.ts";

/**
 * Deals what waits to the polls that wait: one lease to each in turn, until the polls are full or nothing is left for them. Runs are
 * served oldest first.
 */
export function dealToAll(state: SchedulerState): void {
  if (state.draining) return;
  let dealt = true;
  while (dealt) {
    dealt = false;
    for (const poll of state.polls) {
      if (poll.leases.length >= poll.slots) continue;
      if (dealTo(state, poll)) dealt = true;
    }
  }
  for (const poll of state.polls) if (poll.leases.length > 0) poll.answer();
}

function dealTo(state: SchedulerState, poll: Poll): boolean {
  if (poll.worker.status !== "live") return false;
  for (const run of state.runs.values()) {
    if ((poll.run !== undefined && run.id !== poll.run) || !isOfRun(run, poll.worker)) continue;
    const tasks = nextSingle(state, run, poll) ?? nextBatch(state, run, poll);
    if (tasks === undefined) continue;
    grant(state, run, poll, tasks);
    return true;
  }
  return false;
}

function nextSingle(state: SchedulerState, run: RunState, { worker }: Poll): number[] | undefined {
  const now_ms = state.clock.monotonic_ms();
  for (const { task, avoid, until_ms } of run.singles.values()) {
    const group = run.task(task)?.group ?? -1;
    if (missingFor(run.groups[group]?.requirements ?? {}, worker.capabilities).length > 0) continue;
    if (avoid === worker.id && now_ms < until_ms && matchFor(state, run, group).workers > 1) continue;
    return [task];
  }
  return undefined;
}

function nextBatch(state: SchedulerState, run: RunState, { worker, warm }: Poll): number[] | undefined {
  const queues: DealQueue[] = [];
  run.queues(worker.hardware_class).forEach((pending, group) => {
    const { suite, requirements } = run.groups[group] ?? { suite: "", requirements: {} };
    if (pending.size === 0 || missingFor(requirements, worker.capabilities).length > 0) return;
    queues.push({ suite: `${run.id}/${suite}`, pending, slots: matchFor(state, run, group).slots });
  });
  if (queues.length === 0) return undefined;
  const { batchCap_ms: cap_ms, batchCount_limit: count_limit } = state.options;
  return deal({ queues, warm, cap_ms, count_limit })?.tasks;
}

function grant(state: SchedulerState, run: RunState, poll: Poll, indexes: readonly number[]): void {
  const { worker } = poll;
  const now_ms = state.clock.monotonic_ms();
  state.lastFence += 1;
  const fence = state.lastFence;
  const lease: LeaseState = { fence, run, worker, tasks: new Set(indexes), dealt_ms: now_ms, renewed_ms: now_ms };
  const tasks: Lease["tasks"] = [];
  let suiteName = "";
  for (const index of indexes) {
    const task = run.task(index);
    if (task === undefined) continue;
    run.unqueue(index);
    task.status = "leased";
    task.attempt += 1;
    task.attemptStatus = "running";
    task.fence = fence;
    task.worker = worker.id;
    task.cases = 0;
    task.started = false;
    suiteName = task.spec.suite;
    const expected_ms = run.knownEstimate_ms(index, worker.hardware_class);
    tasks.push({ task: index, attempt: task.attempt, spec: task.spec, expected_ms });
  }
  const suite = run.suites.get(suiteName);
  if (suite === undefined) throw new Error(`run ${run.id} has no suite ${suiteName}: submissions are checked for that`);
  state.leases.set(fence, lease);
  worker.leases.set(fence, lease);
  state.counters.leases += 1;
  poll.durable.push(
    state.record([
      {
        type: "TasksLeased",
        run: run.id,
        worker: worker.id,
        fence,
        tasks: tasks.map(({ task, attempt, expected_ms }) =>
          expected_ms === undefined ? { task, attempt } : { task, attempt, estimate_ms: expected_ms },
        ),
      },
    ]),
  );
  poll.leases.push({ run: run.id, fence, suite, workspace: run.workspace, options: run.options, tasks });
}
