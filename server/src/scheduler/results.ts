import { type FactBody, type ResultsResponse, type WorkerEvent, afterFailure, retryBudget } from "@shardwright/core";
import { endAttempt, endIfDone, releaseTask } from "./endings.ts";
import { noticeOnce } from "./notices.ts";
import type { RunState, TaskState } from "./run-state.ts";
import { type SchedulerState, later } from "./state.ts";

type DropReason = ResultsResponse["dropped"][number]["reason"];

export interface Accepted {
  readonly facts: FactBody[];
  readonly response: ResultsResponse;
}

/**
 * Takes a worker's events in order. The fence decides: an event counts while its lease is the task's latest and the task is open. That
 * includes the late answer of a worker given up for lost, as long as nobody else has the task.
 */
export function acceptEvents(state: SchedulerState, events: readonly WorkerEvent[]): Accepted {
  const facts: FactBody[] = [];
  const dropped: ResultsResponse["dropped"] = [];
  events.forEach((event, index) => {
    const reason = acceptEvent(state, event, facts);
    if (reason === undefined) return;
    dropped.push({ index, reason });
    state.counters.dropped[reason] = (state.counters.dropped[reason] ?? 0) + 1;
  });
  const accepted = events.length - dropped.length;
  state.counters.accepted += accepted;
  return { facts, response: { accepted, dropped } };
}

function acceptEvent(state: SchedulerState, event: WorkerEvent, facts: FactBody[]): DropReason | undefined {
  const run = state.runs.get(event.run);
  const task = run?.task(event.task);
  if (run === undefined || task === undefined) return droppedAfterEnd(state, event);
  if (event.attempt !== task.attempt || event.fence !== task.fence) return "stale";
  const isLate = task.status === "pending" && task.attemptStatus === "lost";
  if (task.status !== "leased" && !isLate) return task.attemptStatus === "released" ? "stale" : finishedReason(task);
  const lease = state.leases.get(event.fence);
  if (lease !== undefined) lease.renewed_ms = state.clock.monotonic_ms();
  switch (event.type) {
    case "started":
      task.started = true;
      return undefined;
    case "cases":
      return acceptCases(run, task, event, facts);
    case "finished":
      if (event.cases !== task.cases) return "gap";
      finish(state, run, task, event, facts);
      endIfDone(state, run, facts);
      return undefined;
    case "released":
      if (isLate) return "stale";
      releaseTask(state, run, event.task, facts);
      return undefined;
  }
}

function acceptCases(
  run: RunState,
  task: TaskState,
  event: Extract<WorkerEvent, { type: "cases" }>,
  facts: FactBody[],
): DropReason | undefined {
  const { first, cases, attempt } = event;
  if (first > task.cases) return "gap";
  const added = cases.slice(task.cases - first);
  if (added.length === 0) return "duplicate";
  facts.push({ type: "CasesFinished", run: run.id, task: event.task, attempt, first: task.cases, cases: added });
  task.cases += added.length;
  task.started = true;
  return undefined;
}

function finish(
  state: SchedulerState,
  run: RunState,
  task: TaskState,
  event: Extract<WorkerEvent, { type: "finished" }>,
  facts: FactBody[],
): void {
  const { outcome, duration_ms, failure, log } = event;
  if (task.attemptStatus === "lost") task.losses -= 1;
  const end = { outcome, duration_ms, failure, log };
  if (outcome === "passed" || outcome === "skipped") {
    endAttempt(state, run, event.task, { ...end, task_status: outcome }, facts);
    return;
  }
  task.failures += 1;
  const decision = afterFailure({
    failures: task.failures,
    max_retries: run.options.max_retries,
    spent: run.retries,
    tasks: run.tasks.length,
  });
  const avoid = task.worker;
  endAttempt(state, run, event.task, { ...end, task_status: decision === "retry" ? "pending" : outcome }, facts);
  if (decision === "retry") {
    run.retries += 1;
    run.unqueue(event.task);
    const preference_ms = state.options.retryPreference_ms;
    run.queueAlone({ task: event.task, avoid, until_ms: state.clock.monotonic_ms() + preference_ms });
    later(state, preference_ms, () => {});
  } else if (decision === "budget-spent") {
    const budget = retryBudget(run.tasks.length);
    noticeOnce(run, "retry-budget", `The run has spent its ${budget} retries; further failures count at once.`, facts);
  }
}

function finishedReason(task: TaskState): DropReason {
  return task.attemptStatus === "cancelled" ? "stale" : "duplicate";
}

function droppedAfterEnd(state: SchedulerState, event: WorkerEvent): DropReason {
  const attempt = state.queries.tasks.attempt(event.run, event.task, event.attempt);
  if (attempt === undefined || attempt.fence !== event.fence) return "stale";
  return ["passed", "failed", "errored", "skipped"].includes(attempt.status) ? "duplicate" : "stale";
}
