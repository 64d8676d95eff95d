import {
  type RunId,
  ShardwrightError,
  type TimelineAnswer,
  type TimelineAttempt,
  type TimelineSource,
  accountFor,
  accountSentence,
  timelineOf,
  troubleOf,
} from "@shardwright/core";
import type { z } from "zod";
import type { timelineQuerySchema } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";
import type { AttemptRow, TaskRow } from "../database/queries/tasks.ts";
import type { WorkerRow } from "../database/queries/workers.ts";
import { beginningsOf } from "./beginnings.ts";
import { recoveryOf, workersOf } from "./build-report.ts";
import { incidentsOf } from "./incidents-of.ts";
import { type Parts, atOnce } from "../parts-of-work.ts";

/** What is known of a run without its cases, logs and artifacts. */
export interface RunHistory extends TimelineSource {
  readonly row: RunRow;
  /** A task of the run each, as the scheduler has them: the parts of a file are tasks of their own. */
  readonly tasks: readonly HistoryTask[];
}

export interface HistoryTask {
  readonly row: TaskRow;
  readonly file: string;
  readonly parts?: number;
  readonly attempts: readonly (TimelineAttempt & { readonly workerId: string })[];
}

/** Tasks that are read, and attempts that are described, at once: some milliseconds. */
const tasksAtOnce = 250;
const attemptsAtOnce = 1000;

/** @returns undefined for a run that is not known */
export function historyOf(queries: Queries, run: RunId, now_ms: number): RunHistory | undefined {
  return atOnce(historyParts(queries, run, now_ms));
}

/** The same in parts: between two of them others may have their turn. */
export function* historyParts(queries: Queries, run: RunId, now_ms: number): Parts<RunHistory | undefined> {
  const row = queries.runs.byId(run);
  if (row === undefined) return undefined;
  const read = yield* rowsOf(queries, run);
  const taskRows = read.tasks;
  // Read after the attempts: whoever made one is among them.
  const workers = workersOf(queries, run);
  yield;
  const attempts = yield* attemptsByTask(row, read.attempts, workers);
  const since = (at_ms: number) => Math.max(0, at_ms - row.submitted_at_ms);
  return {
    row,
    run: { duration_ms: since(row.ended_at_ms ?? now_ms) },
    isOver: row.status === "ended",
    verdict: row.verdict ?? "incomplete",
    reason: row.reason ?? `${accountSentence(accountFor(taskRows.map(({ status, flaky }) => ({ status, flaky }))))}.`,
    notices: queries.tasks.notices(run).map(({ at_ms, code, message }) => ({ at_ms: since(at_ms), code, message })),
    incidents: incidentsOf(queries, row, workers, now_ms),
    tasks: taskRows.map((task) => ({
      row: task,
      file: task.file,
      ...(task.part !== null && { parts: task.part.count }),
      attempts: (attempts.get(task.task) ?? []).map((attempt) =>
        task.part === null ? attempt : { ...attempt, part: task.part.index },
      ),
    })),
  };
}

/** One page of what happened in a run. @throws ShardwrightError `not-found` */
export function readTimeline(
  queries: Queries,
  run: RunId,
  { only, after, limit }: z.infer<typeof timelineQuerySchema>,
  now_ms: number,
): TimelineAnswer {
  const history = historyOf(queries, run, now_ms);
  if (history === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const all = timelineOf(history);
  const events = only === "trouble" ? troubleOf(all) : all;
  const end = after + limit;
  return {
    run,
    status: history.row.status,
    submitted_at_ms: history.row.submitted_at_ms,
    total: events.length,
    ...(end < events.length && { next: end }),
    events: events.slice(after, end),
  };
}

/** Each task with its attempts as both were in one moment. */
function* rowsOf(queries: Queries, run: RunId): Parts<{ tasks: TaskRow[]; attempts: AttemptRow[] }> {
  const tasks: TaskRow[] = [];
  const attempts: AttemptRow[] = [];
  for (let after = -1; ; yield) {
    const next = queries.tasks.nextOfRun(run, after, tasksAtOnce);
    const last = next.at(-1)?.task;
    if (last === undefined) return { tasks, attempts };
    for (const task of next) tasks.push(task);
    for (const attempt of queries.tasks.attemptsBetween(run, after, last)) attempts.push(attempt);
    after = last;
  }
}

function* attemptsByTask(
  row: RunRow,
  rows: readonly AttemptRow[],
  workers: ReadonlyMap<string, WorkerRow>,
): Parts<Map<number, HistoryTask["attempts"][number][]>> {
  const beginnings = beginningsOf(rows, workers);
  yield;
  const since = (at_ms: number) => Math.max(0, at_ms - row.submitted_at_ms);
  const byTask = new Map<number, HistoryTask["attempts"][number][]>();
  for (const [place, one] of rows.entries()) {
    if (place % attemptsAtOnce === attemptsAtOnce - 1) yield;
    const described = {
      attempt: one.attempt,
      ...(one.duplicate && { duplicate: true as const }),
      workerId: one.worker,
      worker: workers.get(one.worker)?.name ?? one.worker,
      status: one.status,
      dealt_ms: since(one.leased_at_ms),
      started_ms: since(beginnings.get(one) ?? one.leased_at_ms),
      ...(one.ended_at_ms !== null && { ended_ms: since(one.ended_at_ms) }),
      duration_ms: one.duration_ms,
      ...(one.failure !== null && { failure: one.failure }),
      ...(one.recovery !== null && { recovery: recoveryOf(one.recovery, one.ended_at_ms) }),
    };
    const known = byTask.get(one.task);
    if (known === undefined) byTask.set(one.task, [described]);
    else known.push(described);
  }
  return byTask;
}
