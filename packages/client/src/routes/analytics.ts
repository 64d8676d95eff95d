import {
  type AnalyticsPage,
  type AnalyticsQuery,
  type TestOrder,
  analyticsCostSchema,
  analyticsFailuresSchema,
  analyticsFlakySchema,
  analyticsFleetSchema,
  analyticsTestsSchema,
  analyticsTimeSchema,
} from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

type Asked = { readonly [Name in keyof AnalyticsQuery]: string | number | undefined };
type AskedPage = { readonly [Name in keyof AnalyticsPage]: string | number | undefined };

export function analyticsRoutes(caller: Caller) {
  const of = (what: string, query: AskedPage) => ({ method: "GET" as const, path: path(`/api/v1/analytics/${what}`, [], query) });
  return {
    /** Where the time of runs goes, and what is saved against running all tests one after the other. */
    analyseTime: (query: Asked = {}, options?: CallOptions) => caller.json(of("time", query), analyticsTimeSchema, options),

    /** Files that take longest, and the slowest cases of those that the page lists. */
    analyseTests: (query: AskedPage & { readonly by?: TestOrder | undefined } = {}, options?: CallOptions) =>
      caller.json(of("tests", query), analyticsTestsSchema, options),

    /** What the fleet offered, and how much of it tests used. */
    analyseFleet: (query: Asked = {}, options?: CallOptions) => caller.json(of("fleet", query), analyticsFleetSchema, options),

    /** What tests cost, by the prices that are set. */
    analyseCost: (query: Asked = {}, options?: CallOptions) => caller.json(of("cost", query), analyticsCostSchema, options),

    /** Files that passed only when they were tried again. */
    analyseFlaky: (query: AskedPage = {}, options?: CallOptions) =>
      caller.json(of("flaky", query), analyticsFlakySchema, options),

    /** Ways in which tests fail, over the weeks. */
    analyseFailures: (query: AskedPage = {}, options?: CallOptions) =>
      caller.json(of("failures", query), analyticsFailuresSchema, options),
  };
}
