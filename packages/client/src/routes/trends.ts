import {
  type AlertFilter,
  type AlertId,
  type AlertRequest,
  type JudgeRequest,
  type MetricsDrop,
  type MetricsRequest,
  type TestRename,
  type TrendFilter,
  judgeAnswerSchema,
  metricsResponseSchema,
  testRenamedSchema,
  trendAlertListSchema,
  trendAlertSchema,
  trendAnalysesSchema,
  trendAnalysisSchema,
  trendConfirmationListSchema,
  trendPointsSchema,
  trendSeriesListSchema,
} from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

export function trendRoutes(caller: Caller) {
  return {
    /** Sends one part of what was measured elsewhere. Sent twice, it counts once. */
    reportMetrics: (request: MetricsRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/metrics", json: request }, metricsResponseSchema, options),

    /** Gives up an upload that is not complete. */
    dropMetrics: (request: MetricsDrop, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: "/api/v1/metrics", json: request }, options),

    /** One page of the series that are kept. */
    listTrends: (
      query: Partial<Record<keyof TrendFilter, string | undefined>> & { after?: number | undefined; limit?: number | undefined },
      options?: CallOptions,
    ) => caller.json({ method: "GET", path: path("/api/v1/trends/series", [], query) }, trendSeriesListSchema, options),

    /** One page of a series' points, oldest first. */
    trendPoints: (
      series: number,
      query: { project?: string; branch?: string | undefined; offset?: number; limit?: number },
      options?: CallOptions,
    ) =>
      caller.json(
        { method: "GET", path: path("/api/v1/trends/series/:/points", [String(series)], query) },
        trendPointsSchema,
        options,
      ),

    /** Links what was measured of a test under its old name with what is measured under its new one. */
    renameTest: (request: TestRename, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/trends/rename", json: request }, testRenamedSchema, options),

    /** One page of alerts, newest first. */
    listAlerts: (
      query: { readonly [K in keyof AlertFilter]?: AlertFilter[K] | undefined } & {
        before?: number | undefined;
        limit?: number | undefined;
      },
      options?: CallOptions,
    ) => caller.json({ method: "GET", path: path("/api/v1/trends/alerts", [], query) }, trendAlertListSchema, options),

    /** One alert with its series, the worst first. */
    getAlert: (alert: AlertId, query: { project?: string } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/trends/alerts/:", [alert], query) }, trendAlertSchema, options),

    /** Acknowledges an alert, says that it is none, or opens it again. */
    setAlert: (alert: AlertId, request: AlertRequest, options?: CallOptions) =>
      caller.json({ method: "PATCH", path: path("/api/v1/trends/alerts/:", [alert]), json: request }, trendAlertSchema, options),

    /** One page of the changes that are, or were, measured again, newest first. */
    listConfirmations: (
      query: { project?: string; series?: number; commit?: string; before?: string | undefined; limit?: number },
      options?: CallOptions,
    ) =>
      caller.json({ method: "GET", path: path("/api/v1/trends/confirmations", [], query) }, trendConfirmationListSchema, options),

    /** Has all judged that has come; the answer comes when that is done, or after `wait_ms`. */
    judgeTrends: (request: JudgeRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/trends/judge", json: request }, judgeAnswerSchema, {
        timeout_ms: (request.wait_ms ?? 30_000) + caller.timeout_ms,
        ...options,
      }),

    /** What one series says, on a branch or on the one that is watched. */
    analyseTrend: (series: number, query: { project?: string; branch?: string | undefined } = {}, options?: CallOptions) =>
      caller.json(
        { method: "GET", path: path("/api/v1/trends/series/:/analysis", [String(series)], query) },
        trendAnalysisSchema,
        options,
      ),

    /** One page of what the series that fit say. */
    analyseTrends: (
      query: Partial<Record<keyof TrendFilter, string | undefined>> & { after?: number | undefined; limit?: number | undefined },
      options?: CallOptions,
    ) => caller.json({ method: "GET", path: path("/api/v1/trends/analysis", [], query) }, trendAnalysesSchema, options),
  };
}
