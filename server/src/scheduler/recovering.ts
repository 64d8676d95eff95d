import {
  type AttemptStatus,
  type Failure,
  type FactBody,
  type FailureKind,
  type RecoveryPolicy,
  type RunOptions,
  blameFor,
  retryBudget,
} from "@shardwright/core";
import { recoverByStrategy } from "./chosen-parts.ts";
import { noteOutdone } from "./comparing.ts";
import { isDoubtful } from "./doubts.ts";
import { clearOfLoss, isHopeless, noteFailure, noteRetry, noteRetryOver, quarantine } from "./judging.ts";
import { type AttemptEnd, endAttempt, releaseLease, releaseTask } from "./endings.ts";
import { noticeOnce } from "./notices.ts";
import { waitForOutage } from "./outages.ts";
import { type AttemptState, type RunState, type TaskState, otherAttempt } from "./run-state.ts";
import type { LeaseState, SchedulerState, WorkerState } from "./state.ts";
import { putBack } from "./waiting.ts";

interface Ended {
  readonly run: RunState;
  readonly task: TaskState;
  readonly attempt: AttemptState;
  /** The one that ran it, if it is known any more. */
  readonly worker: WorkerState | undefined;
}

/** How an attempt ended that brought no result. */
interface BadEnd extends Omit<AttemptEnd, "task_status" | "recovery"> {
  readonly outcome: Extract<AttemptStatus, "failed" | "errored" | "cancelled" | "lost">;
}

/** Ends an attempt that went wrong, and decides what is done for its task, and for its worker. */
export function recoverTask(state: SchedulerState, ended: Ended, index: number, end: BadEnd, facts: FactBody[]): void {
  const kind = end.failure?.kind ?? (end.outcome === "failed" ? "assertion" : "runner-error");
  ended.task.badWorkers.add(ended.attempt.worker);
  // Its runner knows that what it needs has failed by itself.
  const isExplained = kind === "setup-error" && end.failure?.conclusive === true;
  if (isExplained) noteRetryOver(state, ended.run, index, ended.task, facts);
  const quarantined = isExplained ? undefined : noteFailure(state, { ...ended, index }, kind, end.outcome === "lost", facts);
  decide(state, ended, index, kind, end, facts);
  if (quarantined !== undefined) migrate(state, quarantined, "its worker is quarantined", facts);
}

function decide(
  state: SchedulerState,
  { run, task, attempt, worker }: Ended,
  index: number,
  kind: FailureKind,
  end: BadEnd,
  facts: FactBody[],
): void {
  const waits =
    end.quarantined === true ? { pause_ms: 0 } : waitForOutage(state, { run, task, index, attempt }, end.failure, facts);
  if ("recovery" in waits) {
    task.recovery = waits.recovery;
    endAttempt(state, run, index, attempt, { ...end, task_status: "pending", recovery: waits.recovery }, facts);
    if (task.status === "pending") putBack(state, run, index);
    return;
  }
  const charged = blameFor(kind).test ? "test" : "machine";
  if (charged === "test") task.failures += 1;
  else task.losses += 1;
  const { failures, losses, recovery } = task;
  if (charged === "test" && recovery?.action === "afresh") run.afreshInVain += 1;
  const trouble = {
    kind,
    failures,
    losses,
    level: Math.max(recovery?.level ?? 0, isDoubtful(worker) ? 1 : 0),
    spent: run.retries,
    tasks: run.tasks.length,
    share: run.retryShare,
    isHopeless: isHopeless(state, run, task),
    afreshInVain: run.afreshInVain,
    task: { key: task.spec.key, suite: task.spec.suite, file: task.spec.file },
    ...(end.failure && { failure: end.failure }),
  };
  const limit = retriesLimit(state.options.retries_limit, task, end);
  const step = recoverByStrategy(state, run, trouble, limitsOf(run.options, limit), facts);
  // While it runs elsewhere as well, that attempt decides.
  const isLeft = otherAttempt(task, attempt) !== undefined;
  if (step.action === "give-up") {
    if (isLeft) return endAttempt(state, run, index, attempt, { ...end, task_status: "leased" }, facts);
    const { action, level, because } = step;
    const task_status = end.outcome === "lost" ? "errored" : end.outcome;
    const failure = because === "losses" ? blamed(end, losses) : end.failure;
    endAttempt(
      state,
      run,
      index,
      attempt,
      { ...end, failure, task_status, recovery: { action, level, charged, ...(because && { because }) } },
      facts,
    );
    if (because === "losses" && end.outcome === "lost") clearOfLoss(state, task, facts);
    if (because === "budget") {
      const budget = retryBudget(run.tasks.length, run.retryShare);
      noticeOnce(run, "retry-budget", `The run has spent its ${budget} retries; further failures count at once.`, facts);
    }
    return;
  }
  const { action, level } = step;
  const delay_ms = step.isRetry ? Math.max(step.delay_ms, waits.pause_ms) : step.delay_ms;
  task.recovery = {
    action,
    level,
    charged,
    ...(delay_ms > 0 && { from_ms: Math.round(state.clock.now_ms() + delay_ms) }),
  };
  endAttempt(state, run, index, attempt, { ...end, task_status: "pending", recovery: task.recovery }, facts);
  if (step.isRetry && !isLeft) {
    run.retries += 1;
    noteRetry(state, run, index, task, facts);
  }
  if (task.status === "pending") putBack(state, run, index);
}

