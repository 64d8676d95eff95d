import {
  flakyListSchema,
  knownCasesRequestSchema,
  knownCasesSchema,
  nameSchema,
  testHistoryQuerySchema,
  testHistorySchema,
} from "@shardwright/core";
import { z } from "zod";
import { inTurns } from "../../parts-of-work.ts";
import { knownCases } from "../../reports/flaky.ts";
import { readAnswer } from "../compressed.ts";
import { defineRoute } from "../define-route.ts";

export const flakyRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/flaky",
    summary: "Tests of a project that fail on code on which they pass as well: how probable that is, and what it goes with.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({
      project: nameSchema.default("default"),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    answer: flakyListSchema,
    handle: ({ query: { project, limit }, context }, { reader }) =>
      readAnswer(context, reader.ask({ of: "flaky", project, limit })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/tests/history",
    summary: "How a test, or a file, fared from run to run, newest first; how probable it is that it flips, and its quarantine.",
    scopes: ["read"],
    isLocal: true,
    query: testHistoryQuerySchema,
    answer: testHistorySchema,
    handle: ({ query, context }, { reader }) => readAnswer(context, reader.ask({ of: "test-history", query })),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/known-cases",
    summary: "Which of a suite's files are new to the project or have changed, and which of their cases it knows.",
    scopes: ["read"],
    body: knownCasesRequestSchema,
    answer: knownCasesSchema,
    handle: ({ body: { project, files } }, { queries, clock }) => inTurns(knownCases(queries, project, files), clock),
  }),
];
