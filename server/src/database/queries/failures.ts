import type { AttemptStatus, RunId, Verdict } from "@shardwright/core";
import { and, asc, desc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, failureGroups, failures, runs, tasks, workers } from "../tables.ts";
import { isHistory } from "../history.ts";

export type FailureGroupRow = typeof failureGroups.$inferSelect;

/** The project's last runs that are looked at. */
const runsLookedAt = 20;

/** Reads how the tests of a project fail, across its runs. */
export function createFailureQueries(database: Database) {
  const p = sql.placeholder;
  const ended: Verdict[] = ["passed", "failed", "errored", "incomplete", "cancelled"];
  const results: AttemptStatus[] = ["passed", "failed", "errored"];
  const recentRuns = database
    .select({ id: runs.id, submitted_at_ms: runs.submitted_at_ms, suites: runs.suites })
    .from(runs)
    .where(and(eq(runs.project, p("project")), inArray(runs.verdict, ended), lte(runs.submitted_at_ms, p("until_ms")), isHistory))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
    .limit(runsLookedAt)
    .prepare();
  const isAmong = inArray(failures.run, sql`(select value from json_each(${p("runs")}))`);
  const counts = database
    .select({
      fingerprint: failures.fingerprint,
      runs: sql<number>`count(distinct ${failures.run})`,
      cases: sql<number>`sum(${failures.cases})`,
    })
    .from(failures)
    .where(and(eq(failures.project, p("project")), isAmong))
    .groupBy(failures.fingerprint)
    .prepare();
  const groupsOfRun = database
    .select()
    .from(failureGroups)
    .where(
      and(
        eq(failureGroups.project, p("project")),
        inArray(
          failureGroups.fingerprint,
          database
            .selectDistinct({ fingerprint: failures.fingerprint })
            .from(failures)
            .where(eq(failures.run, p("run"))),
        ),
      ),
    )
    .prepare();
  const latest = database
    .select()
    .from(failureGroups)
    .where(eq(failureGroups.project, p("project")))
    .orderBy(desc(failureGroups.last_at_ms), asc(failureGroups.fingerprint))
    .limit(p("limit"))
    .prepare();
  const attemptsOfRun = database
    .select({
      task: attempts.task,
      attempt: attempts.attempt,
      worker: attempts.worker,
      status: attempts.status,
      ended_at_ms: attempts.ended_at_ms,
      duration_ms: attempts.duration_ms,
      suite: tasks.suite,
      file: tasks.file,
      args: tasks.args,
      requirements: tasks.requirements,
      name: workers.name,
      slots: workers.slots,
      capabilities: workers.capabilities,
    })
    .from(attempts)
    .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .where(and(eq(attempts.run, p("run")), inArray(attempts.status, results)))
    .orderBy(asc(attempts.task), asc(attempts.attempt))
    .limit(p("limit"))
    .prepare();
  const failuresOfRun = database
    .select({ task: failures.task, attempt: failures.attempt, fingerprint: failures.fingerprint })
    .from(failures)
    .where(eq(failures.run, p("run")))
    .prepare();

  return {
    /** The project's last runs that have ended, none submitted later than at that moment, newest first. */
    recentRuns: (project: string, until_ms: number) => recentRuns.all({ project, until_ms }),
    /** In how many of these runs each fingerprint was seen, and how many tests failed so in them. */
    counts: (project: string, ids: readonly RunId[]) =>
      new Map(counts.all({ project, runs: JSON.stringify(ids) }).map((row) => [row.fingerprint, row])),
    /** What a run showed. */
    groupsOfRun: (project: string, run: RunId): FailureGroupRow[] => groupsOfRun.all({ project, run }),
    /** Last seen first. */
    latest: (project: string, limit: number): FailureGroupRow[] => latest.all({ project, limit }),
    /** The attempts of a run that came to a result, with how they failed; undefined for a run of more than is left to look at. */
    attempts(run: RunId, left: number) {
      const rows = attemptsOfRun.all({ run, limit: left + 1 });
      return rows.length > left ? undefined : { rows, failures: failuresOfRun.all({ run }) };
    },
  };
}
