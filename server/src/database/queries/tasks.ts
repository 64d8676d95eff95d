import type { CaseResult, RunId, Task, WorkerId } from "@shardwright/core";
import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { artifacts, attempts, cases, notices, runs, tasks } from "../tables.ts";

export type TaskRow = typeof tasks.$inferSelect;
export type AttemptRow = typeof attempts.$inferSelect;
export type CaseRow = { readonly task: number; readonly attempt: number; readonly result: CaseResult };

/** Reads the tasks of a run, and what became of them. */
export function createTaskQueries(database: Database) {
  const p = sql.placeholder;
  const ofRun = database
    .select()
    .from(tasks)
    .where(eq(tasks.run, p("run")))
    .orderBy(asc(tasks.task))
    .prepare();
  const attemptsOfRun = database
    .select()
    .from(attempts)
    .where(eq(attempts.run, p("run")))
    .orderBy(asc(attempts.task), asc(attempts.attempt))
    .prepare();
  const nextOfRun = database
    .select()
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), gt(tasks.task, p("after"))))
    .orderBy(asc(tasks.task))
    .limit(p("limit"))
    .prepare();
  const attemptsBetween = database
    .select()
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), gt(attempts.task, p("after")), lte(attempts.task, p("last"))))
    .orderBy(asc(attempts.task), asc(attempts.attempt))
    .prepare();
  const isItsTask = and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task));
  const speaking = database
    .select({
      task: attempts.task,
      attempt: attempts.attempt,
      worker: attempts.worker,
      fence: attempts.fence,
      status: attempts.status,
      resumes: attempts.resumes,
      leased_at_ms: attempts.leased_at_ms,
      failure: attempts.failure,
      isCurrent: eq(tasks.current, attempts.attempt).mapWith(Boolean),
    })
    .from(attempts)
    .innerJoin(tasks, isItsTask)
    .where(and(eq(attempts.run, p("run")), or(eq(tasks.current, attempts.attempt), eq(attempts.status, "running"))))
    .prepare();
  const duplicated = database
    .selectDistinct({ task: attempts.task })
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), eq(attempts.duplicate, true), gte(attempts.leased_at_ms, p("since_ms"))))
    .prepare();
  const inDoubt = database
    .selectDistinct({ task: attempts.task })
    .from(attempts)
    .where(
      and(
        eq(attempts.run, p("run")),
        or(isNotNull(attempts.resumes), sql`json_extract(${attempts.recovery}, '$.because') = 'resumed'`),
        inArray(attempts.status, ["failed", "errored", "cancelled"]),
        // One that lost its browser has nothing to do with what it left out.
        sql`coalesce(json_extract(${attempts.failure}, '$.kind'), '') <> 'browser-crash'`,
        gte(attempts.leased_at_ms, p("since_ms")),
      ),
    )
    .prepare();
  const ofAttempt = database
    .select({ number: cases.number, result: cases.result })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt"))))
    .orderBy(asc(cases.number))
    .prepare();
  const badWorkers = database
    .selectDistinct({ task: attempts.task, worker: attempts.worker })
    .from(attempts)
    .where(
      and(
        eq(attempts.run, p("run")),
        inArray(attempts.status, ["failed", "errored", "cancelled", "lost"]),
        gte(attempts.leased_at_ms, p("since_ms")),
      ),
    )
    .prepare();
  const runningCases = database
    .select({
      task: cases.task,
      attempt: cases.attempt,
      count: sql<number>`count(*)`,
      failed: sql<number>`sum(${cases.status} in ('failed', 'errored'))`,
    })
    .from(cases)
    .innerJoin(attempts, and(eq(attempts.run, cases.run), eq(attempts.task, cases.task), eq(attempts.attempt, cases.attempt)))
    .where(and(eq(cases.run, p("run")), eq(attempts.status, "running")))
    .groupBy(cases.task, cases.attempt)
    .prepare();
  const openBadCases = database
    .select({ task: cases.task, attempt: cases.attempt, result: cases.result })
    .from(cases)
    .innerJoin(attempts, and(eq(attempts.run, cases.run), eq(attempts.task, cases.task), eq(attempts.attempt, cases.attempt)))
    .where(
      and(eq(cases.run, p("run")), inArray(attempts.status, ["running", "lost"]), inArray(cases.status, ["failed", "errored"])),
    )
    .prepare();
  const recentPassed = database
    .select({ project: runs.project, key: tasks.key, duration_ms: attempts.duration_ms })
    .from(attempts)
    .innerJoin(tasks, isItsTask)
    .innerJoin(runs, eq(runs.id, attempts.run))
    .where(
      and(eq(attempts.worker, p("worker")), eq(attempts.status, "passed"), isNull(attempts.resumes), gt(attempts.duration_ms, 0)),
    )
    .orderBy(desc(attempts.ended_at_ms))
    .limit(p("limit"))
    .prepare();
  const leaseSpans = database
    .select({
      leased_at_ms: sql<number>`min(${attempts.leased_at_ms})`,
      ended_at_ms: sql<
        number | null
      >`case when sum(${attempts.status} = 'running') > 0 then null else max(${attempts.ended_at_ms}) end`,
    })
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), gte(attempts.leased_at_ms, p("since_ms"))))
    .groupBy(attempts.fence)
    .prepare();
  const one = database
    .select({
      fence: attempts.fence,
      status: attempts.status,
      resumes: attempts.resumes,
      ended_at_ms: attempts.ended_at_ms,
      log_sha256: attempts.log_sha256,
    })
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt"))))
    .prepare();
  const latestOfTask = database
    .select({ attempt: tasks.attempt })
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), eq(tasks.task, p("task"))))
    .prepare();
  const casesOfRun = database
    .select({ task: cases.task, attempt: cases.attempt, number: cases.number, result: cases.result })
    .from(cases)
    .where(eq(cases.run, p("run")))
    .orderBy(asc(cases.task), asc(cases.attempt), asc(cases.number))
    .prepare();
  const badCases = database
    .select({ task: cases.task, attempt: cases.attempt, result: cases.result })
    .from(cases)
    .where(and(eq(cases.run, p("run")), inArray(cases.status, ["failed", "errored"])))
    .orderBy(asc(cases.task), asc(cases.attempt), asc(cases.number))
    .limit(p("limit"))
    .prepare();
  const casesOfTask = database
    .select({ attempt: cases.attempt, result: cases.result })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task")), gte(cases.number, 0)))
    .orderBy(asc(cases.attempt), asc(cases.number))
    .limit(p("limit"))
    .prepare();
  const artifactsOfRun = database
    .select()
    .from(artifacts)
    .where(eq(artifacts.run, p("run")))
    .orderBy(asc(artifacts.task), asc(artifacts.attempt), asc(artifacts.number))
    .prepare();
  const filesOfRun = database
    .select({ task: tasks.task, file: tasks.file })
    .from(tasks)
    .where(eq(tasks.run, p("run")))
    .prepare();
  const logReference = database
    .select({ run: attempts.run })
    .from(attempts)
    .where(eq(attempts.log_sha256, p("sha256")))
    .limit(1)
    .prepare();

  return {
    ofRun: (run: RunId): TaskRow[] => ofRun.all({ run }),
    attempts: (run: RunId): AttemptRow[] => attemptsOfRun.all({ run }),
    /** So many tasks of the run, from the one after a number. */
    nextOfRun: (run: RunId, after: number, limit: number): TaskRow[] => nextOfRun.all({ run, after, limit }),
    /** Attempts of the tasks after a number, up to another one with it. */
    attemptsBetween: (run: RunId, after: number, last: number): AttemptRow[] => attemptsBetween.all({ run, after, last }),
    /** The attempt that speaks for each task, and what runs beside it. */
    speakingAttempts: (run: RunId) => speaking.all({ run }),
    /** Tasks of which a duplicate was begun since a moment. */
    duplicated: (run: RunId, since_ms: number): Set<number> => new Set(duplicated.all({ run, since_ms }).map(({ task }) => task)),
    /** Tasks of which an attempt that had resumed another went wrong since a moment. */
    inDoubt: (run: RunId, since_ms: number): Set<number> => new Set(inDoubt.all({ run, since_ms }).map(({ task }) => task)),
    /** What an attempt reported itself. */
    ownCases: (run: RunId, task: number, attempt: number): CaseResult[] =>
      ofAttempt.all({ run, task, attempt }).flatMap(({ number, result }) => (number < 0 ? [] : [result])),
    /** On which workers tasks went wrong since a moment. */
    badWorkers: (run: RunId, since_ms: number) => badWorkers.all({ run, since_ms }),
    /** How many cases each running attempt has reported, and how many of them went wrong. */
    runningCases: (run: RunId) => runningCases.all({ run }),
    /** The cases that went wrong of attempts that run, or were lost and may yet deliver. */
    openBadCases: (run: RunId): CaseRow[] => openBadCases.all({ run }),
    /** What a worker's last passing attempts took, newest first. */
    recentPassed: (worker: WorkerId, limit: number) => recentPassed.all({ worker, limit }),
    /** When each lease of a run that was dealt since a moment began and, if it is over, ended. */
    leaseSpans: (run: RunId, since_ms: number) => leaseSpans.all({ run, since_ms }),
    attempt: (run: RunId, task: number, attempt: number) => one.get({ run, task, attempt }),
    /** Number of the task's latest attempt, 0 before the first; undefined when there is no such task. */
    latest: (run: RunId, task: number) => latestOfTask.get({ run, task }),
    /** Those that an attempt took over have a number below 0. */
    cases: (run: RunId): (CaseRow & { readonly number: number })[] => casesOfRun.all({ run }),
    /** Those that ran in attempts of one task, not what an attempt took over, up to a limit. */
    casesOfTask: (run: RunId, task: number, limit: number) => casesOfTask.all({ run, task, limit }),
    /** The first of them that went wrong, up to a limit. */
    badCases: (run: RunId, limit: number): CaseRow[] => badCases.all({ run, limit }),
    artifacts: (run: RunId) => artifactsOfRun.all({ run }),
    files: (run: RunId): Map<number, string> => new Map(filesOfRun.all({ run }).map(({ task, file }) => [task, file])),
    notices: (run: RunId) => database.select().from(notices).where(eq(notices.run, run)).orderBy(asc(notices.at_ms)).all(),
    workers: (run: RunId) =>
      database
        .selectDistinct({ id: attempts.worker })
        .from(attempts)
        .where(eq(attempts.run, run))
        .all()
        .map(({ id }) => id),
    isLog: (sha256: string): boolean => logReference.get({ sha256 }) !== undefined,
    artifactHashes: (): Set<string> =>
      new Set(
        database
          .selectDistinct({ sha256: artifacts.sha256 })
          .from(artifacts)
          .all()
          .map(({ sha256 }) => sha256),
      ),
    logs: (): Set<string> =>
      new Set(
        database
          .selectDistinct({ sha256: attempts.log_sha256 })
          .from(attempts)
          .where(isNotNull(attempts.log_sha256))
          .all()
          .map(({ sha256 }) => sha256 ?? ""),
      ),
  };
}

/** The task as it was submitted. */
export function toTask(row: TaskRow): Task {
  const { key, suite, kind, file, args, requirements, browser, hash, bytes, side_effects, timeout_ms, part, repeat } = row;
  return {
    key,
    suite,
    kind,
    file,
    args,
    requirements,
    hash,
    bytes,
    side_effects,
    ...(browser === null ? {} : { browser }),
    ...(timeout_ms === null ? {} : { timeout_ms }),
    ...(part === null ? {} : { part }),
    ...(repeat === null ? {} : { repeat }),
  };
}
