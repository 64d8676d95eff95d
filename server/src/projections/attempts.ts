import type { FactOf } from "@shardwright/core";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, cases, progress, runs, tasks } from "../database/tables.ts";

const failing = new Set(["failed", "errored", "cancelled"]);

export function createAttemptProjection(database: Database) {
  const p = sql.placeholder;
  const thisTask = and(eq(tasks.run, p("run")), eq(tasks.task, p("task")));
  const thisAttempt = and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt")));
  const raiseFence = database
    .update(progress)
    .set({ fence: sql`max(${progress.fence}, ${p("fence")})` })
    .where(eq(progress.id, 1))
    .prepare();
  const insertAttempt = database
    .insert(attempts)
    .values({
      run: p("run"),
      task: p("task"),
      attempt: p("attempt"),
      worker: p("worker"),
      fence: p("fence"),
      duplicate: p("duplicate"),
      status: "running",
      leased_at_ms: p("at_ms"),
      duration_ms: 0,
    })
    .prepare();
  const leaseTask = database
    .update(tasks)
    .set({
      status: "leased",
      attempt: sql`${p("attempt")}`,
      current: sql`${p("attempt")}`,
      cases: 0,
      estimate_ms: sql`${p("estimate_ms")}`,
      reason: null,
    })
    .where(thisTask)
    .prepare();
  const countDuplicate = database
    .update(tasks)
    .set({ attempt: sql`${p("attempt")}` })
    .where(thisTask)
    .prepare();
  const leaveToOther = database
    .update(tasks)
    .set({
      current: sql`coalesce((select min(attempt) from attempts where run = ${p("run")} and task = ${p("task")} and status = 'running'), current)`,
    })
    .where(thisTask)
    .prepare();
  const recountCases = database
    .update(tasks)
    .set({
      cases: sql`(select count(*) from cases where run = ${p("run")} and task = ${p("task")} and attempt = ${tasks.current})`,
    })
    .where(thisTask)
    .prepare();
  const insertCase = database
    .insert(cases)
    .values({
      run: p("run"),
      task: p("task"),
      attempt: p("attempt"),
      number: p("number"),
      status: p("status"),
      duration_ms: p("duration_ms"),
      result: p("result"),
    })
    .onConflictDoNothing()
    .prepare();
  const countCases = database
    .update(tasks)
    .set({ cases: sql`${p("cases")}` })
    .where(and(thisTask, eq(tasks.current, p("attempt"))))
    .prepare();
  const readAttempt = database.select({ status: attempts.status }).from(attempts).where(thisAttempt).prepare();
  const finishAttempt = database
    .update(attempts)
    .set({
      status: sql`${p("outcome")}`,
      ended_at_ms: sql`${p("at_ms")}`,
      duration_ms: sql`${p("duration_ms")}`,
      failure: sql`${p("failure")}`,
      log_sha256: sql`${p("log_sha256")}`,
      log_bytes: sql`${p("log_bytes")}`,
    })
    .where(thisAttempt)
    .prepare();
  const finishTask = database
    .update(tasks)
    .set({
      status: sql`${p("status")}`,
      failures: sql`${tasks.failures} + ${p("failed")}`,
      losses: sql`${tasks.losses} + ${p("lost")}`,
      failed_before: sql`max(${tasks.failed_before}, ${p("unpassed")})`,
      flaky: sql`${p("passed")} and ${tasks.failed_before}`,
    })
    .where(thisTask)
    .prepare();
  const spendRetry = database
    .update(runs)
    .set({ retries: sql`${runs.retries} + 1` })
    .where(eq(runs.id, p("run")))
    .prepare();
  const settleTask = database
    .update(tasks)
    .set({ status: sql`${p("status")}`, reason: sql`${p("reason")}` })
    .where(thisTask)
    .prepare();
  const settleAttempts = database
    .update(attempts)
    .set({ status: "cancelled", ended_at_ms: sql`${p("at_ms")}` })
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.status, "running")))
    .prepare();

  return {
    leased({ run, worker, fence, tasks: leased }: FactOf<"TasksLeased">, at_ms: number): void {
      raiseFence.run({ fence });
      for (const { task, attempt, estimate_ms, duplicate = false } of leased) {
        insertAttempt.run({ run, task, attempt, worker, fence, duplicate, at_ms });
        if (duplicate) countDuplicate.run({ run, task, attempt });
        else leaseTask.run({ run, task, attempt, estimate_ms: estimate_ms ?? null });
      }
    },

    cases({ run, task, attempt, first, cases: added }: FactOf<"CasesFinished">): void {
      added.forEach((result, index) => {
        const { status, duration_ms } = result;
        insertCase.run({ run, task, attempt, number: first + index, status, duration_ms, result });
      });
      countCases.run({ run, task, attempt, cases: first + added.length });
    },

    finished(fact: FactOf<"AttemptFinished">, at_ms: number): void {
      const { run, task, attempt, outcome, task_status, duration_ms, failure, log } = fact;
      // A worker that was given up for lost may still deliver: then its attempt was no loss after all.
      const wasLost = readAttempt.get({ run, task, attempt })?.status === "lost";
      finishAttempt.run({
        run,
        task,
        attempt,
        outcome,
        at_ms,
        duration_ms,
        failure: failure === undefined ? null : JSON.stringify(failure),
        log_sha256: log?.sha256 ?? null,
        log_bytes: log?.bytes ?? null,
      });
      finishTask.run({
        run,
        task,
        status: task_status,
        failed: failing.has(outcome) ? 1 : 0,
        unpassed: outcome === "failed" || outcome === "errored" ? 1 : 0,
        lost: Number(outcome === "lost") - Number(wasLost),
        passed: outcome === "passed" ? 1 : 0,
      });
      if (failing.has(outcome) && task_status === "pending") spendRetry.run({ run });
      if (task_status === "leased") {
        leaveToOther.run({ run, task });
        recountCases.run({ run, task });
      }
    },

    settled({ run, tasks: settled, status, reason }: FactOf<"TasksSettled">, at_ms: number): void {
      for (const task of settled) {
        settleTask.run({ run, task, status, reason });
        settleAttempts.run({ run, task, at_ms });
      }
    },
  };
}
