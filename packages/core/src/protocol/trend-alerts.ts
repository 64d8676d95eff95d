import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { alertIdSchema, alertStateSchema, alertedChangeSchema, judgementSchema } from "../model/trend-alert.ts";
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
  /** When all of its series were back at where they had been. */
  recovered_at_ms: z.int().optional(),
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
