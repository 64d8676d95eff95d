import { type FactOf, type RunId, type WorkerId, isOfTest } from "@shardwright/core";
import { and, eq, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import { compile, compileRows } from "../database/compile.ts";
import type { Database } from "../database/open.ts";
import { attempts, cases, runs, tasks } from "../database/tables.ts";
import { type HeldAttempt, HeldAttempts } from "./held-attempts.ts";
import { RunningAttempts } from "./running-attempts.ts";
import { createTakingOver } from "./taking-over.ts";

const failing = new Set(["failed", "errored", "cancelled"]);
const results = new Set(["passed", "failed", "errored", "skipped"]);

/** Whose attempt it was, and which one it resumed. */
export interface Ran {
  readonly worker: WorkerId;
  readonly resumes: number | null;
}

/**
 * Attempts, their cases, and what both make of the tasks. An attempt is held back until it has ended, or until something else is about its
 * task: most are leased and end within the same transaction, and are written once.
 */
export function createAttemptProjection(database: Database, client: DatabaseSync) {
  const p = sql.placeholder;
  const thisTask = and(eq(tasks.run, p("run")), eq(tasks.task, p("task")));
  const thisAttempt = and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt")));
  const newAttempts = compileRows(
    client,
    {
      run: p("run"),
      task: p("task"),
      attempt: p("attempt"),
      worker: p("worker"),
      fence: p("fence"),
      duplicate: p("duplicate"),
      resumes: p("resumes"),
      status: p("status"),
      leased_at_ms: p("leased_at_ms"),
      ended_at_ms: p("ended_at_ms"),
      duration_ms: p("duration_ms"),
      failure: p("failure"),
      recovery: p("recovery"),
      log_sha256: p("log_sha256"),
      log_bytes: p("log_bytes"),
      metrics: p("metrics"),
    },
    (rows) => database.insert(attempts).values(rows),
  );
  const leased = {
    attempt: sql`${p("attempt")}`,
    current: sql`${p("attempt")}`,
    cases: sql`${p("cases")}`,
    estimate_ms: sql`${p("estimate_ms")}`,
    reason: null,
  };
  const ended = {
    status: sql`${p("status")}`,
    failures: sql`${tasks.failures} + ${p("failed")}`,
    losses: sql`${tasks.losses} + ${p("lost")}`,
    failed_before: sql`max(${tasks.failed_before}, ${p("unpassed")})`,
    flaky: sql`${p("passed")} and ${tasks.failed_before}`,
    recovery: sql`coalesce(${p("recovery")}, ${tasks.recovery})`,
    quarantined: sql`${p("quarantined")}`,
  };
  const leaseTask = compile(
    client,
    database
      .update(tasks)
      .set({ status: "leased", ...leased })
      .where(thisTask),
  );
  const leaseAndFinishTask = compile(
    client,
    database
      .update(tasks)
      .set({ ...leased, ...ended })
      .where(thisTask),
  );
  const finishTask = compile(client, database.update(tasks).set(ended).where(thisTask));
  const countAndFinishTask = compile(
    client,
    database
      .update(tasks)
      .set({ ...ended, cases: sql`case when ${tasks.current} = ${p("attempt")} then ${p("cases")} else ${tasks.cases} end` })
      .where(thisTask),
  );
  const newCases = compileRows(
    client,
    {
      run: p("run"),
      task: p("task"),
      attempt: p("attempt"),
      number: p("number"),
      status: p("status"),
      duration_ms: p("duration_ms"),
      result: p("result"),
    },
    (rows) => database.insert(cases).values(rows).onConflictDoNothing(),
  );
  const countCases = compile(
    client,
    database
      .update(tasks)
      .set({ cases: sql`${p("cases")}` })
      .where(and(thisTask, eq(tasks.current, p("attempt")))),
  );
  const readAttempt = compile(
    client,
    database
      .select({ status: attempts.status, worker: attempts.worker, resumes: attempts.resumes })
      .from(attempts)
      .where(thisAttempt),
  );
  const finishAttempt = compile(
    client,
    database
      .update(attempts)
      .set({
        status: sql`${p("status")}`,
        ended_at_ms: sql`max(${attempts.leased_at_ms}, ${p("ended_at_ms")})`,
        duration_ms: sql`${p("duration_ms")}`,
        failure: sql`${p("failure")}`,
        recovery: sql`${p("recovery")}`,
        log_sha256: sql`${p("log_sha256")}`,
        log_bytes: sql`${p("log_bytes")}`,
        metrics: sql`${p("metrics")}`,
      })
      .where(thisAttempt),
  );
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

  const running = new RunningAttempts();
  const held = new HeldAttempts((one) => {
    newAttempts.add({ ...one, ...stillRunning });
    running.written(one);
    if (one.duplicate === 0) leaseTask.run(one);
    else countDuplicate.run(one);
  });
  /** How many cases the attempt has that told of some last: its end, if that comes next, is written with it. */
  let counted: { run: RunId; task: number; attempt: number; cases: number } | undefined;
  const count = () => {
    if (counted !== undefined) countCases.run(counted);
    counted = undefined;
  };
  /** To be called before attempts or cases are read, or changed in any other way. */
  const flush = () => {
    count();
    newAttempts.flush();
    newCases.flush();
    held.flushed();
  };

  const takeOver = createTakingOver(database, newCases);

  const finishHeld = (one: HeldAttempt, fact: FactOf<"AttemptFinished">, at_ms: number): Ran => {
    const end = endOf(fact, at_ms);
    newAttempts.add({ ...one, ...end, ended_at_ms: Math.max(one.leased_at_ms, end.ended_at_ms) });
    leaseAndFinishTask.run({ ...one, ...changesBy(fact) });
    return one;
  };

  const finishWritten = (fact: FactOf<"AttemptFinished">, at_ms: number): Ran | undefined => {
    const { run, task, attempt } = fact;
    const cases = counted?.cases;
    counted = undefined;
    if (held.isFresh(run, task)) flush();
    const before = running.take(run, task, attempt) ?? readAttempt.get({ run, task, attempt });
    finishAttempt.run({ run, task, attempt, ...endOf(fact, at_ms) });
    // A worker that was given up for lost may still deliver: then its attempt was no loss after all.
    const undone = Number(before !== undefined && "status" in before && before.status === "lost");
    const changes = changesBy(fact);
    const all = { run, task, attempt, ...changes, lost: changes.lost - undone };
    if (cases === undefined) finishTask.run(all);
    else countAndFinishTask.run({ ...all, cases });
    return before as Ran | undefined;
  };

  return {
    leased({ run, worker, fence, tasks: dealt }: FactOf<"TasksLeased">, at_ms: number): void {
      count();
      for (const { task, attempt, estimate_ms = null, duplicate = false, resumes = null } of dealt) {
        const one = {
          run,
          task,
          attempt,
          worker,
          fence,
          duplicate: Number(duplicate),
          resumes,
          leased_at_ms: at_ms,
          estimate_ms,
          cases: 0,
        };
        held.hold(one);
        // Of two attempts that run at once, neither is all there is to say of its task.
        if (duplicate) held.release(run, task);
      }
    },

    cases({ run, task, attempt, first, cases: added }: FactOf<"CasesFinished">): void {
      let number = first;
      for (const result of added) {
        const { status, duration_ms } = result;
        newCases.add({ run, task, attempt, number, status, duration_ms, result: JSON.stringify(result) });
        number += 1;
      }
      count();
      const one = held.of(run, task, attempt);
      if (one === undefined) counted = { run, task, attempt, cases: number };
      else one.cases = number;
    },

    /** @returns whose attempt it was; undefined for an attempt that was never begun */
    finished(fact: FactOf<"AttemptFinished">, at_ms: number): Ran | undefined {
      const { run, task, attempt, outcome, task_status, recovery } = fact;
      if (counted?.run !== run || counted.task !== task || counted.attempt !== attempt) count();
      const one = held.take(run, task, attempt);
      const ran = one === undefined ? finishWritten(fact, at_ms) : finishHeld(one, fact, at_ms);
      const resumes = ran?.resumes ?? null;
      if (resumes !== null && results.has(outcome)) {
        flush();
        takeOver({ run, task, attempt, resumes });
        recountCases.run({ run, task });
      }
      if (failing.has(outcome) && task_status === "pending" && isOfTest(recovery)) spendRetry.run({ run });
      if (task_status === "leased") {
        flush();
        leaveToOther.run({ run, task });
        recountCases.run({ run, task });
      }
      return ran;
    },

    settled({ run, tasks: settled, status, reason }: FactOf<"TasksSettled">, at_ms: number): void {
      count();
      for (const task of settled) held.release(run, task);
      flush();
      for (const task of settled) {
        running.ended(run, task);
        settleTask.run({ run, task, status, reason });
        settleAttempts.run({ run, task, at_ms });
      }
    },

    flush,
    /** Forgets what it knows of the tables: they are others now. */
    forget: () => running.forget(),
    /** Writes what is held back. */
    releaseAll() {
      held.releaseAll();
      flush();
    },
    /** Drops what is held back: the transaction it belongs to has failed. */
    dropAll() {
      counted = undefined;
      running.forget();
      held.dropAll();
      newAttempts.drop();
      newCases.drop();
    },
  };
}

const stillRunning = {
  status: "running",
  ended_at_ms: null,
  duration_ms: 0,
  failure: null,
  recovery: null,
  log_sha256: null,
  log_bytes: null,
  metrics: null,
} as const;

function endOf(
  { outcome, duration_ms, waited_ms = 0, failure, recovery, log, metrics }: FactOf<"AttemptFinished">,
  at_ms: number,
) {
  return {
    status: outcome,
    ended_at_ms: at_ms - waited_ms,
    duration_ms,
    failure: failure === undefined ? null : JSON.stringify(failure),
    recovery: recovery === undefined ? null : JSON.stringify(recovery),
    log_sha256: log?.sha256 ?? null,
    log_bytes: log?.bytes ?? null,
    metrics: metrics === undefined ? null : JSON.stringify(metrics),
  };
}

/** What the end of an attempt changes in its task. */
function changesBy({ outcome, task_status, recovery, quarantined }: FactOf<"AttemptFinished">) {
  const isMachine = recovery?.charged === "machine";
  const isTest = isOfTest(recovery);
  // What a resumed attempt fails for counts when the whole file does, too.
  const lost = outcome === "lost" || (isMachine && failing.has(outcome) && recovery.because !== "resumed");
  return {
    status: task_status,
    failed: failing.has(outcome) && isTest ? 1 : 0,
    lost: lost ? 1 : 0,
    unpassed: (outcome === "failed" || outcome === "errored") && isTest ? 1 : 0,
    passed: outcome === "passed" ? 1 : 0,
    quarantined: task_status === "failed" && quarantined === true ? 1 : 0,
    recovery: recovery === undefined ? null : JSON.stringify(recovery),
  };
}
