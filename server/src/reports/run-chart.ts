import {
  type RunChart,
  type RunId,
  ShardwrightError,
  type TimelineEvent,
  attemptCauses,
  attemptStatusSchema,
  chartAttemptsLimit,
  chartMarksLimit,
  hardwareClass,
  incidentLabel,
  timelineOf,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import { workersOf } from "./build-report.ts";
import { type HistoryTask, type RunHistory, historyOf } from "./run-history.ts";

type Mark = RunChart["marks"][number];
type Cause = (typeof attemptCauses)[number];

const markKinds: ReadonlySet<string> = new Set<Mark["kind"]>([
  "coordinator",
  "worker",
  "breaker",
  "decided",
  "notice",
  "excused",
]);
const outcomes = attemptStatusSchema.options;

/** Who ran what when in a run, as a picture of it needs that. @throws ShardwrightError `not-found` */
export function chartOf(queries: Queries, run: RunId, now_ms: number): RunChart {
  const history = historyOf(queries, run, now_ms);
  if (history === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const { row, tasks } = history;
  const workers = [...workersOf(queries, run).values()];
  const places = new Map(workers.map(({ id }, place) => [id, place]));
  const marks = marksOf(history, places);
  const { columns, left_out } = columnsOf(tasks, places);
  return {
    run,
    status: row.status,
    ...(row.verdict !== null && { verdict: row.verdict }),
    submitted_at_ms: row.submitted_at_ms,
    duration_ms: Math.round(history.run.duration_ms),
    workers: workers.map(({ id, name, capabilities }) => ({ id, name, hardware_class: hardwareClass(capabilities) })),
    tasks: {
      file: tasks.map(({ file }) => file),
      status: tasks.map((task) => task.row.status),
      parts: tasks.flatMap(({ row: { part } }, task) => (part === null ? [] : [{ task, part: part.index, of: part.count }])),
    },
    attempts: columns,
    outcomes: [...outcomes],
    causes: [...attemptCauses],
    marks: marks.slice(-chartMarksLimit),
    left_out: { attempts: left_out, marks: Math.max(0, marks.length - chartMarksLimit) },
  };
}

function columnsOf(
  tasks: readonly HistoryTask[],
  places: ReadonlyMap<string, number>,
): { columns: RunChart["attempts"]; left_out: number } {
  const columns: RunChart["attempts"] = { task: [], attempt: [], worker: [], start_ms: [], end_ms: [], outcome: [], cause: [] };
  let left_out = 0;
  for (const [task, { attempts }] of tasks.entries()) {
    for (const [at, attempt] of attempts.entries()) {
      if (columns.task.length >= chartAttemptsLimit) {
        left_out += 1;
        continue;
      }
      columns.task.push(task);
      columns.attempt.push(attempt.attempt);
      columns.worker.push(places.get(attempt.workerId) ?? 0);
      columns.start_ms.push(Math.round(attempt.started_ms));
      columns.end_ms.push(attempt.ended_ms === undefined ? -1 : Math.round(attempt.ended_ms));
      columns.outcome.push(outcomes.indexOf(attempt.status));
      columns.cause.push(attemptCauses.indexOf(causeOf(attempts, at)));
    }
  }
  return { columns, left_out };
}

function causeOf(attempts: HistoryTask["attempts"], at: number): Cause {
  const before = attempts[at - 1];
  if (attempts[at]?.duplicate === true) return "duplicate";
  if (before === undefined) return "first";
  return before.status === "lost" || before.status === "released" ? "migrated" : "retry";
}

/** Oldest first. Sentences are made for tasks alone of which something was decided: most of them have nothing to tell. */
function marksOf(history: RunHistory, places: ReadonlyMap<string, number>): Mark[] {
  const byName = new Map<string, number>();
  for (const { attempts } of history.tasks)
    for (const { worker, workerId } of attempts) byName.set(worker, places.get(workerId) ?? 0);
  const without = { ...history, incidents: [], notices: [], isOver: false };
  const ofTasks: Mark[] = [];
  for (const [index, task] of history.tasks.entries()) {
    if (task.attempts.every(({ recovery }) => recovery === undefined)) continue;
    for (const event of timelineOf({ ...without, tasks: [task] })) ofTasks.push(...markOf(event, byName, index));
  }
  const ofAll = timelineOf({ ...history, tasks: [] }).flatMap((event) => markOf(event, byName));
  return [...ofAll, ...ofTasks].sort((a, b) => a.at_ms - b.at_ms);
}

function markOf(
  { at_ms, kind, text, worker, incident }: TimelineEvent,
  places: ReadonlyMap<string, number>,
  task?: number,
): Mark[] {
  if (!markKinds.has(kind)) return [];
  const place = worker === undefined ? undefined : places.get(worker);
  const gone = incident?.of === "worker" && (incident.what === "lost" || incident.what === "left") ? incident.what : undefined;
  return [
    {
      at_ms: Math.round(at_ms),
      kind: kind as Mark["kind"],
      text,
      ...(incident !== undefined && { label: incidentLabel(incident) }),
      ...(place !== undefined && { worker: place }),
      ...(gone !== undefined && { gone }),
      ...(task !== undefined && { task }),
    },
  ];
}
