import { failureListSchema, nameSchema } from "@shardwright/core";
import { z } from "zod";
import { readAnswer } from "../compressed.ts";
import { defineRoute } from "../define-route.ts";

export const failureRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/failures",
    summary: "How tests of a project fail, last seen first: since which run and commit, how often, and what it goes with.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({
      project: nameSchema.default("default"),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answer: failureListSchema,
    handle: ({ query: { project, limit }, context }, { reader }) =>
      readAnswer(context, reader.ask({ of: "failure-list", project, limit })),
  }),
];
