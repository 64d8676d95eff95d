import {
  type Artifact,
  type AttemptStatus,
  type Failure,
  type Metric,
  type FactBody,
  type FinalTaskStatus,
  type Recovery,
  type RunId,
  type Task,
  type TaskStatus,
  accountFor,
  accountSentence,
  isFinal,
  isOfTest,
  verdictFor,
} from "@shardwright/core";
import { noteLeaseOver } from "./breakers.ts";
import { awaitSessions } from "./closing.ts";
import { noteRetryOver } from "./judging.ts";
import { excuseTasks } from "./mass-guard.ts";
import { ranNothing, suitesWithoutTests } from "./nothing-ran.ts";
import { type AttemptState, type RunState, otherAttempt } from "./run-state.ts";
import { forgetCases, mayBeResumed } from "./resuming.ts";
import { strikeLease } from "./sharing.ts";
import type { LeaseState, SchedulerState } from "./state.ts";
import { putBack } from "./waiting.ts";

export interface AttemptEnd {
  readonly outcome: Exclude<AttemptStatus, "running">;
  readonly task_status: TaskStatus;
  readonly duration_ms: number;
  /** It ended so long before it could be told. */
  readonly waited_ms?: number | undefined;
  readonly failure?: Failure | undefined;
  readonly recovery?: Recovery | undefined;
  /** Nothing of it failed that is not in quarantine. */
  readonly quarantined?: boolean | undefined;
  readonly log?: { sha256: string; bytes: number } | undefined;
  readonly artifacts?: readonly Artifact[] | undefined;
  readonly metrics?: readonly Metric[] | undefined;
}

/**
 * Ends an attempt, takes the task out of its lease, and leaves it with the status decided; but a task of which another attempt runs is left
 * to that one.
 */
export function endAttempt(
  state: SchedulerState,
  run: RunState,
  index: number,
  attempt: AttemptState,
  end: AttemptEnd,
  facts: FactBody[],
): void {
  const task = run.task(index);
  if (task === undefined) return;
  const { outcome, duration_ms, waited_ms, failure, recovery, quarantined = false, log, artifacts, metrics } = end;
  const lease = state.leases.get(attempt.fence);
  if (lease !== undefined) state.tuner.meter.attemptEnded(run, index, task, attempt, lease, end);
  const other = otherAttempt(task, attempt);
  const task_status = other === undefined ? end.task_status : "leased";
  attempt.status = outcome;
  if (!mayBeResumed({ outcome, failure })) forgetCases(attempt);
  task.status = task_status;
  task.quarantined = task_status === "failed" && quarantined;
  task.current = other ?? attempt;
  task.duplicate = undefined;
  if ((outcome === "failed" || outcome === "errored") && isOfTest(recovery)) task.failedBefore = true;
  if (outcome === "passed") task.flaky = task.failedBefore;
  if (isFinal(task_status)) {
    run.open -= 1;
    run.unqueue(index);
  }
  releaseFrom(state, attempt.fence, index, facts);
  state.counters.attempts[outcome] = (state.counters.attempts[outcome] ?? 0) + 1;
  if (recovery !== undefined) state.counters.recoveries[recovery.action] = (state.counters.recoveries[recovery.action] ?? 0) + 1;
  facts.push({
    type: "AttemptFinished",
    run: run.id,
    task: index,
    attempt: attempt.number,
    outcome,
    task_status,
    duration_ms,
    ...(waited_ms === undefined ? {} : { waited_ms }),
    ...(failure === undefined ? {} : { failure }),
    ...(recovery === undefined ? {} : { recovery }),
    ...(quarantined && { quarantined }),
    ...(log === undefined ? {} : { log }),
    ...(artifacts === undefined ? {} : { artifacts: [...artifacts] }),
    ...(metrics === undefined ? {} : { metrics: [...metrics] }),
  });
}

/** Takes a task back that was never begun, or that its worker hands back. */
export function releaseTask(state: SchedulerState, run: RunState, index: number, attempt: AttemptState, facts: FactBody[]): void {
  endAttempt(state, run, index, attempt, { outcome: "released", task_status: "pending", duration_ms: 0 }, facts);
  if (run.task(index)?.status === "pending") putBack(state, run, index);
}

/** Takes back all that a lease still holds, none of which its worker is to blame for. */
export function releaseLease(state: SchedulerState, lease: LeaseState, facts: FactBody[]): void {
  for (const index of lease.tasks) {
    const attempt = attemptOf(lease.run, index, lease.fence);
    if (attempt !== undefined) releaseTask(state, lease.run, index, attempt, facts);
  }
}

