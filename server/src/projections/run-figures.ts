import { type Capabilities, analyticsDays, dayOf, measuringClass } from "@shardwright/core";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MeasuredTask } from "./measured-tasks.ts";

/** The opening of a run that has ended. */
export interface EndedRun {
  readonly run: string;
  readonly project: string;
  readonly opened_at_ms: number;
  readonly ended_at_ms: number;
  readonly passed: boolean;
}

interface AttemptRow {
  readonly attempt: number;
  readonly worker: string;
  readonly status: string;
  readonly duration_ms: number;
  readonly leased_at_ms: number;
  readonly ended_at_ms: number | null;
}

/** Attempts that came to a result of their task. */
const results: ReadonlySet<string> = new Set(["passed", "failed", "errored", "skipped"]);

/**
 * What runs took, by run, file, worker and day: kept when the runs are purged. Of a run that is opened again, what ran since then counts,
 * beside what ran before. Like points of trends, it comes task by task, so that nobody waits long for it.
 */
export class RunFigures {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: DatabaseSync) {
    this.#statements = prepare(client);
  }

  /** @returns what counts tasks of a run, each once, and keeps what was counted */
  of(ended: EndedRun): RunTally {
    return new RunTally(ended, this.#statements);
  }

  workerCame(worker: { id: string; capabilities: Capabilities; slots: number }, at_ms: number): void {
    const { id, capabilities, slots } = worker;
    this.#statements.beginSpan.run(id, measuringClass(capabilities), JSON.stringify(capabilities.tags), slots, at_ms, null);
  }

  workerWent(worker: string, at_ms: number): void {
    this.#statements.endSpan.run(at_ms, worker);
  }

  /** Forgets days past those that are kept. */
  purged(at_ms: number): void {
    const day = dayOf(at_ms) - analyticsDays;
    const { dropRuns, dropFiles, dropFailures, dropUse, dropSpans } = this.#statements;
    for (const drop of [dropRuns, dropFiles, dropFailures, dropUse]) drop.run(day);
    dropSpans.run(at_ms - analyticsDays * 86_400_000);
  }
}

/** What a part of a run's tasks adds up to. */
export class RunTally {
  readonly #run: EndedRun;
  readonly #day: number;
  readonly #statements: ReturnType<typeof prepare>;
  #first_ms: number | null = null;
  #serial_ms = 0;
  #cases_ms = 0;
  #retry_ms = 0;
  #retries = 0;
  readonly #busy = new Map<string, number>();

  constructor(run: EndedRun, statements: ReturnType<typeof prepare>) {
    this.#run = run;
    this.#day = dayOf(run.ended_at_ms);
    this.#statements = statements;
  }

  /** @param sum_ms what the cases of the attempt that counts took @returns how many attempts were looked at */
  add(ran: MeasuredTask, sum_ms: () => number): number {
    const { run, project, opened_at_ms } = this.#run;
    const rows = this.#statements.attempts.all(run, ran.task, opened_at_ms) as unknown as AttemptRow[];
    if (rows.length === 0) return 0;
    const counts = rows.find(({ attempt, status }) => attempt === ran.attempt && results.has(status));
    const total_ms = counts?.duration_ms ?? 0;
    const cases_ms = counts === undefined ? 0 : Math.min(total_ms, sum_ms());
    let retry_ms = 0;
    for (const row of rows) {
      if (row !== counts && row.status !== "released") {
        retry_ms += row.duration_ms;
        this.#retries += 1;
      }
      this.#first_ms = Math.min(this.#first_ms ?? row.leased_at_ms, row.leased_at_ms);
      this.#busy.set(row.worker, (this.#busy.get(row.worker) ?? 0) + row.duration_ms);
    }
    this.#serial_ms += total_ms;
    this.#cases_ms += cases_ms;
    this.#retry_ms += retry_ms;
    const isOne = !ran.isRepetition && (ran.part ?? 0) === 0;
    const { file_key, failed, flaky } = ran;
    this.#statements.addFile.run(
      project,
      this.#day,
      file_key,
      Number(isOne),
      total_ms,
      cases_ms,
      retry_ms,
      Number(failed),
      Number(flaky),
    );
    return rows.length;
  }

  /** @param isDone all tasks of the run were counted */
  keep(isDone: boolean): void {
    const { run, project, opened_at_ms, ended_at_ms, passed } = this.#run;
    const { addRun, addUse, addFailures, knowSpan } = this.#statements;
    addRun.run(
      run,
      opened_at_ms,
      project,
      this.#day,
      ended_at_ms,
      Number(passed),
      this.#first_ms,
      this.#serial_ms,
      this.#cases_ms,
      this.#retry_ms,
      this.#retries,
    );
    for (const [worker, busy_ms] of this.#busy) {
      addUse.run(this.#day, worker, project, busy_ms);
      if (knowSpan.get(worker) === undefined) this.#rememberWorker(worker);
    }
    if (isDone) addFailures.run(project, this.#day, run, opened_at_ms);
  }

  /** One that was there before anything of this was kept. */
  #rememberWorker(id: string): void {
    const { readWorker, beginSpan } = this.#statements;
    const row = readWorker.get(id);
    if (row === undefined) return;
    const capabilities = JSON.parse(String(row["capabilities"])) as Capabilities;
    const labels = JSON.stringify(capabilities.tags);
    const { slots = 1, registered_at_ms = 0, gone_at_ms = null } = row;
    beginSpan.run(id, measuringClass(capabilities), labels, slots, registered_at_ms, gone_at_ms);
  }
}

