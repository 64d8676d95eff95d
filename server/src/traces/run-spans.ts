import { type CaseResult, type Incident, caseName, incidentText } from "@shardwright/core";
import type { HistoryTask, RunHistory } from "../reports/run-history.ts";
import { contextAttributes, resultOf, suiteStatus, taskResults, verdictResults } from "./conventions.ts";
import { type SpanData, type SpanEvent, type SpanValue, hashedId } from "./span.ts";

type Attempt = HistoryTask["attempts"][number];
type Attributes = Record<string, SpanValue>;

/** What a run's spans are made of, beside its history. */
export interface CaseSource {
  /** Spans for cases, of all the run's tasks together, at most; none when 0. */
  readonly limit: number;
  /** Cases of a task's attempts since the run was opened, in their order. */
  readonly ofTask: (task: number) => readonly { readonly attempt: number; readonly result: CaseResult }[];
}

const textLimit = 1024;
const eventsLimit = 128;

/**
 * The spans of a run that is over, since it was last opened: of the run, of each of its tasks that was dealt, and of each attempt, with what
 * was decided as events; the run's own span is the last, so that whoever has it has them all. Times are those of the facts.
 */
export function* spansOf(history: RunHistory, cases: CaseSource): Generator<SpanData> {
  const { row } = history;
  const of = traceOf(history);
  let left = cases.limit;
  for (const task of history.tasks) {
    const attempts = task.attempts.filter(({ dealt_ms = 0 }) => row.submitted_at_ms + dealt_ms >= row.opened_at_ms);
    if (attempts.length === 0) continue;
    const taskSpan = taskOf(history, task, attempts, of);
    for (const attempt of attempts) yield attemptOf(history, task, attempt, taskSpan);
    if (left > 0)
      for (const span of caseSpans(history, task, attempts, taskSpan, cases.ofTask(task.row.task).slice(0, left))) {
        left -= 1;
        yield span;
      }
    yield taskSpan;
  }
  yield runOf(history, of);
}

interface TraceOf {
  readonly trace: string;
  /** Of the run's own span. */
  readonly id: string;
  readonly parent: SpanData["parent"];
}

/** A run that a traceparent came with is a part of that trace; another one is a trace of its own, in which it stays when it is opened again. */
function traceOf({ row }: RunHistory): TraceOf {
  const [, trace, id] = row.trace_parent?.split("-") ?? [];
  return {
    trace: trace ?? hashedId(32, row.id),
    id: hashedId(16, row.id, row.opened_position),
    parent: trace === undefined || id === undefined ? undefined : { trace, id },
  };
}

function runOf(history: RunHistory, { trace, id, parent }: TraceOf): SpanData {
  const { row, tasks } = history;
  const result = verdictResults[history.verdict];
  const isGood = result === "success";
  return {
    name: `RUN ${row.project}`,
    kind: "server",
    trace,
    id,
    ...(parent !== undefined && { parent }),
    start_ms: row.opened_at_ms,
    end_ms: Math.max(row.opened_at_ms, row.ended_at_ms ?? 0),
    ...statusOf(isGood, history.reason),
    attributes: {
      "cicd.pipeline.name": row.project,
      "cicd.pipeline.run.id": row.id,
      "cicd.pipeline.action.name": "RUN",
      "cicd.pipeline.result": result,
      ...(!isGood && { "error.type": history.verdict }),
      ...contextAttributes(row.context),
      "shardwright.run.key": row.run_key,
      "shardwright.run.tasks": tasks.length,
      "shardwright.run.verdict": history.verdict,
    },
    events: runEvents(history),
  };
}