/** Ends one of two attempts of a task that run at the same time, in favour of the other, and has its worker stop. */
export function supersede(
  state: SchedulerState,
  run: RunState,
  index: number,
  attempt: AttemptState,
  reason: string,
  facts: FactBody[],
): void {
  const lease = state.leases.get(attempt.fence);
  const began_ms = lease === undefined || !attempt.started ? undefined : lease.began_ms;
  const duration_ms = began_ms === undefined ? 0 : Math.max(0, state.clock.monotonic_ms() - began_ms);
  endAttempt(state, run, index, attempt, { outcome: "superseded", task_status: "leased", duration_ms }, facts);
  if (lease === undefined) return;
  // A lease is stopped as a whole: what waits in it waits for another.
  releaseLease(state, lease, facts);
  for (const sink of lease.worker.sinks) sink({ type: "stop", fence: lease.fence, reason });
}

/** The attempt of a task that a lease is for. */
function attemptOf(run: RunState, index: number, fence: number): AttemptState | undefined {
  const task = run.task(index);
  return [task?.current, task?.duplicate].find((attempt) => attempt?.fence === fence);
}

/** Gives a final status to tasks that will not run any more, and stops those that do. */
export function settleTasks(
  state: SchedulerState,
  run: RunState,
  indexes: readonly number[],
  status: Extract<FinalTaskStatus, "cancelled" | "incomplete" | "errored" | "skipped">,
  reason: string,
  facts: FactBody[],
): void {
  const open = indexes.filter((index) => !isFinal(run.task(index)?.status ?? "errored"));
  if (open.length === 0) return;
  for (const index of open) {
    const task = run.task(index);
    if (task === undefined) continue;
    noteRetryOver(state, run, index, task, facts);
    task.status = status;
    run.open -= 1;
    run.unqueue(index);
    for (const attempt of [task.current, task.duplicate]) {
      if (attempt?.status !== "running") continue;
      attempt.status = "cancelled";
      const lease = state.leases.get(attempt.fence);
      releaseFrom(state, attempt.fence, index, facts);
      if (lease !== undefined && lease.tasks.size === 0)
        for (const sink of lease.worker.sinks) sink({ type: "stop", fence: lease.fence, reason });
    }
    task.duplicate = undefined;
  }
  facts.push({ type: "TasksSettled", run: run.id, tasks: open, status, reason: reason.slice(0, 1024) });
}

/** The file that a task is only a part or a repetition of, or that is repeated: all its tasks are one entry of the account. */
function entryOf(run: RunState, spec: Task): string | undefined {
  return spec.part?.of ?? spec.repeat?.of ?? (run.repeated.has(spec.key) ? spec.key : undefined);
}

/** Ends the run when none of its tasks is open. */
export function endIfDone(state: SchedulerState, run: RunState, facts: FactBody[], because?: { cancelled: string }): void {
  if (run.open > 0 || !state.runs.has(run.id)) return;
  if (because === undefined && awaitSessions(state, run, (later) => endIfDone(state, run, later))) return;
  const excused = excuseTasks(state, run);
  const account = accountFor(
    run.tasks.map(({ status, flaky, quarantined, spec }) => ({ status, flaky, quarantined, of: entryOf(run, spec) })),
  );
  const withoutTests = suitesWithoutTests(run);
  const verdict = verdictFor(account, {
    cancelled: because !== undefined,
    allowEmpty: run.options.allow_empty,
    teardownFailed: run.teardownFailures.length > 0,
    ranNothing: ranNothing(run) || withoutTests.length > 0,
  });
  const sentence = [
    accountSentence(account),
    ...run.teardownFailures.slice(0, 1).map((text) => text.split("\n", 1)[0]),
    ...(withoutTests.length === 0 ? [] : [`no test of ${withoutTests.join(", ")} was run (where that is right: --allow-empty)`]),
  ].join("; ");
  facts.push({
    type: "RunEnded",
    run: run.id,
    verdict,
    reason: (because === undefined ? sentence : `${because.cancelled} (${sentence})`).slice(0, 1024),
    ...(excused.length > 0 && { excused }),
  });
  // The first of its points are there when its end is known: of most runs that is all of them.
  facts.push({ type: "TrendsTaken", run: run.id });
  forgetRun(state, run.id);
}

/** Leaves a task's lease; a lease without tasks is over. */
function releaseFrom(state: SchedulerState, fence: number, index: number, facts: FactBody[]): void {
  const lease = state.leases.get(fence);
  const [first] = lease?.tasks ?? [];
  if (lease === undefined || !lease.tasks.delete(index)) return;
  // With the one that ran over, the next of the lease begins.
  if (first === index) lease.began_ms = state.clock.monotonic_ms();
  if (lease.tasks.size > 0) return;
  strikeLease(state, lease);
  noteLeaseOver(state, lease, facts);
  lease.worker.freed_ms = state.clock.monotonic_ms();
}

function forgetRun(state: SchedulerState, id: RunId): void {
  const run = state.runs.get(id);
  for (const timer of [run?.deadline, run?.noWorkersTimer, run?.unsatisfiableTimer, run?.closing?.timer]) timer?.cancel();
  if (state.runs.delete(id) && run !== undefined) state.tuner.meter.runOver(run, state.runs.size === 0);
}
