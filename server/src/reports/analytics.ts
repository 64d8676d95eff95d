import {
  type AnalyticsCost,
  type AnalyticsFailures,
  type AnalyticsFlaky,
  type AnalyticsFleet,
  type AnalyticsTests,
  type AnalyticsTime,
  type DayWindow,
  type FleetFigures,
  type FleetUse,
  type TestOrder,
  type TimeFigures,
  clustersByWeek,
  day_ms,
  fleetUse,
  median,
  readPrices,
  weeksOf,
  windowOf,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";

export interface Asked {
  readonly project: string;
  readonly days: number;
}
export interface AskedPage extends Asked {
  readonly offset: number;
  readonly limit: number;
}

/** Cases that are listed beside files. */
const casesListed = 50;

function framed({ project, days }: Asked, now_ms: number) {
  const window = windowOf(now_ms, days);
  return { window, frame: { project, since_ms: window.first * day_ms, until_ms: now_ms } };
}

/** One more than fits says whether there are more. */
function paged<T>(rows: readonly T[], { offset, limit }: AskedPage): { page: T[]; next?: { next: number } } {
  return { page: rows.slice(0, limit), ...(rows.length > limit && { next: { next: offset + limit } }) };
}

export function analyticsTime(queries: Queries, asked: Asked, now_ms: number): AnalyticsTime {
  const { window, frame } = framed(asked, now_ms);
  const rows = queries.analytics.time(asked.project, window);
  const total = Object.fromEntries(
    timeFigures.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]),
  ) as unknown as TimeFigures;
  return { ...frame, total, days: rows.map(({ day, ...figures }) => ({ at_ms: day * day_ms, ...figures })) };
}

const timeFigures = [
  "runs",
  "passed",
  "wall_ms",
  "wait_ms",
  "serial_ms",
  "cases_ms",
  "setup_ms",
  "retry_ms",
  "retries",
  "saved_ms",
] as const satisfies readonly (keyof TimeFigures)[];

export function analyticsTests(queries: Queries, asked: AskedPage & { readonly by: TestOrder }, now_ms: number): AnalyticsTests {
  const { window, frame } = framed(asked, now_ms);
  const { project, by, offset, limit } = asked;
  const { page, next } = paged(queries.analytics.tests(project, window, by, offset, limit + 1), asked);
  const cases = queries.analytics
    .caseDurations(
      project,
      page.map(({ test }) => test),
    )
    .filter(({ newest_ms }) => newest_ms.length > 0)
    .map(({ series, test, case_name, hardware_class, newest_ms }) => ({
      test,
      case: case_name,
      hardware_class,
      typical_ms: median(newest_ms) ?? 0,
      points: newest_ms.length,
      series,
    }))
    .sort((a, b) => b.typical_ms - a.typical_ms || a.series - b.series)
    .slice(0, casesListed);
  return { ...frame, by, tests: page, cases, ...next };
}

export function analyticsFlaky(queries: Queries, asked: AskedPage, now_ms: number): AnalyticsFlaky {
  const { window, frame } = framed(asked, now_ms);
  const { project, offset, limit } = asked;
  const { page, next } = paged(queries.analytics.flaky(project, window, offset, limit + 1), asked);
  return { ...frame, tests: page.map(({ last_day, ...test }) => ({ ...test, last_at_ms: last_day * day_ms })), ...next };
}

export function analyticsFailures(queries: Queries, asked: AskedPage, now_ms: number): AnalyticsFailures {
  const { window, frame } = framed(asked, now_ms);
  const clusters = clustersByWeek(queries.analytics.failures(asked.project, window), window);
  const { page, next } = paged(clusters.slice(asked.offset, asked.offset + asked.limit + 1), asked);
  return {
    ...frame,
    weeks: weeksOf(window).map((day) => day * day_ms),
    clusters: page.map(({ first_day, last_day, by_week, ...cluster }) => ({
      ...cluster,
      first_at_ms: first_day * day_ms,
      last_at_ms: last_day * day_ms,
      by_week: [...by_week],
    })),
    ...next,
  };
}

export function analyticsFleet(queries: Queries, asked: Asked, now_ms: number): AnalyticsFleet {
  const { window, frame } = framed(asked, now_ms);
  const { total, days, classes } = useOf(queries, asked.project, window, now_ms, []);
  return {
    ...frame,
    total: offered(total),
    days: days.map((figures) => ({ at_ms: figures.day * day_ms, ...offered(figures) })),
    classes: classes.map((figures) => ({ hardware_class: figures.hardware_class, ...offered(figures) })),
  };
}

/** @param settings as they hold now: what was paid before they were changed is told at today's prices */
export function analyticsCost(
  queries: Queries,
  asked: Asked,
  now_ms: number,
  settings: { readonly prices: readonly string[]; readonly currency: string },
): AnalyticsCost {
  const { window, frame } = framed(asked, now_ms);
  if (settings.prices.length === 0) return { ...frame, currency: null, days: [], classes: [] };
  const { total, days, classes } = useOf(queries, asked.project, window, now_ms, settings.prices);
  const runs = queries.analytics.time(asked.project, window).reduce((sum, day) => sum + day.runs, 0);
  return {
    ...frame,
    currency: settings.currency,
    ...(runs > 0 && { per_run: total.own_cost / runs }),
    total: costed(total),
    days: days.map((figures) => ({ at_ms: figures.day * day_ms, ...costed(figures) })),
    classes: classes.map((figures) => ({ hardware_class: figures.hardware_class, ...costed(figures) })),
  };
}

function useOf(queries: Queries, project: string, window: DayWindow, now_ms: number, prices: readonly string[]): FleetUse {
  const { analytics } = queries;
  return fleetUse(analytics.spans(window.first * day_ms, now_ms), analytics.uses(project, window), window, readPrices(prices));
}

function offered({ offered_ms, busy_ms, own_ms, worker_hours }: FleetFigures) {
  return { offered_ms, busy_ms, own_ms, worker_hours, utilisation: offered_ms === 0 ? 0 : busy_ms / offered_ms };
}

function costed({ paid, own_cost, unpriced_hours }: FleetFigures) {
  return { used: own_cost, fleet: paid, unpriced_hours };
}