/** What happened to workers, breakers and coordinators, and what notices say. */
function runEvents({ row, incidents = [], notices }: RunHistory): SpanEvent[] {
  const at = (at_ms: number) => row.submitted_at_ms + at_ms;
  const events = [
    ...incidents.map(({ at_ms, ...incident }) => ({
      name: `shardwright.${incident.of}.${incident.what.replace("-", "_")}`,
      at_ms: at(at_ms),
      attributes: incidentAttributes(incident),
    })),
    ...notices.map(({ at_ms, code, message }) => ({
      name: "shardwright.notice",
      at_ms: at(at_ms),
      attributes: { "shardwright.notice.code": code, "shardwright.message": message.slice(0, textLimit) },
    })),
  ];
  return events
    .filter(({ at_ms }) => at_ms >= row.opened_at_ms)
    .sort((a, b) => a.at_ms - b.at_ms)
    .slice(0, eventsLimit);
}

function incidentAttributes(incident: Incident): Attributes {
  const { of, name, scope } = incident;
  return {
    "shardwright.message": incidentText(incident).slice(0, textLimit),
    ...(of === "worker" && { "cicd.worker.name": name }),
    ...(of === "breaker" && { "shardwright.breaker.scope": scope ?? "worker", "shardwright.breaker.name": name }),
    ...(of === "coordinator" && { "shardwright.coordinator": name }),
  };
}

function taskOf(history: RunHistory, task: HistoryTask, attempts: readonly Attempt[], of: TraceOf): SpanData {
  const { row, file } = task;
  const { submitted_at_ms, ended_at_ms } = history.row;
  const start_ms = Math.min(...attempts.map(({ dealt_ms = 0 }) => dealt_ms));
  const end_ms = Math.max(...attempts.map((attempt) => endOf(history, attempt)));
  const last = attempts.find(({ attempt }) => attempt === row.current) ?? attempts.at(-1);
  const result = resultOf(taskResults[row.status], last?.failure?.kind);
  const isGood = result === "success" || result === "skip";
  const part = row.part === null ? "" : ` part ${row.part.index + 1} of ${row.part.count}`;
  return {
    name: `${file}${part}`,
    kind: "internal",
    trace: of.trace,
    id: hashedId(16, history.row.id, history.row.opened_position, row.task),
    parent: { trace: of.trace, id: of.id },
    start_ms: submitted_at_ms + start_ms,
    end_ms: Math.min(submitted_at_ms + end_ms, ended_at_ms ?? Number.POSITIVE_INFINITY),
    ...statusOf(isGood, row.reason ?? last?.failure?.message ?? row.status),
    attributes: {
      "cicd.pipeline.task.name": `${file}${part}`,
      "cicd.pipeline.task.run.id": `${history.row.id}/${row.task}`,
      "cicd.pipeline.task.run.result": result,
      "cicd.pipeline.task.type": "test",
      "test.suite.name": file,
      "test.suite.run.status": suiteStatus(result),
      ...(!isGood && { "error.type": last?.failure?.kind ?? row.status }),
      "shardwright.suite": row.suite,
      "shardwright.flaky": row.flaky,
      "shardwright.attempts": attempts.length,
    },
    events: attempts.flatMap((attempt) => decisionsOf(history, attempt)).slice(0, eventsLimit),
  };
}

/** What was decided for the task when the attempt had ended, and that it was begun once more. */
function decisionsOf(history: RunHistory, attempt: Attempt): SpanEvent[] {
  const { recovery, duplicate, dealt_ms = 0 } = attempt;
  const { submitted_at_ms } = history.row;
  const events: SpanEvent[] = [];
  if (duplicate === true)
    events.push({
      name: "shardwright.speculation",
      at_ms: submitted_at_ms + dealt_ms,
      attributes: { "shardwright.attempt": attempt.attempt, "cicd.worker.name": attempt.worker },
    });
  if (recovery !== undefined)
    events.push({
      name: "shardwright.recovery",
      at_ms: submitted_at_ms + endOf(history, attempt),
      attributes: {
        "shardwright.attempt": attempt.attempt,
        "shardwright.recovery.action": recovery.action,
        "shardwright.recovery.level": recovery.level,
        "shardwright.recovery.charged": recovery.charged,
        ...(recovery.wait_ms !== undefined && { "shardwright.recovery.wait_ms": recovery.wait_ms }),
        ...(recovery.because !== undefined && { "shardwright.recovery.because": recovery.because }),
      },
    });
  return events;
}

