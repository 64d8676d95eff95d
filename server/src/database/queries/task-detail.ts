import type { RunId } from "@shardwright/core";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { artifacts, attempts, cases, tasks } from "../tables.ts";

const bad = inArray(cases.status, ["failed", "errored"]);

/** Reads one task of a run, in pages: a task may have very many cases. */
export function createTaskDetailQueries(database: Database) {
  const p = sql.placeholder;
  const task = database
    .select()
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), eq(tasks.task, p("task"))))
    .prepare();
  const attemptsOfTask = database
    .select()
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task"))))
    .orderBy(asc(attempts.attempt))
    .prepare();
  const counts = database
    .select({
      attempt: cases.attempt,
      cases: sql<number>`count(*)`,
      failed: sql<number>`sum(${cases.status} in ('failed', 'errored'))`,
    })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task"))))
    .groupBy(cases.attempt)
    .prepare();
  const files = database
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.run, p("run")), eq(artifacts.task, p("task"))))
    .orderBy(asc(artifacts.attempt), asc(artifacts.number))
    .prepare();
  return {
    task: (run: RunId, number: number) => task.get({ run, task: number }),
    attempts: (run: RunId, number: number) => attemptsOfTask.all({ run, task: number }),
    /** How many cases each attempt has, those included that it took over, and how many of them failed. */
    counts: (run: RunId, number: number) => counts.all({ run, task: number }),
    artifacts: (run: RunId, number: number) => files.all({ run, task: number }),
    /** In the order in which they ran. */
    cases: (of: { run: RunId; task: number; attempt: number }, page: { onlyFailed: boolean; after: number; limit: number }) =>
      database
        .select({ result: cases.result })
        .from(cases)
        .where(
          and(eq(cases.run, of.run), eq(cases.task, of.task), eq(cases.attempt, of.attempt), page.onlyFailed ? bad : undefined),
        )
        .orderBy(asc(cases.number))
        .limit(page.limit)
        .offset(page.after)
        .all()
        .map(({ result }) => result),
  };
}
