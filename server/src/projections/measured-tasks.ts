import type { AttemptStatus, CaseResult, Metric, measuringClass } from "@shardwright/core";
import { type SQL, and, asc, eq, gt, gte, inArray, isNull, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, cases, tasks, workers } from "../database/tables.ts";

/** A task that was dealt to somebody, with the attempt that speaks for it. */
export interface MeasuredTask {
  readonly task: number;
  readonly file: string;
  readonly file_key: string;
  readonly browser: string | null;
  /** Which part of how many it is, from 0, where the file is divided. */
  readonly part: number | null;
  readonly parts: number | null;
  /** It repeats new tests of the file. */
  readonly isRepetition: boolean;
  readonly failed: boolean;
  readonly flaky: boolean;
  readonly failed_before: boolean;
  readonly attempt: number;
  readonly status: string;
  readonly resumes: number | null;
  readonly duration_ms: number;
  readonly metrics: Metric[] | null;
  readonly machine: string;
  readonly capabilities: Parameters<typeof measuringClass>[0];
  readonly standing: string;
}

interface MeasuredCase {
  readonly number: number;
  /** Null where it neither took as long as asked for nor measured anything. */
  readonly result: CaseResult | null;
}

const results: AttemptStatus[] = ["passed", "failed", "errored"];

/** Whether what a task took and measured is of interest. Repetitions of new tests are not: they begin with what their file has loaded already. */
export function isMeasured({ isRepetition, status }: MeasuredTask): boolean {
  return !isRepetition && (results as readonly string[]).includes(status);
}

/** Reads what the tests of a run took and measured. */
export function createMeasuredTasks(database: Database) {
  const p = sql.placeholder;
  const ran = (of: SQL | undefined) =>
    database
      .select({
        task: tasks.task,
        file: tasks.file,
        file_key: tasks.file_key,
        browser: tasks.browser,
        part: sql<number | null>`json_extract(${tasks.part}, '$.index')`,
        parts: sql<number | null>`json_extract(${tasks.part}, '$.count')`,
        isRepetition: sql`${tasks.repeat} is not null`.mapWith(Boolean),
        failed: sql`${tasks.status} in ('failed', 'errored') and not ${tasks.quarantined}`.mapWith(Boolean),
        flaky: tasks.flaky,
        failed_before: tasks.failed_before,
        attempt: attempts.attempt,
        status: attempts.status,
        resumes: attempts.resumes,
        duration_ms: attempts.duration_ms,
        metrics: attempts.metrics,
        machine: workers.name,
        capabilities: workers.capabilities,
        standing: workers.standing,
      })
      .from(tasks)
      .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task), eq(attempts.attempt, tasks.current)))
      .innerJoin(workers, eq(workers.id, attempts.worker))
      .where(and(eq(tasks.run, p("run")), of))
      .orderBy(asc(tasks.task))
      .limit(p("limit"));
  const readFrom = ran(gte(tasks.task, p("from"))).prepare();
  const isOfFile = and(eq(tasks.file_key, p("file_key")), isNull(tasks.repeat), inArray(attempts.status, results));
  const readParts = ran(isOfFile).prepare();
  const ofAttempt = and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt")));
  const readCases = database
    .select({
      number: cases.number,
      result:
        sql<CaseResult | null>`case when ${cases.duration_ms} >= ${p("floor_ms")} or instr(${cases.result}, '"metrics":[') > 0 then ${cases.result} end`.mapWith(
          cases.result,
        ),
    })
    .from(cases)
    .where(and(ofAttempt, gt(cases.number, p("after"))))
    .orderBy(asc(cases.number))
    .limit(p("limit"))
    .prepare();
  const sumCases = database
    .select({ sum_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)` })
    .from(cases)
    .where(ofAttempt)
    .prepare();

  return {
    /** Tasks of a run from one on, in their order, of which there was an attempt. */
    from: (run: string, from: number, limit: number) => readFrom.all({ run, from, limit }) as MeasuredTask[],
    /** The parts of a divided file that have a result, in their order. */
    partsOf: (run: string, { file_key, parts }: MeasuredTask) =>
      // One more than there may be is as good as any number of them.
      readParts.all({ run, file_key, limit: (parts ?? 0) + 1 }) as MeasuredTask[],
    /** Cases of the attempt after one of them, in their order. @param after null for the first */
    cases: (run: string, { task, attempt }: MeasuredTask, after: number | null, floor_ms: number, limit: number) =>
      readCases.all({ run, task, attempt, after: after ?? Number.MIN_SAFE_INTEGER, floor_ms, limit }) as MeasuredCase[],
    /** What all cases of an attempt took together. */
    sum_ms: (run: string, { task, attempt }: MeasuredTask) => sumCases.get({ run, task, attempt })?.sum_ms ?? 0,
  };
}
