import type { CaseResult, RunId, Task } from "@shardwright/core";
import { and, asc, eq, isNotNull, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, cases, notices, tasks } from "../tables.ts";

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
  const latest = database
    .select({ task: attempts.task, worker: attempts.worker, fence: attempts.fence, status: attempts.status })
    .from(attempts)
    .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task), eq(tasks.attempt, attempts.attempt)))
    .where(eq(attempts.run, p("run")))
    .prepare();
  const one = database
    .select({ fence: attempts.fence, status: attempts.status })
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt"))))
    .prepare();
  const casesOfRun = database
    .select({ task: cases.task, attempt: cases.attempt, result: cases.result })
    .from(cases)
    .where(eq(cases.run, p("run")))
    .orderBy(asc(cases.task), asc(cases.attempt), asc(cases.number))
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
    /** The latest attempt of each task that has one. */
    latestAttempts: (run: RunId) => latest.all({ run }),
    attempt: (run: RunId, task: number, attempt: number) => one.get({ run, task, attempt }),
    cases: (run: RunId): CaseRow[] => casesOfRun.all({ run }),
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
  const { key, suite, kind, file, args, requirements, hash, bytes, timeout_ms } = row;
  return { key, suite, kind, file, args, requirements, hash, bytes, ...(timeout_ms === null ? {} : { timeout_ms }) };
}