/** A task has passed: workers on which nothing has passed since it failed there may be quarantined for that. */
export function judgeByComparison(state: SchedulerState, ended: Ended, index: number, facts: FactBody[]): void {
  for (const worker of noteOutdone(state, { ...ended, index }, facts)) {
    quarantine(state, worker, ended.run, facts);
    migrate(state, worker, "its worker is quarantined", facts);
  }
}

/** That a test flips which is known to, is no reason to try for long; and of a new one that is just what is to be found out. */
function retriesLimit(limit: number, { spec }: TaskState, { quarantined }: BadEnd): number {
  if (spec.repeat !== undefined) return 0;
  return quarantined === true ? Math.min(1, limit) : limit;
}

/** Takes back all that a worker has, for others to run. */
function migrate(state: SchedulerState, worker: WorkerState, reason: string, facts: FactBody[]): void {
  for (const lease of worker.leases.values()) {
    releaseLease(state, lease, facts);
    for (const sink of worker.sinks) sink({ type: "stop", fence: lease.fence, reason });
  }
}

/** The task's worker is gone, or no longer answers for it. */
export function loseTask(state: SchedulerState, lease: LeaseState, index: number, reason: string, facts: FactBody[]): void {
  const { run, worker } = lease;
  const task = run.task(index);
  const attempt = [task?.current, task?.duplicate].find((one) => one?.fence === lease.fence);
  if (task === undefined || attempt === undefined) return;
  const duration_ms = Math.max(0, state.clock.monotonic_ms() - lease.dealt_ms);
  // It waited behind others in its batch: it had no part in the loss.
  if (!attempt.started) return releaseTask(state, run, index, attempt, facts);
  const failure: Failure = { kind: "infrastructure", message: reason.slice(0, 4096) };
  recoverTask(state, { run, task, attempt, worker }, index, { outcome: "lost", duration_ms, failure }, facts);
  noticeOnce(run, "worker-lost", `${worker.name} was lost while it ran ${task.spec.file}: ${reason}`, facts);
}

/** Runs that were submitted to an earlier version do not say all of it. */
function limitsOf(
  options: Pick<RunOptions, "max_retries"> & Partial<RunOptions>,
  retries_limit: number,
): Omit<RecoveryPolicy, "strategy"> {
  const { max_retries, retry_backoff_factor = 2 } = options;
  return { max_retries: Math.min(max_retries, retries_limit), backoff_factor: retry_backoff_factor };
}

/** What is said of a task that is given up because of the machines it ran on. */
function blamed({ outcome, failure }: BadEnd, losses: number): Failure {
  const isLost = outcome === "lost";
  if (failure?.kind === "browser-crash") {
    const verdict = `The machine or its browser was gone ${losses} times under this task: the task itself may be what takes it down`;
    return { kind: "browser-crash", message: `${failure.message}. ${verdict}`.slice(0, 4096) };
  }
  const verdict = isLost
    ? `It was the worker lost number ${losses} while this task ran: the task itself may be what kills them`
    : `So it was ${losses} times with this task, and it is not tried any more`;
  return { kind: isLost ? "crash" : "infrastructure", message: `${failure?.message ?? ""}. ${verdict}`.slice(0, 4096) };
}
