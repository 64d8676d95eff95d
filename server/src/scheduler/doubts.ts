import { isFinal } from "@shardwright/core";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** Files remembered to have failed on a worker; with more of them in a row there is no doubt any more. */
const failingKept = 256;
/** The others may all be busy for long: no worker stands idle for longer than this because of a file. */
const comparison_ms = 30_000;

/** An attempt that has ended. */
export interface Ended {
  readonly run: RunState;
  readonly task: TaskState;
  readonly index: number;
  readonly attempt: AttemptState;
}

/** A file failed on a worker by its own word: whether that was the worker's fault shows where it runs next. */
export function noteFailing(state: SchedulerState, { run, task, index, attempt }: Ended): void {
  const ref = refOf(run, index);
  const worker = state.workers.get(attempt.worker);
  if (worker !== undefined && worker.failing.size < failingKept)
    worker.failing.set(ref, { task, at_ms: state.clock.monotonic_ms() });
  // Where it failed before it was right to fail.
  for (const id of task.badWorkers) if (id !== attempt.worker) state.workers.get(id)?.failing.delete(ref);
}

/** Whether so many files in a row have just failed there and wait to be run elsewhere that it had better be known first what comes of them. */
export function awaitsComparison({ options, clock }: SchedulerState, { failing }: WorkerState): boolean {
  if (failing.size < options.breakers.threshold) return false;
  const since_ms = clock.monotonic_ms() - comparison_ms;
  let waiting = 0;
  for (const { task, at_ms } of failing.values()) if (at_ms > since_ms && !isFinal(task.status)) waiting += 1;
  return waiting >= options.breakers.threshold;
}

/** Whether other files than this one failed there since something last passed, so that to run it there once more tells little. */
export function isDoubtful(worker: WorkerState | undefined): boolean {
  return worker !== undefined && worker.failing.size > 1;
}

/** Names a task among those of all runs. */
export function refOf(run: RunState, index: number): string {
  return `${run.id}/${index}`;
}
