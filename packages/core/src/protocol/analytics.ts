import { z } from "zod";
import { currencySchema } from "../analytics/prices.ts";
import { nameSchema } from "../model/ids.ts";

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const money = z.number().nonnegative();
/** Days for which figures are kept, and so the longest window. */
export const analyticsDays = 400;
/** Entries that one answer lists at most. */
export const analyticsLimit = 500;

/** Which days are looked at: so many whole ones, by UTC, today among them. */
export const analyticsQuerySchema = z.object({
  project: nameSchema.default("default"),
  days: z.coerce.number().int().min(1).max(analyticsDays).default(30),
});
export const analyticsPageSchema = analyticsQuerySchema.extend({
  offset: z.coerce.number().int().nonnegative().max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(analyticsLimit).default(50),
});
export type AnalyticsQuery = Partial<z.input<typeof analyticsQuerySchema>>;
export type AnalyticsPage = Partial<z.input<typeof analyticsPageSchema>>;

const answered = {
  project: nameSchema,
  /** Milliseconds since 1970: when the first day begins, and now. */
  since_ms: z.int(),
  until_ms: z.int(),
};
const next = z.int().optional();

const timeFiguresSchema = z.object({
  runs: count,
  passed: count,
  /** From when a run was opened until it ended, and until its first test was dealt to a worker. */
  wall_ms: ms,
  wait_ms: ms,
  /** What all tests take one after the other: the attempts that counted. Of it, what tests took themselves, and all else: loading, set-up. */
  serial_ms: ms,
  cases_ms: ms,
  setup_ms: ms,
  /** Attempts that did not count: failed and tried again, lost, overtaken. */
  retry_ms: ms,
  retries: count,
  /** Time that serial runs would have taken more. Negative where they would have been faster. */
  saved_ms: z.number(),
});
export type TimeFigures = z.infer<typeof timeFiguresSchema>;

/** `GET /api/v1/analytics/time`: where the time of runs goes, and what is saved against running all tests one after the other. */
export const analyticsTimeSchema = z.object({
  ...answered,
  total: timeFiguresSchema,
  days: z.array(timeFiguresSchema.extend({ at_ms: z.int() })),
});
export type AnalyticsTime = z.infer<typeof analyticsTimeSchema>;

/** What files are ordered by: all their time, that of one run, their set-up, or their retries. */
export const testOrders = ["total", "typical", "setup", "retries"] as const;
export type TestOrder = (typeof testOrders)[number];

/** `GET /api/v1/analytics/tests`: the files that take longest, and the slowest cases of those that this page lists. */
export const analyticsTestsSchema = z.object({
  ...answered,
  by: z.enum(testOrders),
  tests: z.array(
    z.object({
      /** The file's key. */
      test: z.string(),
      /** Runs in which it ran. */
      runs: count,
      total_ms: ms,
      /** A run's share of that. */
      typical_ms: ms,
      setup_ms: ms,
      retry_ms: ms,
      /** How often it failed for good, and how often it passed only when it was tried again. */
      failed: count,
      flaky: count,
    }),
  ),
  /** Slowest first. The median of the newest durations in trends, whenever they were measured. */
  cases: z.array(
    z.object({
      test: z.string(),
      case: z.string(),
      hardware_class: z.string(),
      typical_ms: ms,
      points: count,
      /** Of its series, as `GET /api/v1/trends/series/{series}/points` takes it. */
      series: z.int(),
    }),
  ),
  next,
});
export type AnalyticsTests = z.infer<typeof analyticsTestsSchema>;

const useSchema = z.object({
  /** Slots times the time for which they were there. */
  offered_ms: ms,
  /** For which they ran tests: of any project, and of this one. */
  busy_ms: ms,
  own_ms: ms,
  worker_hours: z.number().nonnegative(),
  /** `busy_ms` of `offered_ms`. */
  utilisation: z.number().nonnegative(),
});

/** `GET /api/v1/analytics/fleet`: what the fleet offered, and how much of it tests used. The fleet is all projects'. */
export const analyticsFleetSchema = z.object({
  ...answered,
  total: useSchema,
  days: z.array(useSchema.extend({ at_ms: z.int() })),
  classes: z.array(useSchema.extend({ hardware_class: z.string() })),
});
export type AnalyticsFleet = z.infer<typeof analyticsFleetSchema>;

const costSchema = z.object({
  /** What the project's tests used, at its share of each worker's price. */
  used: money,
  /** What the whole fleet cost for as long as it was there, used or not. */
  fleet: money,
  /** Hours of workers that no price fits: they are in neither. */
  unpriced_hours: z.number().nonnegative(),
});

/** `GET /api/v1/analytics/cost`: nothing but `currency: null` where no prices are set. */
export const analyticsCostSchema = z.object({
  ...answered,
  currency: currencySchema.nullable(),
  /** Of each run that ended in the window, on average. */
  per_run: money.optional(),
  total: costSchema.optional(),
  days: z.array(costSchema.extend({ at_ms: z.int() })),
  classes: z.array(costSchema.extend({ hardware_class: z.string() })),
});
export type AnalyticsCost = z.infer<typeof analyticsCostSchema>;

/** `GET /api/v1/analytics/flaky`: files that passed only when they were tried again, the most frequent first. */
export const analyticsFlakySchema = z.object({
  ...answered,
  tests: z.array(
    z.object({
      test: z.string(),
      flaky: count,
      runs: count,
      /** What its attempts that did not count took. */
      retry_ms: ms,
      /** The last day on which it was. */
      last_at_ms: z.int(),
    }),
  ),
  next,
});
export type AnalyticsFlaky = z.infer<typeof analyticsFlakySchema>;

/** `GET /api/v1/analytics/failures`: ways in which tests fail, over the weeks; those that most runs showed first. */
export const analyticsFailuresSchema = z.object({
  ...answered,
  /** When each week begins, on a Monday; the first and the last may be looked at in part. */
  weeks: z.array(z.int()),
  clusters: z.array(
    z.object({
      fingerprint: z.string(),
      kind: z.string(),
      title: z.string(),
      runs: count,
      cases: count,
      /** The first and last day of the window on which it was seen. */
      first_at_ms: z.int(),
      last_at_ms: z.int(),
      /** Runs that showed it in each week. */
      by_week: z.array(count),
    }),
  ),
  next,
});
export type AnalyticsFailures = z.infer<typeof analyticsFailuresSchema>;
