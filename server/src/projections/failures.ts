import { type FactOf, failuresOfAttempt } from "@shardwright/core";
import { and, asc, eq, inArray, notExists, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, failureGroups, failures, runs, tasks } from "../database/tables.ts";
import { isHistory } from "../database/history.ts";
import type { BadCases } from "./bad-cases.ts";

/** Failed attempts of a run that are looked at. */
const attemptsRead = 5000;
/** Ways to fail that are kept of one run, the first it showed. */
const groupsKept = 500;

/** How the tests of a project fail, across its runs: kept of a run when it has ended. */
export function createFailureProjection(database: Database) {
  const p = sql.placeholder;
  const badAttempts = database
    .select({
      task: attempts.task,
      attempt: attempts.attempt,
      status: attempts.status,
      failure: attempts.failure,
      recovery: attempts.recovery,
      file: tasks.file,
    })
    .from(attempts)
    .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task)))
    .where(and(eq(attempts.run, p("run")), inArray(attempts.status, ["failed", "errored"])))
    .orderBy(asc(attempts.task), asc(attempts.attempt))
    .limit(attemptsRead)
    .prepare();
  const forget = database
    .delete(failures)
    .where(eq(failures.run, p("run")))
    .prepare();

  return {
    /** Of a run that ends again, everything anew. */
    ended({ run }: FactOf<"RunEnded">, at_ms: number, { byAttempt }: BadCases): void {
      forget.run({ run });
      const failed = badAttempts.all({ run });
      const row =
        failed.length === 0
          ? undefined
          : database
              .select()
              .from(runs)
              .where(and(eq(runs.id, run), isHistory))
              .get();
      if (row === undefined) return;
      const { project, run_key, context } = row;
      const seen = new Set<string>();
      for (const { task, attempt, status, failure, recovery, file } of failed) {
        // It may have failed for what it left out alone: the whole file tells.
        if (recovery?.because === "resumed") continue;
        const own = { status, failure: failure ?? undefined, cases: byAttempt.get(`${task}.${attempt}`) ?? [] };
        for (const { fingerprint, kind, title, frame = null, cases: count } of failuresOfAttempt(file, own)) {
          if (seen.size >= groupsKept && !seen.has(fingerprint)) continue;
          database.insert(failures).values({ run, task, attempt, fingerprint, project, cases: count }).run();
          if (seen.has(fingerprint)) continue;
          seen.add(fingerprint);
          const commit = context.commit ?? null;
          const last = { last_run: run, last_run_key: run_key, last_commit: commit, last_at_ms: at_ms };
          const first = { first_run: run, first_run_key: run_key, first_commit: commit, first_at_ms: at_ms };
          database
            .insert(failureGroups)
            .values({ project, fingerprint, kind, title, frame, ...first, ...last })
            .onConflictDoUpdate({ target: [failureGroups.project, failureGroups.fingerprint], set: { title, frame, ...last } })
            .run();
        }
      }
    },

    /** Forgets what none of the runs that are kept shows any more. */
    purged({ runs: purged }: FactOf<"RunsPurged">): void {
      database.delete(failures).where(inArray(failures.run, purged)).run();
      const isShown = and(eq(failures.project, failureGroups.project), eq(failures.fingerprint, failureGroups.fingerprint));
      database
        .delete(failureGroups)
        .where(
          notExists(
            database
              .select({ one: sql`1` })
              .from(failures)
              .where(isShown),
          ),
        )
        .run();
    },
  };
}
