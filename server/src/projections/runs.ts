import { type FactOf, fileKey } from "@shardwright/core";
import { and, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import { compile } from "../database/compile.ts";
import type { Database } from "../database/open.ts";
import { createRunQueries } from "../database/queries/runs.ts";
import { artifacts, attempts, cases, facts, notices, runs, tasks, workers } from "../database/tables.ts";

export function createRunProjection(database: Database, client: DatabaseSync) {
  const p = sql.placeholder;
  const insertTask = compile(
    client,
    database.insert(tasks).values({
      run: p("run"),
      task: p("task"),
      key: p("key"),
      suite: p("suite"),
      kind: p("kind"),
      file: p("file"),
      args: p("args"),
      requirements: p("requirements"),
      browser: p("browser"),
      timeout_ms: p("timeout_ms"),
      hash: p("hash"),
      bytes: p("bytes"),
      side_effects: p("side_effects"),
      part: p("part"),
      repeat: p("repeat"),
      file_key: p("file_key"),
      status: "pending",
      flaky: false,
      failed_before: false,
      failures: 0,
      losses: 0,
      attempt: 0,
      current: 0,
      cases: 0,
    }),
  );
  const reopenTask = database
    .update(tasks)
    .set({ status: "pending", flaky: false, quarantined: false, failures: 0, losses: 0, recovery: null, reason: null })
    .where(and(eq(tasks.run, p("run")), eq(tasks.task, p("task"))))
    .prepare();

  const excuseTask = database
    .update(tasks)
    .set({ flaky: false, failed_before: false })
    .where(and(eq(tasks.run, p("run")), eq(tasks.task, p("task"))))
    .prepare();

  const { counted } = createRunQueries(database);

  return {
    submitted({ run, submission, trace_parent }: FactOf<"RunSubmitted">, at_ms: number, position: number): void {
      database
        .insert(runs)
        .values({
          id: run,
          project: submission.project,
          run_key: submission.run_key,
          manifest_hash: submission.manifest_hash,
          status: "running",
          cancelled: false,
          context: submission.context,
          workspace: submission.workspace,
          suites: submission.suites,
          options: submission.options,
          quarantine: submission.quarantine ?? null,
          retries: 0,
          submitted_at_ms: at_ms,
          opened_at_ms: at_ms,
          opened_position: position,
          jobs: submission.job === undefined ? [] : [submission.job.index],
          trace_parent: trace_parent ?? null,
        })
        .run();
      submission.tasks.forEach((task, index) => {
        const { key, suite, kind, file, args, requirements, browser = null, timeout_ms = null, hash, bytes, part, repeat } = task;
        insertTask.run({
          run,
          task: index,
          key,
          suite,
          kind,
          file,
          args: JSON.stringify(args),
          requirements: JSON.stringify(requirements),
          browser,
          timeout_ms,
          hash,
          bytes,
          // Facts of earlier versions do not say whether a task has side effects.
          side_effects: Number(task.side_effects ?? false),
          part: part === undefined ? null : JSON.stringify(part),
          repeat: repeat === undefined ? null : JSON.stringify(repeat),
          file_key: fileKey(task),
        });
      });
    },

    reopened(
      { run, tasks: reopened, workspace, suites, options, context, job, trace_parent }: FactOf<"RunReopened">,
      at_ms: number,
      position: number,
    ): void {
      database
        .update(runs)
        .set({
          status: "running",
          verdict: null,
          reason: null,
          cancelled: false,
          retries: 0,
          opened_at_ms: at_ms,
          opened_position: position,
          ended_at_ms: null,
          ended_position: null,
          account: null,
          cases: null,
          jobs: job === undefined ? [] : [job],
          publication: null,
          coverage: null,
          tests_reason: null,
          judged_at_ms: null,
          trace_parent: trace_parent ?? null,
          traced: false,
          trends_task: null,
          trends_case: null,
          trends_done: false,
          // Drizzle leaves a column as it is where the value is undefined.
          workspace,
          suites,
          options,
          context,
        })
        .where(eq(runs.id, run))
        .run();
      for (const task of reopened) reopenTask.run({ run, task });
      // It is said of one opening, and all its tests run again.
      const teardown: FactOf<"RunNoticed">["code"] = "teardown-failed";
      database
        .delete(notices)
        .where(and(eq(notices.run, run), eq(notices.code, teardown)))
        .run();
    },

    joined({ run, job }: FactOf<"RunJoined">): void {
      const known = database.select({ jobs: runs.jobs }).from(runs).where(eq(runs.id, run)).get();
      const jobs = [...new Set([...(known?.jobs ?? []), job])];
      database.update(runs).set({ jobs }).where(eq(runs.id, run)).run();
    },

    noticed({ run, code, message }: FactOf<"RunNoticed">, at_ms: number): void {
      database.insert(notices).values({ run, code, message, at_ms }).onConflictDoNothing().run();
    },

    cancelled({ run, reason }: FactOf<"RunCancelled">): void {
      database.update(runs).set({ cancelled: true, reason }).where(eq(runs.id, run)).run();
    },

    ended({ run, verdict, reason, excused = [] }: FactOf<"RunEnded">, at_ms: number, position: number): void {
      for (const task of excused) excuseTask.run({ run, task });
      database
        .update(runs)
        .set({ status: "ended", verdict, reason, ended_at_ms: at_ms, ended_position: position, ...counted(run) })
        .where(eq(runs.id, run))
        .run();
    },

    publication({ run, by, done }: FactOf<"PublicationClaimed">, at_ms: number): void {
      database.update(runs).set({ publication: { by, done, at_ms } }).where(eq(runs.id, run)).run();
    },

    traced({ run }: FactOf<"RunTraced">): void {
      database.update(runs).set({ traced: true }).where(eq(runs.id, run)).run();
    },

    purged({ runs: purged }: FactOf<"RunsPurged">): void {
      database.delete(runs).where(inArray(runs.id, purged)).run();
      for (const table of [tasks, attempts, cases, artifacts, notices, facts])
        database.delete(table).where(inArray(table.run, purged)).run();
      // Workers stay for as long as a report names them.
      const named = database.selectDistinct({ worker: attempts.worker }).from(attempts);
      database
        .delete(workers)
        .where(and(inArray(workers.status, ["lost", "left"]), notInArray(workers.id, named)))
        .run();
    },
  };
}
