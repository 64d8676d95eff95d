import { type FactOf, hardwareClass, recentLimit } from "@shardwright/core";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, runs, tasks, timings, workers } from "../database/tables.ts";

export function createTimingProjection(database: Database) {
  const p = sql.placeholder;
  const readOrigin = database
    .select({ project: runs.project, key: tasks.key, capabilities: workers.capabilities })
    .from(attempts)
    .innerJoin(runs, eq(runs.id, attempts.run))
    .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt"))))
    .prepare();
  const readRecent = database
    .select({ recent: timings.recent })
    .from(timings)
    .where(and(eq(timings.project, p("project")), eq(timings.key, p("key")), eq(timings.hardware_class, p("hardware_class"))))
    .prepare();
  const write = database
    .insert(timings)
    .values({
      project: p("project"),
      key: p("key"),
      hardware_class: p("hardware_class"),
      recent: p("recent"),
      at_ms: p("at_ms"),
    })
    .onConflictDoUpdate({
      target: [timings.project, timings.key, timings.hardware_class],
      set: { recent: sql`excluded.recent`, at_ms: sql`excluded.at_ms` },
    })
    .prepare();

  return {
    /** Keeps the durations of whole, passing attempts: what a failure or a loss took says nothing about the next time. */
    finished({ run, task, attempt, outcome, duration_ms }: FactOf<"AttemptFinished">, at_ms: number): void {
      if (outcome !== "passed" || duration_ms <= 0) return;
      const origin = readOrigin.get({ run, task, attempt });
      if (origin === undefined) return;
      const row = { project: origin.project, key: origin.key, hardware_class: hardwareClass(origin.capabilities) };
      const recent = readRecent.get(row)?.recent ?? [];
      write.run({ ...row, recent: [...recent, duration_ms].slice(-recentLimit), at_ms });
    },
  };
}
