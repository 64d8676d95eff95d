import type { AttemptStatus, RunId, Verdict } from "@shardwright/core";
import { and, asc, desc, eq, gt, inArray, isNotNull, notInArray, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, cases, failedCases, runs, tasks, workers } from "../tables.ts";
import { isHistory } from "../history.ts";

/** Runs of one file that are looked at, the newest. */
const runsOfFile = 200;

/** Reads how cases fared over the runs of a project, and which of them it knows. */
export function createFlakyQueries(database: Database) {
  const p = sql.placeholder;
  const verdicts: Verdict[] = ["passed", "failed", "errored", "incomplete", "cancelled"];
  const results: AttemptStatus[] = ["passed", "failed", "errored"];
  const among = (column: Parameters<typeof inArray>[0], list: string) =>
    inArray(column, sql`(select value from json_each(${p(list)}))`);
  const suspects = database
    .select({
      file_key: failedCases.file_key,
      case_key: failedCases.case_key,
      at_ms: sql<number>`max(${failedCases.at_ms})`,
    })
    .from(failedCases)
    .where(eq(failedCases.project, p("project")))
    .groupBy(failedCases.file_key, failedCases.case_key)
    .orderBy(desc(sql`max(${failedCases.at_ms})`), asc(failedCases.file_key), asc(failedCases.case_key))
    .limit(p("limit"))
    .prepare();
  const countSuspects = database
    .select({ count: sql<number>`count(*)` })
    .from(
      database
        .selectDistinct({ file_key: failedCases.file_key, case_key: failedCases.case_key })
        .from(failedCases)
        .where(eq(failedCases.project, p("project")))
        .as("distinct_cases"),
    )
    .prepare();
  const runsWith = database
    .select({ run: tasks.run, cases: sql<number>`sum(${tasks.cases})` })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .where(and(eq(tasks.file_key, p("key")), eq(runs.project, p("project")), inArray(runs.verdict, verdicts), isHistory))
    .groupBy(tasks.run)
    .orderBy(sql`max(${runs.submitted_at_ms}) desc`, desc(tasks.run))
    .limit(runsOfFile)
    .prepare();
  const keyOfCase = sql<string>`json_insert(json_extract(${cases.result}, '$.path'), '$[#]', coalesce(json_extract(${cases.result}, '$.ordinal'), 0))`;
  const tries = database
    .select({
      run: tasks.run,
      task: tasks.task,
      attempt: attempts.attempt,
      case_key: keyOfCase,
      status: cases.status,
      suite: tasks.suite,
      file: tasks.file,
      args: tasks.args,
      hash: tasks.hash,
      requirements: tasks.requirements,
      context: runs.context,
      suites: runs.suites,
      ended_at_ms: attempts.ended_at_ms,
      duration_ms: attempts.duration_ms,
      worker: workers.name,
      capabilities: workers.capabilities,
    })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task), inArray(attempts.status, results)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .innerJoin(cases, and(eq(cases.run, attempts.run), eq(cases.task, attempts.task), eq(cases.attempt, attempts.attempt)))
    .where(
      and(
        eq(tasks.file_key, p("key")),
        among(tasks.run, "runs"),
        inArray(cases.status, ["passed", "failed", "errored"]),
        inArray(keyOfCase, sql`(select value from json_each(${p("cases")}))`),
      ),
    )
    .prepare();
  const held = database
    .select({
      run: failedCases.run,
      task: failedCases.task,
      attempt: failedCases.attempt,
      case_key: failedCases.case_key,
    })
    .from(failedCases)
    .where(and(eq(failedCases.project, p("project")), eq(failedCases.file_key, p("key")), among(failedCases.case_key, "cases")))
    .prepare();
  const newestRuns = database
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.project, p("project")), inArray(runs.verdict, verdicts), isHistory))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
    .limit(p("limit"))
    .prepare();
  const nextFiles = database
    .select({
      task: tasks.task,
      key: tasks.file_key,
      hash: tasks.hash,
      stressFailed: sql<number>`${tasks.repeat} is not null and ${tasks.status} not in ('passed', 'skipped')`,
    })
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), gt(tasks.task, p("after"))))
    .orderBy(asc(tasks.task))
    .limit(p("limit"))
    .prepare();
  const latest = database
    .select({ run: tasks.run, hash: tasks.hash })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.run))
    .where(and(eq(tasks.file_key, p("key")), eq(runs.project, p("project")), inArray(runs.verdict, verdicts), isHistory))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
    .limit(1)
    .prepare();
  const seenCases = database
    .selectDistinct({ path: sql<string>`json_extract(${cases.result}, '$.path')` })
    .from(tasks)
    .innerJoin(cases, and(eq(cases.run, tasks.run), eq(cases.task, tasks.task), eq(cases.attempt, tasks.current)))
    .where(and(eq(tasks.file_key, p("key")), among(tasks.run, "runs")))
    .prepare();
  const stressFailed = database
    .selectDistinct({ run: tasks.run })
    .from(tasks)
    .where(and(eq(tasks.file_key, p("key")), isNotNull(tasks.repeat), notInArray(tasks.status, ["passed", "skipped"])))
    .prepare();

  return {
    /** Cases that failed in a way that may be held against them, the latest first; and how many there are. */
    suspects: (project: string, limit: number) => ({
      found: suspects.all({ project, limit }),
      all: countSuspects.get({ project })?.count ?? 0,
    }),
    /** The newest runs that have ended and ran a file, with how many cases each ran of it. */
    runsWith: (project: string, key: string) => runsWith.all({ project, key }),
    /** How cases of a file fared in each attempt of these runs. */
    tries: (key: string, ids: readonly RunId[], caseKeys: readonly string[]) =>
      tries.all({ key, runs: JSON.stringify(ids), cases: JSON.stringify(caseKeys) }),
    /** The failures that may be held against them. */
    held: (project: string, key: string, caseKeys: readonly string[]) =>
      held.all({ project, key, cases: JSON.stringify(caseKeys) }),
    /** The newest runs that have ended, the newest first. */
    newestRuns: (project: string, limit: number): RunId[] => newestRuns.all({ project, limit }).map(({ id }) => id),
    /** Files of so many tasks of a run, from the one after a number; and whether that repeated new tests of it and has not passed. */
    nextFiles: (run: RunId, after: number, limit: number) => nextFiles.all({ run, after, limit }),
    /** A file's newest run that has ended, and its hash there. */
    latest: (project: string, key: string): { run: RunId; hash: string } | undefined => latest.get({ project, key }),
    /** Runs in which new tests of a file were repeated, and not all repetitions passed. */
    stressFailed: (key: string): Set<RunId> => new Set(stressFailed.all({ key }).map(({ run }) => run)),
    /** Paths of all cases that a file had in these runs. */
    seenCases: (key: string, ids: readonly RunId[]): string[][] =>
      seenCases.all({ key, runs: JSON.stringify(ids) }).map(({ path }) => JSON.parse(path) as string[]),
  };
}
