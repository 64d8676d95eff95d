import {
  analyticsCostSchema,
  analyticsFailuresSchema,
  analyticsFlakySchema,
  analyticsFleetSchema,
  analyticsPageSchema,
  analyticsQuerySchema,
  analyticsTestsSchema,
  analyticsTimeSchema,
  testOrders,
} from "@shardwright/core";
import { z } from "zod";
import {
  analyticsCost,
  analyticsFailures,
  analyticsFlaky,
  analyticsFleet,
  analyticsTests,
  analyticsTime,
} from "../../reports/analytics.ts";
import { defineRoute } from "../define-route.ts";

export const analyticsRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/time",
    summary:
      "Where the time of a project's runs goes, day by day, and what is saved against running all tests one after the other.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsQuerySchema,
    answer: analyticsTimeSchema,
    handle: ({ query }, { queries, clock }) => analyticsTime(queries, query, clock.now_ms()),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/tests",
    summary: "The files of a project that take longest, and the slowest cases of those that the page lists.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsPageSchema.extend({ by: z.enum(testOrders).default("total") }),
    answer: analyticsTestsSchema,
    handle: ({ query }, { queries, clock }) => analyticsTests(queries, query, clock.now_ms()),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/fleet",
    summary: "What the fleet offered, day by day and by class of hardware, and how much of it tests used.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsQuerySchema,
    answer: analyticsFleetSchema,
    handle: ({ query }, { queries, clock }) => analyticsFleet(queries, query, clock.now_ms()),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/cost",
    summary: "What a project's tests cost, and the whole fleet, by the prices that are set; nothing where none are.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsQuerySchema,
    answer: analyticsCostSchema,
    handle: ({ query }, { queries, clock, configuration }) =>
      analyticsCost(queries, query, clock.now_ms(), {
        prices: configuration.get("worker-prices"),
        currency: configuration.get("currency"),
      }),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/flaky",
    summary: "Files of a project that passed only when they were tried again, the most frequent first.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsPageSchema,
    answer: analyticsFlakySchema,
    handle: ({ query }, { queries, clock }) => analyticsFlaky(queries, query, clock.now_ms()),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/analytics/failures",
    summary: "Ways in which tests of a project fail, over the weeks; those that most runs showed first.",
    scopes: ["read"],
    isLocal: true,
    query: analyticsPageSchema,
    answer: analyticsFailuresSchema,
    handle: ({ query }, { queries, clock }) => analyticsFailures(queries, query, clock.now_ms()),
  }),
];
