import { createTaskRequestSchema, submitResponseSchema } from "@shardwright/core";
import { submissionFor } from "../../submissions.ts";
import { defineRoute } from "../define-route.ts";

export const taskRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/tasks",
    summary: "Submit one task as a run of its own.",
    scopes: ["submit"],
    body: createTaskRequestSchema,
    answer: submitResponseSchema,
    handle: ({ body }, { scheduler }) => scheduler.submit(submissionFor(body)),
  }),
];
