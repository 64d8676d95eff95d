import { type FactBody, type Lease, type RunOptions, learnedLimit_ms, unselected } from "@shardwright/core";
import { noteLease } from "./breakers.ts";
import { expected_ms } from "./pool.ts";
import { type Resumption, resumptionFor } from "./resuming.ts";
import { enterLease } from "./sharing.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { LeaseState, Poll, SchedulerState } from "./state.ts";

/** Leases tasks that wait, to be run one after the other; or one that runs elsewhere, as its duplicate. */
export function grant(
  state: SchedulerState,
  run: RunState,
  poll: Poll,
  indexes: readonly number[],
  { isDuplicate = false, isAfresh = false }: { readonly isDuplicate?: boolean; readonly isAfresh?: boolean | undefined } = {},
): void {
  const { worker } = poll;
  const now_ms = state.clock.monotonic_ms();
  state.lastFence += 1;
  const fence = state.lastFence;
  const times = { dealt_ms: now_ms, began_ms: now_ms, renewed_ms: now_ms };
  const lease: LeaseState = { fence, run, worker, tasks: new Set(indexes), isDuplicate, ...times };
  const tasks: Lease["tasks"] = [];
  const resumes = new Map<number, number>();
  let suiteName = "";
  for (const index of indexes) {
    const task = run.task(index);
    if (task === undefined) continue;
    const attempt = beginAttempt(task, lease, resumptionFor(state, run, task, poll, isDuplicate));
    if (isDuplicate) run.duplicates += 1;
    else run.unqueue(index);
    suiteName = task.spec.suite;
    const known = run.estimate(index, worker.hardware_class);
    const estimate = known.known ? { expected_ms: expected_ms(run, index, worker) } : {};
    // Runs that were submitted to an earlier version have no such limit.
    const multiplier = (run.options as Partial<RunOptions>).task_timeout_multiplier ?? 0;
    const limit_ms = learnedLimit_ms({ estimate: known, pace: worker.pace, multiplier });
    tasks.push({
      task: index,
      attempt: attempt.number,
      spec: task.spec,
      ...estimate,
      ...(limit_ms !== undefined && { limit_ms }),
      ...(attempt.resumption && { finished: pathsOf(attempt.resumption) }),
      ...(task.spec.part !== undefined && !attempt.isPart && { whole: true }),
    });
    if (attempt.resumption !== undefined) resumes.set(index, attempt.resumption.from);
  }
  const suite = run.suites.get(suiteName);
  if (suite === undefined) throw new Error(`run ${run.id} has no suite ${suiteName}: submissions are checked for that`);
  if (poll.closes) run.sessions.add(worker.id);
  enterLease(state, lease);
  state.counters.leases += 1;
  const facts: FactBody[] = [];
  noteLease(state, lease, facts);
  poll.durable.push(
    state.record([
      ...facts,
      {
        type: "TasksLeased",
        run: run.id,
        worker: worker.id,
        fence,
        tasks: tasks.map(({ task, attempt, expected_ms: estimate_ms }) => ({
          task,
          attempt,
          ...(estimate_ms === undefined ? {} : { estimate_ms }),
          ...(isDuplicate && { duplicate: true }),
          ...(resumes.has(task) && { resumes: resumes.get(task) }),
        })),
      },
    ]),
  );
  const { workspace, options } = run;
  poll.leases.push({
    run: run.id,
    fence,
    suite: unselected(suite),
    workspace,
    options,
    tasks,
    ...(isAfresh && { afresh: true }),
  });
}

function pathsOf({ kept }: Resumption): string[][] {
  return Array.from(kept.values(), ({ path }) => [...path]);
}

function beginAttempt(
  task: TaskState,
  { fence, worker, isDuplicate }: LeaseState,
  resumption: Resumption | undefined,
): AttemptState {
  task.attempts += 1;
  const attempt: AttemptState = {
    number: task.attempts,
    fence,
    worker: worker.id,
    status: "running",
    cases: 0,
    hasFailed: false,
    started: false,
    finished: new Map(),
    resumption,
    isPart: task.spec.part !== undefined && !task.mustBeWhole,
  };
  if (isDuplicate) {
    task.duplicate = attempt;
    task.wasDuplicated = true;
  } else {
    task.status = "leased";
    task.current = attempt;
  }
  return attempt;
}
