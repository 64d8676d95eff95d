import type { CaseResult, DurationHistory } from "@shardwright/core";
import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, cases, runs, tasks, timings } from "../tables.ts";

/** A file with more cases than this is answered for in part; it has other troubles. */
const caseLimit = 20_000;
const fewKeys = 200;

/** Reads what tasks took before. */
export function createTimingQueries(database: Database) {
  const p = sql.placeholder;
  const lastPassed = database
    .select({ run: tasks.run })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .where(and(eq(tasks.file_key, p("key")), eq(runs.project, p("project"))))
    .groupBy(tasks.run)
    .having(sql`min(${tasks.status} = 'passed')`)
    .orderBy(sql`max(${runs.submitted_at_ms}) desc`)
    .limit(1)
    .prepare();
  const casesOf = database
    .select({ result: cases.result })
    .from(tasks)
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task), eq(attempts.status, "passed")))
    .innerJoin(cases, and(eq(cases.run, attempts.run), eq(cases.task, attempts.task), eq(cases.attempt, attempts.attempt)))
    .where(and(eq(tasks.run, p("run")), eq(tasks.file_key, p("key"))))
    .orderBy(asc(tasks.task), asc(attempts.attempt), asc(cases.number))
    .limit(caseLimit)
    .prepare();

  const lastInParts = database
    .select({ run: tasks.run })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .where(and(eq(tasks.file_key, p("key")), eq(runs.project, p("project")), isNotNull(tasks.part)))
    .orderBy(desc(runs.submitted_at_ms))
    .limit(1)
    .prepare();
  const brokenParts = database
    .select({ task: tasks.task })
    .from(tasks)
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task)))
    .where(
      and(
        eq(tasks.run, p("run")),
        eq(tasks.file_key, p("key")),
        eq(tasks.status, "passed"),
        isNull(attempts.resumes),
        sql`json_extract(${attempts.recovery}, '$.because') = 'resumed'`,
      ),
    )
    .limit(1)
    .prepare();

  const ofProject = database
    .select()
    .from(timings)
    .where(eq(timings.project, p("project")))
    .prepare();
  const ofKeys = database
    .select()
    .from(timings)
    .where(and(eq(timings.project, p("project")), inArray(timings.key, sql`(select value from json_each(${p("keys")}))`)))
    .prepare();

  return {
    /** The cases of a file's latest run in which all of it passed; undefined without one. */
    cases(project: string, key: string): Pick<CaseResult, "path" | "duration_ms">[] | undefined {
      const run = lastPassed.get({ project, key })?.run;
      if (run === undefined) return undefined;
      return casesOf.all({ run, key }).map(({ result: { path, duration_ms } }) => ({ path, duration_ms }));
    },
    /** Whether a part of a file failed by itself when it was last dealt in parts, and the whole file did not: its cases need each other. */
    failsInParts(project: string, key: string): boolean {
      const run = lastInParts.get({ project, key })?.run;
      return run !== undefined && brokenParts.get({ run, key }) !== undefined;
    },
    /** @param keys of the only tasks that matter */
    history(project: string, keys?: readonly string[]): DurationHistory {
      const history = new Map<string, Map<string, readonly number[]>>();
      // A long history takes longer to read than a short run does to run; many keys are not worth looking up one by one.
      const isFew = keys !== undefined && keys.length <= fewKeys;
      for (const row of isFew ? ofKeys.all({ project, keys: JSON.stringify(keys) }) : ofProject.all({ project })) {
        const classes = history.get(row.key) ?? new Map<string, readonly number[]>();
        classes.set(row.hardware_class, row.recent);
        history.set(row.key, classes);
      }
      return history;
    },
  };
}
