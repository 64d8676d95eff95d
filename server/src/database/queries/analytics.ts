import type { DayWindow, FailureDay, TestOrder, TimeFigures, WorkerSpan, WorkerUse } from "@shardwright/core";
import { and, asc, between, desc, eq, gt, gte, isNull, lt, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { failureDays, fileDays, runFigures, trendPoints, trendSeries, trendSources, workerSpans, workerUse } from "../tables.ts";

/** Rows that are read of one window at most: more workers, or ways to fail, than any fleet has in it. */
const rowsRead = 100_000;
/** Series of cases that are looked at to find the slowest, and the newest durations of each. */
const seriesRead = 2000;
const pointsRead = 15;

/** Reads what is kept of runs by day. */
export function createAnalyticsQueries(database: Database) {
  const sum = (column: Parameters<typeof eq>[0]) => sql<number>`coalesce(sum(${column}), 0)`;
  const wall = sql`max(0, ${runFigures.ended_at_ms} - ${runFigures.opened_at_ms})`;
  const filesOf = (project: string, { first, last }: DayWindow) =>
    and(eq(fileDays.project, project), between(fileDays.day, first, last));
  const newest = database
    .select({ value: trendPoints.value })
    .from(trendPoints)
    .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
    .where(and(eq(trendPoints.series, sql.placeholder("series")), eq(trendSources.dropped, false), isNull(trendPoints.mark)))
    .orderBy(desc(trendPoints.source))
    .limit(pointsRead)
    .prepare();

  return {
    /** Figures of the runs that ended on each day, oldest first. */
    time: (project: string, { first, last }: DayWindow): (TimeFigures & { day: number })[] =>
      database
        .select({
          day: runFigures.day,
          runs: sql<number>`count(*)`,
          passed: sum(runFigures.passed),
          wall_ms: sql<number>`sum(${wall})`,
          wait_ms: sql<number>`coalesce(sum(max(0, ${runFigures.first_lease_ms} - ${runFigures.opened_at_ms})), 0)`,
          serial_ms: sum(runFigures.serial_ms),
          cases_ms: sum(runFigures.cases_ms),
          setup_ms: sql<number>`sum(max(0, ${runFigures.serial_ms} - ${runFigures.cases_ms}))`,
          retry_ms: sum(runFigures.retry_ms),
          retries: sum(runFigures.retries),
          saved_ms: sql<number>`sum(${runFigures.serial_ms} - ${wall})`,
        })
        .from(runFigures)
        .where(and(eq(runFigures.project, project), between(runFigures.day, first, last)))
        .groupBy(runFigures.day)
        .orderBy(asc(runFigures.day))
        .all(),

    /** Files, those first that took most by this order. */
    tests(project: string, window: DayWindow, by: TestOrder, offset: number, limit: number) {
      const runs = sum(fileDays.runs);
      const total = sum(fileDays.total_ms);
      const cases = sum(fileDays.cases_ms);
      const retry = sum(fileDays.retry_ms);
      const orders = {
        total,
        typical: sql`${total} / max(1, ${runs})`,
        setup: sql`${total} - ${cases}`,
        retries: retry,
      } satisfies Record<TestOrder, unknown>;
      return database
        .select({
          test: fileDays.test,
          runs,
          total_ms: total,
          typical_ms: sql<number>`${total} / max(1, ${runs})`,
          setup_ms: sql<number>`max(0, ${total} - ${cases})`,
          retry_ms: retry,
          failed: sum(fileDays.failed),
          flaky: sum(fileDays.flaky),
        })
        .from(fileDays)
        .where(filesOf(project, window))
        .groupBy(fileDays.test)
        .orderBy(desc(orders[by]), asc(fileDays.test))
        .limit(limit)
        .offset(offset)
        .all();
    },

    /** The newest durations, as they are kept in trends, of the cases of some files. */
    caseDurations(project: string, tests: readonly string[]) {
      return database
        .select({
          series: trendSeries.id,
          test: trendSeries.test,
          case_name: trendSeries.case_name,
          hardware_class: trendSeries.hardware_class,
        })
        .from(trendSeries)
        .where(
          and(
            eq(trendSeries.project, project),
            sql`${trendSeries.test} in (select value from json_each(${JSON.stringify(tests)}))`,
            gt(trendSeries.case_name, ""),
            eq(trendSeries.name, "duration"),
          ),
        )
        .orderBy(asc(trendSeries.id))
        .limit(seriesRead)
        .all()
        .map((row) => ({ ...row, newest_ms: newest.all({ series: row.series }).map(({ value }) => value) }));
    },

    flaky: (project: string, window: DayWindow, offset: number, limit: number) =>
      database
        .select({
          test: fileDays.test,
          flaky: sum(fileDays.flaky),
          runs: sum(fileDays.runs),
          retry_ms: sum(fileDays.retry_ms),
          last_day: sql<number>`max(case when ${fileDays.flaky} > 0 then ${fileDays.day} end)`,
        })
        .from(fileDays)
        .where(filesOf(project, window))
        .groupBy(fileDays.test)
        .having(gt(sum(fileDays.flaky), 0))
        .orderBy(desc(sum(fileDays.flaky)), desc(sum(fileDays.retry_ms)), asc(fileDays.test))
        .limit(limit)
        .offset(offset)
        .all(),

    failures: (project: string, { first, last }: DayWindow): FailureDay[] =>
      database
        .select({
          fingerprint: failureDays.fingerprint,
          day: failureDays.day,
          kind: failureDays.kind,
          title: failureDays.title,
          runs: failureDays.runs,
          cases: failureDays.cases,
        })
        .from(failureDays)
        .where(and(eq(failureDays.project, project), between(failureDays.day, first, last)))
        .orderBy(asc(failureDays.day), asc(failureDays.fingerprint))
        .limit(rowsRead)
        .all(),

    /** Workers that were there in a stretch of time; one that is there still ends with it. */
    spans: (since_ms: number, until_ms: number): WorkerSpan[] =>
      database
        .select()
        .from(workerSpans)
        .where(and(or(isNull(workerSpans.end_ms), gte(workerSpans.end_ms, since_ms)), lt(workerSpans.begin_ms, until_ms)))
        .limit(rowsRead)
        .all()
        .map(({ end_ms, ...span }) => ({ ...span, end_ms: end_ms ?? until_ms })),

    /** How long each worker ran tests on each day: of all projects, and of one. */
    uses: (project: string, { first, last }: DayWindow): WorkerUse[] =>
      database
        .select({
          worker: workerUse.worker,
          day: workerUse.day,
          busy_ms: sum(workerUse.busy_ms),
          own_ms: sql<number>`coalesce(sum(case when ${workerUse.project} = ${project} then ${workerUse.busy_ms} end), 0)`,
        })
        .from(workerUse)
        .where(between(workerUse.day, first, last))
        .groupBy(workerUse.day, workerUse.worker)
        .limit(rowsRead)
        .all(),
  };
}
