import {
  type FactOf,
  type Observation,
  caseKey,
  excusedAttempts,
  failuresOfAttempt,
  isOfCases,
  massFailureLeast,
  massFailures,
  speaksOfMachine,
  isOfTest,
} from "@shardwright/core";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, failedCases, runs, tasks } from "../database/tables.ts";
import { isHistory } from "../database/history.ts";
import type { BadCases } from "./bad-cases.ts";

/** Which cases failed in runs that have ended, in a way that may be held against them. */
export function createFailedCaseProjection(database: Database) {
  const p = sql.placeholder;
  const ended = database
    .select({
      task: attempts.task,
      attempt: attempts.attempt,
      worker: attempts.worker,
      status: attempts.status,
      ended_at_ms: attempts.ended_at_ms,
      duration_ms: attempts.duration_ms,
      failure: attempts.failure,
      recovery: attempts.recovery,
      suite: tasks.suite,
      file: tasks.file,
      file_key: tasks.file_key,
    })
    .from(attempts)
    .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task)))
    .where(and(eq(attempts.run, p("run")), inArray(attempts.status, ["passed", "failed", "errored"])))
    .orderBy(asc(attempts.task), asc(attempts.attempt))
    .prepare();
  const forget = database
    .delete(failedCases)
    .where(eq(failedCases.run, p("run")))
    .prepare();

  return {
    /** Of a run that ends again, everything anew. Where more has gone wrong than is read, something else is wrong than that tests are flaky. */
    ended({ run, excused = [] }: FactOf<"RunEnded">, { byAttempt, isCut }: BadCases): void {
      forget.run({ run });
      if (byAttempt.size === 0 || isCut) return;
      const row = database
        .select({ project: runs.project })
        .from(runs)
        .where(and(eq(runs.id, run), isHistory))
        .get();
      if (row === undefined) return;
      const rows = ended.all({ run });
      const struck = struckTogether(rows, byAttempt);
      for (const [place, { task, attempt, status, failure, recovery, file_key, ended_at_ms }] of rows.entries()) {
        // What crashed or could not be run may have failed for any reason.
        const isOfTests = isOfTest(recovery) && (failure === null || isOfCases(failure.kind));
        if (status !== "failed" || !isOfTests || struck.has(place) || excused.includes(task)) continue;
        for (const result of byAttempt.get(`${task}.${attempt}`) ?? []) {
          if (speaksOfMachine(result.message ?? "") || speaksOfMachine(result.details ?? "")) continue;
          database
            .insert(failedCases)
            .values({ run, task, attempt, case_key: caseKey(result), project: row.project, file_key, at_ms: ended_at_ms ?? 0 })
            .onConflictDoNothing()
            .run();
        }
      }
    },

    purged({ runs: purged }: FactOf<"RunsPurged">): void {
      database.delete(failedCases).where(inArray(failedCases.run, purged)).run();
    },
  };
}

interface EndedAttempt {
  readonly task: number;
  readonly attempt: number;
  readonly worker: string;
  readonly status: string;
  readonly ended_at_ms: number | null;
  readonly duration_ms: number;
  readonly failure: Parameters<typeof failuresOfAttempt>[1]["failure"] | null;
  readonly suite: string;
  readonly file: string;
}

/** Places of the attempts that failed together with many others, for a reason outside of them. */
function struckTogether(rows: readonly EndedAttempt[], badCases: BadCases["byAttempt"]): Set<number> {
  const failed = new Set(rows.filter(({ status }) => status !== "passed").map(({ task }) => task));
  if (failed.size < massFailureLeast) return new Set();
  const observations = rows.map((row): Observation => {
    const { task, attempt, worker, status, duration_ms, suite, file, failure } = row;
    const ended_ms = row.ended_at_ms ?? 0;
    const passed = status === "passed";
    const cases = badCases.get(`${task}.${attempt}`) ?? [];
    const own = { status: status === "errored" ? "errored" : "failed", failure: failure ?? undefined, cases } as const;
    return {
      unit: String(task),
      // Neither what it is like nor its circumstances matter here.
      alike: suite,
      suite,
      worker,
      began_ms: Math.max(0, ended_ms - duration_ms),
      ended_ms,
      first: true,
      passed,
      failures: passed ? [] : failuresOfAttempt(file, own),
      values: {},
    };
  });
  return excusedAttempts(observations, massFailures(observations));
}
