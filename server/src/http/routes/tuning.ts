import { tuningListSchema, tuningRequestSchema } from "@shardwright/core";
import { defineRoute } from "../define-route.ts";

export const tuningRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/tuning",
    summary: "What the scheduler tunes by itself: each parameter's value, bounds, and what happened to it last.",
    scopes: ["admin"],
    answer: tuningListSchema,
    handle: (_call, { scheduler }) => scheduler.tuner.list(),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/tuning",
    summary: "Hold a parameter to a value, or have it, or all of them, begin anew.",
    scopes: ["admin"],
    body: tuningRequestSchema,
    audit: ({ body }) => ({ name: "tuning.change", object: JSON.stringify(body) }),
    handle: ({ body }, { scheduler }) => scheduler.tune(body),
  }),
];
