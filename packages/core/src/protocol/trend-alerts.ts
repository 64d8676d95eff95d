import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { alertEndSchema, alertIdSchema, alertStateSchema, alertedChangeSchema, judgementSchema } from "../model/trend-alert.ts";
import { confirmationDecisionSchema, confirmationIdSchema, suspicionSchema } from "../model/trend-confirmation.ts";
import { trendSeriesSchema } from "./trends.ts";

/** Alerts that one answer has at most, the series that a list names of each, and those that an alert read by itself names. */
export const alertsPageLimit = 200;
export const alertWorst = 5;
export const alertSeriesLimit = 500;
/** How long a call may wait until all that has come is judged. */
export const judgeWaitLimit_ms = 120_000;

const count = z.int().nonnegative();

/** A series of an alert, the worst first. */
export const alertSeriesSchema = alertedChangeSchema.extend({
  ...trendSeriesSchema.pick({
    test: true,
    case: true,
    name: true,
    unit: true,
    better: true,
    dimensions: true,
    hardware_class: true,
  }).shape,
});
export type AlertSeries = z.infer<typeof alertSeriesSchema>;

export const trendAlertSchema = z.object({
  id: alertIdSchema,
  project: nameSchema,
  branch: z.string(),
  state: alertStateSchema,
  judgement: judgementSchema,
  /** So much of the suite moved at once that the machines are likelier the cause than the commits. */
  infrastructure: z.boolean(),
  /** The commits one of which it comes from, in order. */
  commits: z.array(z.string()),
  last_good: z.string().optional(),
  opened_at_ms: z.int(),
  changed_at_ms: z.int(),
  /** Who set its state last, and what they wrote; absent where nobody did. */
  by: z.string().optional(),
  note: z.string().optional(),
  /** When it ended by itself: all of its series were back at where they had been, or nothing could be said of them any more. */
  recovered_at_ms: z.int().optional(),
  /** How it ended by itself: its series went back, more points show that they never moved, or they are not measured any more. */
  ended_by: alertEndSchema.optional(),
  /** Series that show it; `series` has the worst of them. */
  series_count: count,
  series: z.array(alertSeriesSchema),
});
export type TrendAlert = z.infer<typeof trendAlertSchema>;

/** `GET /api/v1/trends/alerts`. */
export const alertFilterSchema = z.object({
  project: nameSchema.default("default"),
  /** `watched` are those that are open or acknowledged. */
  state: z.enum([...alertStateSchema.options, "watched"]).optional(),
  judgement: judgementSchema.optional(),
  /** Of which this may be the commit. */
  commit: z.string().min(1).max(128).optional(),
});
export type AlertFilter = z.input<typeof alertFilterSchema>;

/** Newest first. */
export const trendAlertListSchema = z.object({
  project: nameSchema,
  alerts: z.array(trendAlertSchema),
  /** Ask again with this as `before`, where there are more. */
  next: z.int().optional(),
});
export type TrendAlertList = z.infer<typeof trendAlertListSchema>;

/** `PATCH /api/v1/trends/alerts/{alert}`. */
export const alertRequestSchema = z.strictObject({
  project: nameSchema.default("default"),
  /** `fixed` is found out by itself. */
  state: z.enum(["open", "acknowledged", "invalid"]),
  /** For whoever looks at it next. */
  note: z.string().max(1024).optional(),
  by: z.string().min(1).max(128),
});
export type AlertRequest = z.input<typeof alertRequestSchema>;

/** Suspicions that one page has at most. */
export const confirmationsPageLimit = 200;

/** A change that is measured again before anybody is told of it, or was. */
export const trendConfirmationSchema = suspicionSchema.omit({ confirmation: true, good_run: true, bad_run: true }).extend({
  id: confirmationIdSchema,
  /** What is measured; absent where the series is gone. */
  about: trendSeriesSchema
    .pick({ test: true, case: true, name: true, unit: true, better: true, dimensions: true, hardware_class: true })
    .optional(),
  begun_at_ms: z.int(),
  /** What came of it; absent while it goes on. */
  decision: confirmationDecisionSchema.optional(),
  p: z.number().optional(),
  /** By how much the bad commit differs, as a share of the good one. */
  relative: z.number().optional(),
  /** Why it is not known. */
  reason: z.string().optional(),
  ended_at_ms: z.int().optional(),
});
export type TrendConfirmation = z.infer<typeof trendConfirmationSchema>;

/** `GET /api/v1/trends/confirmations`. */
export const confirmationFilterSchema = z.object({
  project: nameSchema.default("default"),
  /** Those of one series, or of which this is the bad commit. */
  series: z.coerce.number().int().positive().optional(),
  commit: z.string().min(1).max(128).optional(),
});
export type ConfirmationFilter = z.input<typeof confirmationFilterSchema>;

/** Where a page goes on: the moment and the id of the last one of the page before. */
export const confirmationCursorSchema = z.string().regex(/^\d{1,16}-c-[0-9a-z]{16}$/, "say `next` of the page before");

/** Newest first. */
export const trendConfirmationListSchema = z.object({
  project: nameSchema,
  confirmations: z.array(trendConfirmationSchema),
  /** Ask again with this as `before`, where there are more. */
  next: confirmationCursorSchema.optional(),
});
export type TrendConfirmationList = z.infer<typeof trendConfirmationListSchema>;

/** `POST /api/v1/trends/judge`: looks at all that has come, now. */
export const judgeRequestSchema = z.strictObject({
  project: nameSchema.default("default"),
  /** The answer comes after this, whatever is left. */
  wait_ms: z.int().nonnegative().max(judgeWaitLimit_ms).default(30_000),
});
export type JudgeRequest = z.input<typeof judgeRequestSchema>;

/** What the project's alerts rest on. */
export const judgeAnswerSchema = z.object({
  /** Whether changes are watched for at all: `trends-alerts`. */
  watching: z.boolean(),
  /** Whether all that had come was judged before the time was over. */
  settled: z.boolean(),
  /** Branches that are watched. */
  branches: z.array(z.string()),
  /** Series of the project that are added to still, and those among them that have points enough on such a branch to be judged. */
  series: count,
  judgeable: count,
});
export type JudgeAnswer = z.infer<typeof judgeAnswerSchema>;