function attemptOf(history: RunHistory, task: HistoryTask, attempt: Attempt, parent: SpanData): SpanData {
  const { submitted_at_ms } = history.row;
  const { status, failure, worker, workerId } = attempt;
  const isGood = !["failed", "errored", "lost"].includes(status);
  return {
    name: `${task.file} attempt ${attempt.attempt}`,
    kind: "internal",
    trace: parent.trace,
    id: attemptId(history, task, attempt.attempt),
    parent: { trace: parent.trace, id: parent.id },
    start_ms: submitted_at_ms + attempt.started_ms,
    end_ms: submitted_at_ms + endOf(history, attempt),
    ...statusOf(isGood, failure?.message ?? status),
    attributes: {
      "cicd.worker.id": workerId,
      "cicd.worker.name": worker,
      "test.suite.name": task.file,
      ...(!isGood && { "error.type": failure?.kind ?? status }),
      "shardwright.attempt": attempt.attempt,
      "shardwright.attempt.status": status,
      "shardwright.attempt.waited_ms": Math.max(0, attempt.started_ms - (attempt.dealt_ms ?? attempt.started_ms)),
      ...(attempt.duplicate === true && { "shardwright.attempt.duplicate": true }),
    },
    events: [],
  };
}

/**
 * Cases end one after the other; when each began, frameworks do not say. They are laid end to end, and begin so that the last one ends with
 * the attempt at the latest.
 */
function* caseSpans(
  history: RunHistory,
  task: HistoryTask,
  attempts: readonly Attempt[],
  parent: SpanData,
  cases: ReturnType<CaseSource["ofTask"]>,
): Generator<SpanData> {
  for (const attempt of attempts) {
    const own = cases.filter((one) => one.attempt === attempt.attempt);
    const total_ms = own.reduce((sum, { result }) => sum + result.duration_ms, 0);
    const end_ms = endOf(history, attempt);
    const scale = total_ms === 0 ? 0 : Math.min(1, (end_ms - attempt.started_ms) / total_ms);
    let at_ms = history.row.submitted_at_ms + Math.max(attempt.started_ms, end_ms - total_ms);
    for (const [index, { result }] of own.entries()) {
      const isGood = result.status === "passed" || result.status === "skipped";
      const name = caseName(result).slice(0, textLimit);
      const start_ms = at_ms;
      at_ms += result.duration_ms * scale;
      yield {
        name,
        kind: "internal",
        trace: parent.trace,
        id: hashedId(16, history.row.id, history.row.opened_position, task.row.task, attempt.attempt, index),
        parent: { trace: parent.trace, id: attemptId(history, task, attempt.attempt) },
        start_ms,
        end_ms: at_ms,
        ...statusOf(isGood, result.message ?? result.status),
        attributes: {
          "test.case.name": name,
          "test.case.result.status": { passed: "pass", failed: "fail", errored: "fail", skipped: "skip" }[result.status],
          "test.suite.name": task.file,
          ...(result.status === "failed" && { "error.type": "assertion" }),
          ...(result.status === "errored" && { "error.type": "errored" }),
        },
        events: [],
      };
    }
  }
}

function attemptId({ row }: RunHistory, task: HistoryTask, attempt: number): string {
  return hashedId(16, row.id, row.opened_position, task.row.task, attempt);
}

/** Since the run was submitted; what was still under way when it ended ended with it. */
function endOf({ run }: RunHistory, { ended_ms, started_ms }: Attempt): number {
  return Math.max(started_ms, ended_ms ?? run.duration_ms);
}

function statusOf(isGood: boolean, message: string): Pick<SpanData, "status" | "message"> {
  return isGood ? { status: "unset" } : { status: "error", message: (message.split("\n")[0] ?? "").slice(0, textLimit) };
}
