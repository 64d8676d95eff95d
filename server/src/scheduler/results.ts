import {
  type AttemptStatus,
  type FactBody,
  type ResultsRequest,
  resumesSince,
  type ResultsResponse,
  type WorkerEvent,
} from "@shardwright/core";
import { causeOf, classed } from "./causes.ts";
import { checkByWhole } from "./checking.ts";
import { noteSuccess } from "./judging.ts";
import { endAttempt, endIfDone, releaseTask, supersede } from "./endings.ts";
import { noticeOnce } from "./notices.ts";
import { notePassed, signOfCase } from "./outages.ts";
import { learnPace } from "./pool.ts";
import { countFailed, isExcusedAttempt } from "./quarantined.ts";
import { type AttemptState, type RunState, type TaskState, otherAttempt } from "./run-state.ts";
import { judgeByComparison, recoverTask } from "./recovering.ts";
import { isInDoubt, noteCases, withKept } from "./resuming.ts";
import type { SchedulerState } from "./state.ts";

type DropReason = ResultsResponse["dropped"][number]["reason"];

/** Ends that waited less were on their way all the time; those that seem to have waited longer were told by a clock that was set. */
const toldWait_ms = 250;
const longestWait_ms = 3_600_000;

export interface Accepted {
  readonly facts: FactBody[];
  readonly response: ResultsResponse;
}

/**
 * Takes a worker's events in order. The fence decides: an event counts while its lease is the task's latest, or one of its two latest that
 * run at the same time, and the task is open. That includes the late answer of a worker given up for lost, as long as nobody else has the
 * task.
 */
export function acceptEvents(state: SchedulerState, { events, sent_at_ms }: ResultsRequest): Accepted {
  const facts: FactBody[] = [];
  const dropped: ResultsResponse["dropped"] = [];
  events.forEach((event, index) => {
    const reason = acceptEvent(state, event, sent_at_ms, facts);
    if (reason === undefined) return;
    dropped.push({ index, reason });
    state.counters.dropped[reason] = (state.counters.dropped[reason] ?? 0) + 1;
  });
  const accepted = events.length - dropped.length;
  state.counters.accepted += accepted;
  return { facts, response: { accepted, dropped } };
}

function acceptEvent(
  state: SchedulerState,
  event: WorkerEvent,
  sent_at_ms: number | undefined,
  facts: FactBody[],
): DropReason | undefined {
  const run = state.runs.get(event.run);
  const task = run?.task(event.task);
  if (run === undefined || task === undefined) return droppedAfterEnd(state, event);
  const attempt = [task.current, task.duplicate].find((one) => one?.number === event.attempt && one.fence === event.fence);
  if (attempt === undefined) return "stale";
  const isLate = task.status === "pending" && attempt.status === "lost";
  if (attempt.status !== "running" && !isLate) return finishedReason(attempt.status);
  const lease = state.leases.get(event.fence);
  if (lease !== undefined) lease.renewed_ms = state.clock.monotonic_ms();
  switch (event.type) {
    case "started":
      attempt.started = true;
      if (lease !== undefined) lease.began_ms = state.clock.monotonic_ms();
      return undefined;
    case "cases":
      return acceptCases(state, { run, task, attempt }, event, facts);
    case "finished":
      if (event.last !== undefined) {
        const cases = { task: event.task, first: event.cases - event.last.length, cases: event.last };
        if (acceptCases(state, { run, task, attempt }, cases, facts) === "gap") return "gap";
      }
      if (event.cases !== attempt.cases) return "gap";
      finish(state, { run, task, attempt }, event, waitOf(event, sent_at_ms), facts);
      endIfDone(state, run, facts);
      return undefined;
    case "released":
      if (isLate) return "stale";
      releaseTask(state, run, event.task, attempt, facts);
      return undefined;
  }
}

interface Addressee {
  readonly run: RunState;
  readonly task: TaskState;
  readonly attempt: AttemptState;
}

