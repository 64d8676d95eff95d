import { demandQuerySchema, demandSchema } from "@shardwright/core";
import { defineRoute } from "../define-route.ts";

export const demandRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/demand",
    summary: "What waits for a group of machines, and how many more of them would pay.",
    scopes: ["read", "worker"],
    query: demandQuerySchema,
    answer: demandSchema,
    handle: ({ query }, { scheduler }) => scheduler.demand(query),
  }),
];
