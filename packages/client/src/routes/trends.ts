import {
  type MetricsDrop,
  type MetricsRequest,
  type TestRename,
  type TrendFilter,
  metricsResponseSchema,
  testRenamedSchema,
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
  };
}
