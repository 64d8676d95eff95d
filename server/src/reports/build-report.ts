import {
  type Artifact,
  type Failure,
  type QuarantineEntry,
  type Recovery,
  type ReportAttempt,
  type ReportTask,
  type RunId,
  type RunReport,
  ShardwrightError,
  accountFor,
  accountSentence,
  analyseFailures,
  countCases,
  isFinal,
  joinParts,
  markQuarantined,
  quarantineOf,
  reportVersion,
  splitCasesLimit,
  withRepetitions,
} from "@shardwright/core";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";
import type { AttemptRow, TaskRow } from "../database/queries/tasks.ts";
import type { WorkerRow } from "../database/queries/workers.ts";
import { beginningsOf } from "./beginnings.ts";
import { compareWithBase } from "./compare-runs.ts";
import { failureHistories } from "./failure-history.ts";
import { incidentsOf } from "./incidents-of.ts";
import { LogTails } from "./log-tails.ts";
import { costOf } from "./cost.ts";

/**
 * All that a run left behind so far.
 * @param now_ms the coordinator's clock: the end of what still runs
 * @throws ShardwrightError `not-found`
 */
export async function buildReport(
  queries: Queries,
  blobs: Pick<BlobStore, "tail">,
  run: RunId,
  now_ms: number,
): Promise<RunReport> {
  const row = queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const taskRows = queries.tasks.ofRun(run);
  const attemptRows = countedLast(queries.tasks.attempts(run), taskRows);
  const workers = workersOf(queries, run);
  const notices = queries.tasks.notices(run);
  const runners = new Map(row.suites.map(({ name, runner }) => [name, runner]));
  const attempts = await describeAttempts({
    row,
    attemptRows,
    workers,
    ...casesByAttempt(queries, run, taskRows, row.quarantine ?? []),
    artifacts: artifactsByAttempt(queries, run),
    blobs,
  });
  const tasks = inWholeFiles(taskRows).map((rows) => describeTask(rows, runners.get(rows[0].suite) ?? "", attempts));
  const account = accountFor(tasks);
  const quarantine = quarantineOf(tasks, row.quarantine ?? []);
  const ended_at_ms = row.ended_at_ms ?? now_ms;
  const report: RunReport = {
    version: reportVersion,
    run: {
      id: row.id,
      key: row.run_key,
      project: row.project,
      manifest_hash: row.manifest_hash,
      context: row.context,
      submitted_at_ms: row.submitted_at_ms,
      duration_ms: Math.max(0, ended_at_ms - row.submitted_at_ms),
    },
    // A run that is not over has no verdict yet: what is open makes it incomplete.
    verdict: row.verdict ?? "incomplete",
    reason: row.reason ?? `The run is not over: ${accountSentence(account)}.`,
    ...(row.tests_reason !== null && { tests_reason: row.tests_reason }),
    account,
    cases: countCases(tasks),
    cost: costOf({ row, attempts: attemptRows, workers: [...workers.values()], ended_at_ms }),
    ...(quarantine.length > 0 && { quarantine }),
    incidents: incidentsOf(queries, row, workers, now_ms),
    notices: notices.map(({ at_ms, code, message }) => ({ at_ms: Math.max(0, at_ms - row.submitted_at_ms), code, message })),
    suites: row.suites.map(({ name, runner, directory, options: { environment: _environment, ...options }, selection }) => ({
      name,
      runner,
      directory,
      options,
      ...(selection !== undefined && { selection }),
    })),
    tasks,
    workers: [...workers.values()].map(({ name, slots, capabilities, status, reason }) => ({
      name,
      slots,
      capabilities,
      status,
      ...(reason === null ? {} : { reason }),
    })),
  };
  const comparison = await compareWithBase(queries, row, report);
  return { ...report, failures: analyseFailures(report, failureHistories(queries, row)), ...(comparison && { comparison }) };
}

/** Those that ran something of a run, by their ids. */
export function workersOf(queries: Queries, run: RunId): Map<string, WorkerRow> {
  return new Map(
    queries.tasks.workers(run).flatMap((id) => {
      const worker = queries.workers.byId(id);
      return worker === undefined ? [] : [[id, worker] as const];
    }),
  );
}

/** The attempts of each task in order, the one that speaks for it after all others: a duplicate may have come to nothing. */
function countedLast(attempts: readonly AttemptRow[], tasks: readonly TaskRow[]): AttemptRow[] {
  const current = new Map(tasks.map((task) => [task.task, task.current]));
  const isCounted = ({ task, attempt }: AttemptRow) => Number(current.get(task) === attempt);
  return attempts.toSorted((a, b) => a.task - b.task || isCounted(a) - isCounted(b) || a.attempt - b.attempt);
}

interface AttemptsInput {
  readonly row: RunRow;
  readonly attemptRows: readonly AttemptRow[];
  readonly workers: ReadonlyMap<string, WorkerRow>;
  readonly cases: ReadonlyMap<string, ReportAttempt["cases"]>;
  /** How many of these each took over from those before it. */
  readonly takenOver: ReadonlyMap<string, number>;
  readonly artifacts: ReadonlyMap<string, Artifact[]>;
  readonly blobs: Pick<BlobStore, "tail">;
}

