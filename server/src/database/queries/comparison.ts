import type { RunId, RunStatus, Verdict } from "@shardwright/core";
import { and, asc, desc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, cases, runs, tasks, workers } from "../tables.ts";
import { isHistory } from "../history.ts";

/** Reads runs as a comparison needs them: a few values of each case, of some files at a time. */
export function createComparisonQueries(database: Database) {
  const p = sql.placeholder;
  const ended: RunStatus = "ended";
  const whole: Verdict[] = ["passed", "failed", "errored"];
  const pull_request = sql`json_extract(${runs.context}, '$.pull_request')`;
  const branch = sql<string | null>`json_extract(${runs.context}, '$.branch')`;
  const endedRuns = database
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.project, p("project")),
        eq(runs.status, ended),
        inArray(runs.verdict, whole),
        isHistory,
        isNull(pull_request),
        sql`${branch} is ${p("branch")}`,
        lt(runs.submitted_at_ms, p("before_ms")),
        lte(runs.ended_at_ms, p("ended_ms")),
      ),
    )
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
    .limit(p("limit"))
    .prepare();
  const isItsTask = and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task));
  const entries = database
    .select({
      task: tasks.task,
      key: tasks.file_key,
      suite: tasks.suite,
      file: tasks.file,
      status: tasks.status,
      flaky: tasks.flaky,
      quarantined: tasks.quarantined,
      cases: tasks.cases,
      capabilities: workers.capabilities,
      kind: sql<string | null>`json_extract(${attempts.failure}, '$.kind')`,
      complete: sql<number | null>`json_extract(${attempts.failure}, '$.complete')`,
    })
    .from(tasks)
    .leftJoin(attempts, and(isItsTask, eq(attempts.attempt, tasks.current)))
    .leftJoin(workers, eq(workers.id, attempts.worker))
    .where(and(eq(tasks.run, p("run")), sql`coalesce(json_type(${tasks.repeat}), 'null') = 'null'`))
    .orderBy(asc(tasks.task))
    .prepare();
  const results = database
    .select({
      task: cases.task,
      counts: sql<number>`${cases.attempt} = ${tasks.current}`,
      key: sql<string>`json_insert(json_extract(${cases.result}, '$.path'), '$[#]', coalesce(json_extract(${cases.result}, '$.ordinal'), 0))`,
      status: cases.status,
      retries: sql<number | null>`json_extract(${cases.result}, '$.retries')`,
      duration_ms: cases.duration_ms,
    })
    .from(cases)
    .innerJoin(tasks, and(eq(tasks.run, cases.run), eq(tasks.task, cases.task)))
    .where(
      and(
        eq(cases.run, p("run")),
        inArray(cases.task, sql`(select value from json_each(${p("tasks")}))`),
        or(eq(cases.attempt, tasks.current), inArray(cases.status, ["failed", "errored"])),
      ),
    )
    .orderBy(asc(cases.task), asc(cases.attempt), asc(cases.number))
    .prepare();

  return {
    /** Runs of a branch (or of none) that came to a verdict over all their tests, the newest first. */
    endedRuns: (project: string, on: { branch: string | undefined; before_ms: number; ended_ms: number; limit: number }) =>
      endedRuns.all({ project, ...on, branch: on.branch ?? null }),
    /** The tasks of a run, but for repetitions, with what is known of the attempt that counts. */
    entries: (run: RunId) => entries.all({ run }),
    /** The cases of these tasks: those that count, and those that failed before. */
    results: (run: RunId, of: readonly number[]) => results.all({ run, tasks: JSON.stringify(of) }),
  };
}
