import type { RunId } from "@shardwright/core";
import { and, asc, desc, eq, gte, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, cases, runs, tasks, workers } from "../tables.ts";
import { contextOf, isBefore } from "./run-filter.ts";

/** Cases that are read of the newest run of a file. */
const casesTold = 2000;

export interface RunsOfFileQuery {
  readonly project: string;
  readonly key: string;
  readonly branch?: string | undefined;
  readonly before?: string | undefined;
}

/** What is printed of a case, as `caseName` has it. */
const printedName = sql<string>`(select group_concat(value, ' > ') from json_each(${cases.result}, '$.path')) || case coalesce(json_extract(${cases.result}, '$.ordinal'), 0) when 0 then '' else ' (' || (json_extract(${cases.result}, '$.ordinal') + 1) || ')' end`;

const attemptColumns = {
  run: attempts.run,
  run_key: runs.run_key,
  submitted_at_ms: runs.submitted_at_ms,
  verdict: runs.verdict,
  context: runs.context,
  task: attempts.task,
  attempt: attempts.attempt,
  part: tasks.part,
  file: tasks.file,
  browser: tasks.browser,
  status: attempts.status,
  leased_at_ms: attempts.leased_at_ms,
  ended_at_ms: attempts.ended_at_ms,
  duration_ms: attempts.duration_ms,
  failure: attempts.failure,
  worker: workers.name,
  capabilities: workers.capabilities,
};

/** Reads how one test fared from run to run. */
export function createTestHistoryQueries(database: Database) {
  const p = sql.placeholder;
  const amongRuns = sql`${tasks.run} in (select value from json_each(${p("runs")}))`;
  const ofFile = database
    .select(attemptColumns)
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .where(and(eq(tasks.file_key, p("key")), amongRuns))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id), asc(attempts.task), desc(attempts.attempt))
    .prepare();
  const ofCase = database
    .select({
      ...attemptColumns,
      case_status: cases.status,
      case_duration_ms: cases.duration_ms,
      message: sql<string | null>`substr(json_extract(${cases.result}, '$.message'), 1, 2000)`,
      case_key: sql<string>`json_insert(json_extract(${cases.result}, '$.path'), '$[#]', coalesce(json_extract(${cases.result}, '$.ordinal'), 0))`,
    })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .innerJoin(cases, and(eq(cases.run, attempts.run), eq(cases.task, attempts.task), eq(cases.attempt, attempts.attempt)))
    .where(and(eq(tasks.file_key, p("key")), amongRuns, gte(cases.number, 0), sql`${printedName} = ${p("case")}`))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id), asc(attempts.task), desc(attempts.attempt))
    .prepare();
  const casesOfRun = database
    .select({ status: cases.status, duration_ms: cases.duration_ms, result: cases.result })
    .from(tasks)
    .innerJoin(cases, and(eq(cases.run, tasks.run), eq(cases.task, tasks.task), eq(cases.attempt, tasks.current)))
    .where(and(eq(tasks.run, p("run")), eq(tasks.file_key, p("key"))))
    .orderBy(asc(cases.task), asc(cases.number))
    .limit(casesTold)
    .prepare();

  return {
    /** The newest runs that have a file, with how many cases each ran of it. @throws ShardwrightError `bad-request` for a bad cursor */
    runsWith: ({ project, key, branch, before }: RunsOfFileQuery, limit: number) =>
      database
        .select({ id: tasks.run, submitted_at_ms: runs.submitted_at_ms, cases: sql<number>`sum(${tasks.cases})` })
        .from(tasks)
        .innerJoin(runs, eq(runs.id, tasks.run))
        .where(
          and(
            eq(tasks.file_key, key),
            eq(runs.project, project),
            branch === undefined ? undefined : eq(contextOf("branch"), branch),
            before === undefined ? undefined : isBefore(before),
          ),
        )
        .groupBy(tasks.run)
        .orderBy(desc(runs.submitted_at_ms), desc(tasks.run))
        .limit(limit)
        .all(),
    /** All attempts of a file in these runs, newest first. */
    ofFile: (key: string, ids: readonly RunId[]) => ofFile.all({ key, runs: JSON.stringify(ids) }),
    /** The same where a case of it ran, as that fared. */
    ofCase: (key: string, ids: readonly RunId[], name: string) => ofCase.all({ key, runs: JSON.stringify(ids), case: name }),
    /** The cases of a file in one run. */
    casesOf: (run: RunId, key: string) => casesOfRun.all({ run, key }),
  };
}
