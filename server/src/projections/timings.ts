import { type FactOf, hardwareClass, recentLimit } from "@shardwright/core";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, cases, runs, tasks, timings, workers } from "../database/tables.ts";

export function createTimingProjection(database: Database) {
  const p = sql.placeholder;
  const readOrigin = database
    .select({ project: runs.project, key: tasks.file_key, part: tasks.part, capabilities: workers.capabilities })
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

  // Per part of a file that has passed: what the attempt took, and its cases of it.
  const readParts = database
    .select({
      task: tasks.task,
      duration_ms: attempts.duration_ms,
      cases_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)`,
    })
    .from(tasks)
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task)))
    .leftJoin(cases, and(eq(cases.run, attempts.run), eq(cases.task, attempts.task), eq(cases.attempt, attempts.attempt)))
    .where(and(eq(tasks.run, p("run")), eq(tasks.file_key, p("key")), eq(attempts.status, "passed")))
    .groupBy(tasks.task, attempts.attempt)
    .prepare();
  const readCases = database
    .select({ cases_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)` })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt"))))
    .prepare();

  /** What a file would take as a whole, once its last part has passed: all cases, and once what the file costs by itself. */
  const wholeDuration = (fact: FactOf<"AttemptFinished">, key: string, count: number): number | undefined => {
    const { run, task, attempt, duration_ms } = fact;
    const parts = new Map(readParts.all({ run, key }).map((part) => [part.task, part]));
    parts.set(task, { task, duration_ms, cases_ms: readCases.get({ run, task, attempt })?.cases_ms ?? 0 });
    if (parts.size < count) return undefined;
    const cases_ms = [...parts.values()].reduce((sum, part) => sum + part.cases_ms, 0);
    const own_ms = [...parts.values()].reduce((sum, part) => sum + Math.max(0, part.duration_ms - part.cases_ms), 0);
    return cases_ms + own_ms / count;
  };

  return {
    /** Keeps the durations of whole, passing attempts: what a failure or a loss took says nothing about the next time. */
    finished(fact: FactOf<"AttemptFinished">, at_ms: number): void {
      const { run, task, attempt, outcome, duration_ms } = fact;
      if (outcome !== "passed" || duration_ms <= 0) return;
      const origin = readOrigin.get({ run, task, attempt });
      if (origin === undefined) return;
      const row = { project: origin.project, key: origin.key, hardware_class: hardwareClass(origin.capabilities) };
      const { part } = origin;
      const whole_ms = part === null ? duration_ms : wholeDuration(fact, origin.key, part.count);
      if (whole_ms === undefined) return;
      const recent = readRecent.get(row)?.recent ?? [];
      write.run({ ...row, recent: [...recent, whole_ms].slice(-recentLimit), at_ms });
    },
  };
}