async function describeAttempts({
  row,
  attemptRows,
  workers,
  cases,
  takenOver,
  artifacts,
  blobs,
}: AttemptsInput): Promise<Map<number, ReportAttempt[]>> {
  const tails = await LogTails.read(blobs, attemptRows);
  const beginnings = beginningsOf(attemptRows, workers);
  const byTask = new Map<number, ReportAttempt[]>();
  for (const attempt of attemptRows) {
    const { task, worker, status, leased_at_ms, ended_at_ms, duration_ms } = attempt;
    const began_ms = beginnings.get(attempt) ?? leased_at_ms;
    const failure: Failure | null = attempt.failure;
    const log = tails.of(attempt);
    const files = artifacts.get(`${task}/${attempt.attempt}`);
    const described: ReportAttempt = {
      attempt: attempt.attempt,
      ...(attempt.duplicate && { duplicate: true as const }),
      ...(attempt.resumes !== null && {
        resumed: { attempt: attempt.resumes, cases: takenOver.get(`${task}/${attempt.attempt}`) ?? 0 },
      }),
      worker: workers.get(worker)?.name ?? worker,
      status,
      dealt_ms: Math.max(0, leased_at_ms - row.submitted_at_ms),
      started_ms: Math.max(0, began_ms - row.submitted_at_ms),
      ...(ended_at_ms === null ? {} : { ended_ms: Math.max(0, ended_at_ms - row.submitted_at_ms) }),
      duration_ms,
      ...(failure === null ? {} : { failure }),
      ...(attempt.recovery === null ? {} : { recovery: recoveryOf(attempt.recovery, ended_at_ms) }),
      cases: cases.get(`${task}/${attempt.attempt}`) ?? [],
      ...(attempt.metrics === null ? {} : { metrics: attempt.metrics }),
      ...(log === undefined ? {} : { log }),
      ...(files === undefined ? {} : { artifacts: files }),
    };
    const known = byTask.get(task);
    if (known === undefined) byTask.set(task, [described]);
    else known.push(described);
  }
  return byTask;
}

export function recoveryOf({ from_ms, ...recovery }: Recovery, ended_at_ms: number | null): ReportAttempt["recovery"] {
  if (from_ms === undefined || ended_at_ms === null) return recovery;
  return { ...recovery, wait_ms: Math.max(0, from_ms - ended_at_ms) };
}

/** The tasks of one entry of the manifest: one, or the parts of a file in their order; then repetitions of what is new in it. */
type WholeFile = readonly [TaskRow, ...TaskRow[]];

function inWholeFiles(rows: readonly TaskRow[]): WholeFile[] {
  const files = new Map<string, [TaskRow, ...TaskRow[]]>();
  for (const row of rows) {
    const key = row.file_key;
    const known = files.get(key);
    if (known === undefined) files.set(key, [row]);
    else known.push(row);
  }
  return [...files.values()].map((file): WholeFile => {
    const [first = file[0], ...rest] = file.toSorted((a, b) => placeIn(a) - placeIn(b));
    return [first, ...rest];
  });
}

function placeIn({ part, repeat }: TaskRow): number {
  return repeat === null ? (part?.index ?? 0) : splitCasesLimit + repeat.index;
}

function describeTask(all: WholeFile, runner: string, attempts: ReadonlyMap<number, ReportAttempt[]>): ReportTask {
  const [{ suite, file, args, requirements, browser, part, key }] = all;
  const rows = all.filter(({ repeat }) => repeat === null);
  const repeats = all.filter(({ repeat }) => repeat !== null);
  const { status, flaky, quarantined } = all.length === 1 ? all[0] : joinParts(all);
  const reason = all.find((row) => row.status === status && row.reason !== null)?.reason;
  const estimates_ms = rows.flatMap(({ estimate_ms }) => (estimate_ms === null ? [] : [estimate_ms]));
  const described: ReportTask = {
    key: part?.of ?? key,
    suite,
    runner,
    file,
    args,
    requirements,
    ...(browser !== null && { browser }),
    status: isFinal(status) ? status : "incomplete",
    flaky,
    ...(quarantined === true && { quarantined }),
    ...(reason == null ? {} : { reason }),
    ...(estimates_ms.length < rows.length ? {} : { estimate_ms: estimates_ms.reduce((sum, value) => sum + value, 0) }),
    ...(part === null ? {} : { parts: part.count }),
    places: rows.map(({ task }) => task),
    attempts: rows.flatMap((row) => {
      const own = attempts.get(row.task) ?? [];
      const { part: share } = row;
      return share === null ? own : own.map((attempt) => ({ ...attempt, part: share.index }));
    }),
  };
  if (repeats.length === 0) return described;
  return withRepetitions(
    described,
    repeats.map((row) => ({ status: row.status, attempt: attempts.get(row.task)?.at(-1) })),
  );
}

function casesByAttempt(queries: Queries, run: RunId, tasks: readonly TaskRow[], quarantine: readonly QuarantineEntry[]) {
  const cases = new Map<string, ReportAttempt["cases"]>();
  const takenOver = new Map<string, number>();
  for (const { task, attempt, number, result } of queries.tasks.cases(run)) {
    const key = `${task}/${attempt}`;
    if (number < 0) takenOver.set(key, (takenOver.get(key) ?? 0) + 1);
    const known = cases.get(key);
    if (known === undefined) cases.set(key, [result]);
    else known.push(result);
  }
  return { cases: markQuarantined(cases, tasks, quarantine), takenOver };
}

function artifactsByAttempt(queries: Queries, run: RunId): Map<string, Artifact[]> {
  const artifacts = new Map<string, Artifact[]>();
  for (const { task, attempt, name, sha256, bytes, shared } of queries.tasks.artifacts(run)) {
    const key = `${task}/${attempt}`;
    const artifact: Artifact = { name, sha256, bytes, ...(shared ? { shared } : {}) };
    const known = artifacts.get(key);
    if (known === undefined) artifacts.set(key, [artifact]);
    else known.push(artifact);
  }
  return artifacts;
}
