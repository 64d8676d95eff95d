import {
  type AttemptStatus,
  type Failure,
  type FactBody,
  type FinalTaskStatus,
  type RunId,
  type TaskStatus,
  accountFor,
  accountSentence,
  afterLoss,
  isFinal,
  verdictFor,
} from "@shardwright/core";
import { noticeOnce } from "./notices.ts";
import type { RunState } from "./run-state.ts";
import type { LeaseState, SchedulerState } from "./state.ts";

export interface AttemptEnd {
  readonly outcome: Exclude<AttemptStatus, "running">;
  readonly task_status: TaskStatus;
  readonly duration_ms: number;
  readonly failure?: Failure | undefined;
  readonly log?: { sha256: string; bytes: number } | undefined;
}

/** Ends a task's latest attempt, takes the task out of its lease, and leaves it with the status decided. */
export function endAttempt(state: SchedulerState, run: RunState, index: number, end: AttemptEnd, facts: FactBody[]): void {
  const task = run.task(index);
  if (task === undefined) return;
  const { outcome, task_status, duration_ms, failure, log } = end;
  task.attemptStatus = outcome;
  task.status = task_status;
  if (outcome === "failed" || outcome === "errored") task.failedBefore = true;
  if (outcome === "passed") task.flaky = task.failedBefore;
  if (isFinal(task_status)) {
    run.open -= 1;
    run.unqueue(index);
  }
  releaseFrom(state, task.fence, index);
  state.counters.attempts[outcome] = (state.counters.attempts[outcome] ?? 0) + 1;
  facts.push({
    type: "AttemptFinished",
    run: run.id,
    task: index,
    attempt: task.attempt,
    outcome,
    task_status,
    duration_ms,
    ...(failure === undefined ? {} : { failure }),
    ...(log === undefined ? {} : { log }),
  });
}

/** The task's worker is gone, or no longer answers for it: it runs again elsewhere, unless it took too many workers with it. */
export function loseTask(state: SchedulerState, lease: LeaseState, index: number, reason: string, facts: FactBody[]): void {
  const { run, worker } = lease;
  const task = run.task(index);
  if (task === undefined) return;
  const duration_ms = Math.max(0, state.clock.monotonic_ms() - lease.dealt_ms);
  if (!task.started) {
    // It waited behind others in its batch: it had no part in the loss.
    endAttempt(state, run, index, { outcome: "released", task_status: "pending", duration_ms: 0 }, facts);
    run.queue(index);
    return;
  }
  task.losses += 1;
  const suspect = afterLoss(task.losses) === "suspect";
  const message = suspect
    ? `${reason}. It was the worker lost number ${task.losses} while this task ran: the task itself may be what kills them`
    : reason;
  const failure: Failure = { kind: suspect ? "crash" : "infrastructure", message: message.slice(0, 4096) };
  endAttempt(state, run, index, { outcome: "lost", task_status: suspect ? "errored" : "pending", duration_ms, failure }, facts);
  if (!suspect) run.queueAlone({ task: index, avoid: undefined, until_ms: 0 });
  noticeOnce(run, "worker-lost", `${worker.name} was lost while it ran ${task.spec.file}: ${reason}`, facts);
}

/** Takes a task back that was never begun, or that its worker hands back. */
export function releaseTask(state: SchedulerState, run: RunState, index: number, facts: FactBody[]): void {
  endAttempt(state, run, index, { outcome: "released", task_status: "pending", duration_ms: 0 }, facts);
  run.queue(index);
}

/** Gives a final status to tasks that will not run any more, and stops those that do. */
export function settleTasks(
  state: SchedulerState,
  run: RunState,
  indexes: readonly number[],
  status: Extract<FinalTaskStatus, "cancelled" | "incomplete" | "errored">,
  reason: string,
  facts: FactBody[],
): void {
  const open = indexes.filter((index) => !isFinal(run.task(index)?.status ?? "errored"));
  if (open.length === 0) return;
  for (const index of open) {
    const task = run.task(index);
    if (task === undefined) continue;
    const lease = task.status === "leased" ? state.leases.get(task.fence) : undefined;
    task.status = status;
    task.attemptStatus = task.attemptStatus === "running" ? "cancelled" : task.attemptStatus;
    run.open -= 1;
    run.unqueue(index);
    releaseFrom(state, task.fence, index);
    if (lease !== undefined && lease.tasks.size === 0)
      for (const sink of lease.worker.sinks) sink({ type: "stop", fence: lease.fence, reason });
  }
  facts.push({ type: "TasksSettled", run: run.id, tasks: open, status, reason: reason.slice(0, 1024) });
}

/** Ends the run when none of its tasks is open. */
export function endIfDone(state: SchedulerState, run: RunState, facts: FactBody[], because?: { cancelled: string }): void {
  if (run.open > 0 || !state.runs.has(run.id)) return;
  const account = accountFor(run.tasks);
  const verdict = verdictFor(account, { cancelled: because !== undefined, allowEmpty: run.options.allow_empty });
  const sentence = accountSentence(account);
  facts.push({
    type: "RunEnded",
    run: run.id,
    verdict,
    reason: because === undefined ? sentence : `${because.cancelled} (${sentence})`.slice(0, 1024),
  });
  forgetRun(state, run.id);
}

/** Leaves a task's lease; a lease without tasks is over. */
function releaseFrom(state: SchedulerState, fence: number, index: number): void {
  const lease = state.leases.get(fence);
  if (lease === undefined || !lease.tasks.delete(index) || lease.tasks.size > 0) return;
  state.leases.delete(fence);
  lease.worker.leases.delete(fence);
}

function forgetRun(state: SchedulerState, id: RunId): void {
  const run = state.runs.get(id);
  for (const timer of [run?.deadline, run?.noWorkersTimer, run?.unsatisfiableTimer]) timer?.cancel();
  state.runs.delete(id);
}
