import { auditListSchema, auditQuerySchema } from "@shardwright/core";
import { defineRoute } from "../define-route.ts";

export const auditRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/audit",
    summary:
      "Who did what, newest first: tokens, settings, quarantine, runs, workers and members that somebody changed, and who signed in.",
    scopes: ["admin"],
    isLocal: true,
    query: auditQuerySchema,
    answer: auditListSchema,
    handle: ({ query }, { queries }) => queries.audit.page(query),
  }),
];
