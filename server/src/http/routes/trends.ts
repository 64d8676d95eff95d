import {
  ShardwrightError,
  metricsDropSchema,
  metricsRequestSchema,
  metricsResponseSchema,
  nameSchema,
  reportedPartLimit_bytes,
  testRenameSchema,
  testRenamedSchema,
  trendFilterSchema,
  trendPointsPageLimit,
  trendPointsSchema,
  trendSeriesListSchema,
  trendsPageLimit,
} from "@shardwright/core";
import { z } from "zod";
import { dropMetrics, renameTest, takeMetrics } from "../../reported-metrics.ts";
import { defineRoute } from "../define-route.ts";

export const trendRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/metrics",
    summary:
      "Send what was measured elsewhere, in parts; all of it is seen when its last part has come, and what is sent twice counts once.",
    scopes: ["submit"],
    body: metricsRequestSchema,
    bodyLimit_bytes: reportedPartLimit_bytes,
    answer: metricsResponseSchema,
    handle: ({ body }, parts) => takeMetrics(parts, body),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/metrics",
    summary: "Give up an upload that is not complete; nothing of it stays.",
    scopes: ["submit"],
    body: metricsDropSchema,
    handle: ({ body }, parts) => dropMetrics(parts, body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/series",
    summary:
      "Series of measurements: of one test, one metric, on one class of hardware, with how many points and the last value.",
    scopes: ["read"],
    isLocal: true,
    query: trendFilterSchema.extend({
      /** The last id of the page before. */
      after: z.coerce.number().int().nonnegative().default(0),
      limit: z.coerce.number().int().min(1).max(trendsPageLimit).default(100),
    }),
    answer: trendSeriesListSchema,
    handle({ query: { after, limit, ...filter } }, { queries }) {
      const { series, next } = queries.trends.list(filter, after, limit);
      return { project: filter.project, series, ...(next !== undefined && { next }) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/trends/series/:series/points",
    summary: "The points of one series, oldest first; those that are marked are left out of analysis.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ series: z.coerce.number().int().positive() }),
    query: z.object({
      project: nameSchema.default("default"),
      branch: z.string().min(1).max(512).optional(),
      offset: z.coerce.number().int().nonnegative().max(1_000_000).default(0),
      limit: z.coerce.number().int().min(1).max(trendPointsPageLimit).default(1000),
    }),
    answer: trendPointsSchema,
    handle({ params: { series: id }, query: { project, branch, offset, limit } }, { queries }) {
      const series = queries.trends.series(project, id, branch);
      if (series === undefined) throw new ShardwrightError("not-found", { what: `series ${id} of the project ${project}` });
      const points = queries.trends.points(id, branch, offset, limit);
      return { series, points, ...(points.length === limit && { next: offset + limit }) };
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/trends/rename",
    summary: "Link what was measured of a test under its old name with what is measured under its new one.",
    scopes: ["submit"],
    body: testRenameSchema,
    answer: testRenamedSchema,
    audit: ({ body: { project, from, to } }) => ({
      name: "trends.rename",
      object: `${JSON.stringify(from)} is ${JSON.stringify(to)}`,
      project,
    }),
    handle: ({ body }, parts) => renameTest(parts, body),
  }),
];