function acceptCases(
  state: SchedulerState,
  { run, task, attempt }: Addressee,
  event: Pick<Extract<WorkerEvent, { type: "cases" }>, "task" | "first" | "cases">,
  facts: FactBody[],
): DropReason | undefined {
  const { first, cases } = event;
  if (first < 0 || first > attempt.cases) return "gap";
  const added = cases.slice(attempt.cases - first);
  if (added.length === 0) return "duplicate";
  facts.push({
    type: "CasesFinished",
    run: run.id,
    task: event.task,
    attempt: attempt.number,
    first: attempt.cases,
    cases: added,
  });
  attempt.cases += added.length;
  attempt.started = true;
  noteCases(attempt, added);
  const wrong = added.filter(({ status }) => status === "failed" || status === "errored");
  if (wrong.length === 0) return undefined;
  const cause = causeOf(wrong);
  attempt.cause = attempt.hasFailed && attempt.cause !== cause ? undefined : cause;
  attempt.hasFailed = true;
  if (wrong[0] !== undefined) attempt.sign ??= signOfCase(task.spec.file, wrong[0]);
  countFailed(attempt, run.quarantine, task.spec.file, wrong);
  // What was seen to fail must not be hidden by another attempt that passes sooner; but one that left out cases may fail for that.
  if (attempt.resumption === undefined && !attempt.isPart)
    supersedeOther(state, { run, task, attempt }, event.task, "a test of it has failed elsewhere", facts);
  return undefined;
}

function supersedeOther(
  state: SchedulerState,
  { run, task, attempt }: Addressee,
  index: number,
  reason: string,
  facts: FactBody[],
): void {
  const other = otherAttempt(task, attempt);
  if (other !== undefined) supersede(state, run, index, other, reason, facts);
}

function finish(
  state: SchedulerState,
  { run, task, attempt }: Addressee,
  event: Extract<WorkerEvent, { type: "finished" }>,
  waited_ms: number | undefined,
  facts: FactBody[],
): void {
  const { duration_ms, log, artifacts, metrics } = event;
  const { outcome, failure } = withKept(attempt, event);
  for (const note of event.artifact_notes ?? []) noticeOnce(run, "artifacts", `${task.spec.file}: ${note}`, facts);
  for (const note of event.measurement_notes ?? []) noticeOnce(run, "measurements", `${task.spec.file}: ${note}`, facts);
  if (attempt.status === "lost") task.losses -= 1;
  const end = { outcome, duration_ms, waited_ms, failure: classed(failure, attempt), log, artifacts, metrics };
  if (state.factVersion() >= resumesSince && isInDoubt(attempt, end))
    return checkByWhole(state, { run, index: event.task, task, attempt }, end, facts);
  supersedeOther(state, { run, task, attempt }, event.task, "it has a result from elsewhere", facts);
  const worker = state.workers.get(attempt.worker);
  if (outcome === "passed" || outcome === "skipped") {
    noteSuccess(state, { run, task, index: event.task, attempt, worker }, facts);
    if (task.recovery?.action === "afresh") run.afreshInVain = 0;
    endAttempt(state, run, event.task, attempt, { ...end, task_status: outcome }, facts);
    if (outcome === "skipped") return;
    if (attempt.resumption === undefined) learnPace(state, run, event.task, attempt, duration_ms);
    notePassed(state, { run, task, index: event.task, attempt }, facts);
    judgeByComparison(state, { run, task, attempt, worker }, event.task, facts);
    return;
  }
  if (attempt.resumption !== undefined && end.failure?.kind !== "browser-crash") task.mustBeWhole = true;
  const quarantined = isExcusedAttempt(run, attempt, { outcome, failure: end.failure });
  recoverTask(state, { run, task, attempt, worker }, event.task, { ...end, outcome, quarantined }, facts);
}

/** How long ago it ended when it was sent. Both are by the worker's clock. */
function waitOf({ ended_at_ms }: Extract<WorkerEvent, { type: "finished" }>, sent_at_ms: number | undefined): number | undefined {
  if (ended_at_ms === undefined || sent_at_ms === undefined) return undefined;
  const waited_ms = sent_at_ms - ended_at_ms;
  return waited_ms < toldWait_ms || waited_ms > longestWait_ms ? undefined : waited_ms;
}

function finishedReason(status: AttemptStatus): DropReason {
  return isResult(status) ? "duplicate" : "stale";
}

function isResult(status: AttemptStatus): boolean {
  return status === "passed" || status === "failed" || status === "errored" || status === "skipped";
}

function droppedAfterEnd(state: SchedulerState, event: WorkerEvent): DropReason {
  const attempt = state.queries.tasks.attempt(event.run, event.task, event.attempt);
  if (attempt === undefined || attempt.fence !== event.fence) return "stale";
  return finishedReason(attempt.status);
}