function prepare(client: DatabaseSync) {
  const statements = {
    attempts: `SELECT attempt, worker, status, duration_ms, leased_at_ms, ended_at_ms FROM attempts WHERE run = ? AND task = ? AND leased_at_ms >= ? ORDER BY attempt`,
    addFile: `INSERT INTO file_days (project, day, test, runs, total_ms, cases_ms, retry_ms, failed, flaky) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, total_ms = total_ms + excluded.total_ms, cases_ms = cases_ms + excluded.cases_ms, retry_ms = retry_ms + excluded.retry_ms, failed = failed + excluded.failed, flaky = flaky + excluded.flaky`,
    addRun: `INSERT INTO run_figures (run, opened_at_ms, project, day, ended_at_ms, passed, first_lease_ms, serial_ms, cases_ms, retry_ms, retries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET first_lease_ms = min(coalesce(first_lease_ms, excluded.first_lease_ms), coalesce(excluded.first_lease_ms, first_lease_ms)), serial_ms = serial_ms + excluded.serial_ms, cases_ms = cases_ms + excluded.cases_ms, retry_ms = retry_ms + excluded.retry_ms, retries = retries + excluded.retries`,
    addUse: `INSERT INTO worker_use (day, worker, project, busy_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET busy_ms = busy_ms + excluded.busy_ms`,
    addFailures: `INSERT INTO failure_days (project, day, fingerprint, kind, title, runs, cases) SELECT ?1, ?2, f.fingerprint, g.kind, g.title, 1, sum(f.cases) FROM failures f JOIN attempts a ON a.run = f.run AND a.task = f.task AND a.attempt = f.attempt AND a.leased_at_ms >= ?4 JOIN failure_groups g ON g.project = f.project AND g.fingerprint = f.fingerprint WHERE f.run = ?3 GROUP BY f.fingerprint ON CONFLICT DO UPDATE SET kind = excluded.kind, title = excluded.title, runs = runs + 1, cases = cases + excluded.cases`,
    knowSpan: `SELECT 1 FROM worker_spans WHERE worker = ?`,
    readWorker: `SELECT capabilities, slots, registered_at_ms, gone_at_ms FROM workers WHERE id = ?`,
    beginSpan: `INSERT INTO worker_spans (worker, hardware_class, labels, slots, begin_ms, end_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hardware_class = excluded.hardware_class, labels = excluded.labels, slots = excluded.slots, end_ms = null`,
    endSpan: `UPDATE worker_spans SET end_ms = ? WHERE worker = ?`,
    dropRuns: `DELETE FROM run_figures WHERE day < ?`,
    dropFiles: `DELETE FROM file_days WHERE day < ?`,
    dropFailures: `DELETE FROM failure_days WHERE day < ?`,
    dropUse: `DELETE FROM worker_use WHERE day < ?`,
    dropSpans: `DELETE FROM worker_spans WHERE end_ms < ?`,
  } as const;
  return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, client.prepare(sql)])) as Record<
    keyof typeof statements,
    StatementSync
  >;
}
