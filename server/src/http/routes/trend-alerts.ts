import {
  alertFilterSchema,
  alertIdSchema,
  alertRequestSchema,
  alertsPageLimit,
  confirmationCursorSchema,
  confirmationFilterSchema,
  confirmationsPageLimit,
  judgeAnswerSchema,
  judgeRequestSchema,
  nameSchema,
  trendAlertListSchema,
  trendAlertSchema,
  trendAnalysesSchema,
  trendAnalysisSchema,
  trendFilterSchema,
  trendAnalysesPageLimit,
  comparisonQuerySchema,
  trendComparisonSchema,
  trendConfirmationListSchema,
} from "@shardwright/core";
import { z } from "zod";
import { actOnAlert, judgeNow, readAlert } from "../../trends/act-on-alert.ts";
import { analysesOf, analysisOf } from "../../trends/analyses.ts";
import { comparisonOf } from "../../trends/comparisons.ts";
import { defineRoute } from "../define-route.ts";

export const trendAlertRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/trends/alerts",
    summary:
      "Changes of what tests take and measure, one alert for each range of commits, newest first, with the worst series of each.",
    scopes: ["read"],
    isLocal: true,
    query: alertFilterSchema.extend({
      /** What the page before said to go on with. */
      before: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(alertsPageLimit).default(50),
    }),
    answer: trendAlertListSchema,
    handle({ query: { before, limit, ...filter } }, { queries }) {
      const { alerts, next } = queries.alerts.list(filter, before ?? Number.MAX_SAFE_INTEGER, limit);
      return { project: filter.project, alerts, ...(next !== undefined && { next }) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/alerts/:alert",
    summary: "One alert with its series, the worst first.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ alert: alertIdSchema }),
    query: z.object({ project: nameSchema.default("default") }),
    answer: trendAlertSchema,
    handle: ({ params: { alert }, query: { project } }, parts) => readAlert(parts, project, alert),
  }),
  defineRoute({
    method: "patch",
    path: "/api/v1/trends/alerts/:alert",
    summary: "Acknowledge an alert, say that it is none, or open it again, with who says so and why.",
    scopes: ["submit"],
    params: z.object({ alert: alertIdSchema }),
    body: alertRequestSchema,
    answer: trendAlertSchema,
    audit: ({ params: { alert }, body: { project, state, note } }) => ({
      name: "alert.judge",
      object: `${alert}: ${state}${note === undefined ? "" : `, ${note}`}`,
      project,
    }),
    handle: ({ params: { alert }, body }, parts) => actOnAlert(parts, alert, body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/confirmations",
    summary: "Changes that are measured again before anybody is told, and what came of it, newest first; kept for 90 days.",
    scopes: ["read"],
    isLocal: true,
    query: confirmationFilterSchema.extend({
      before: confirmationCursorSchema.optional(),
      limit: z.coerce.number().int().min(1).max(confirmationsPageLimit).default(50),
    }),
    answer: trendConfirmationListSchema,
    handle({ query: { before, limit, ...filter } }, { queries }) {
      const { confirmations, next } = queries.confirmations.list(filter, before, limit);
      return { project: filter.project, confirmations, ...(next !== undefined && { next }) };
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/trends/judge",
    summary: "Look at all that has come at once, and say how many series can be judged.",
    scopes: ["submit"],
    body: judgeRequestSchema,
    answer: judgeAnswerSchema,
    handle: ({ body }, parts) => judgeNow(parts, body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/series/:series/analysis",
    summary: "What one series says: its levels and changes, outliers, drift, unlike machines and noise.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ series: z.coerce.number().int().positive() }),
    query: z.object({
      project: nameSchema.default("default"),
      branch: z.string().min(1).max(512).optional(),
      /** Whether the points that were analysed come with it. */
      points: z.enum(["true", "false"]).default("false"),
    }),
    answer: trendAnalysisSchema,
    handle: ({ params: { series }, query: { project, branch, points } }, parts) =>
      analysisOf(parts, { project, series, branch, withPoints: points === "true" }),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/analysis",
    summary: "The analyses of the series that fit, a few at a time, in the order of their numbers.",
    scopes: ["read"],
    isLocal: true,
    query: trendFilterSchema.extend({
      after: z.coerce.number().int().nonnegative().default(0),
      limit: z.coerce.number().int().min(1).max(trendAnalysesPageLimit).default(50),
    }),
    answer: trendAnalysesSchema,
    handle: ({ query }, parts) => analysesOf(parts, query),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/comparison",
    summary:
      "Configurations (hardware, branches, browsers or any other) beside the first one: ratios of what the series that fit measured.",
    scopes: ["read"],
    isLocal: true,
    query: comparisonQuerySchema,
    answer: trendComparisonSchema,
    handle: ({ query }, parts) => comparisonOf(parts, query),
  }),
];
