import { createTaskRequestSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { refuseBadSubmission, submissionFor } from "./submissions.ts";

const request = { type: "test", name: "soak", runner: "node-test", file: "a.test.js", workspace: { kind: "dir", path: "/work" } };

test("a single task's run does not end before the task may", () => {
  const two_hours_ms = 7_200_000;
  const submission = submissionFor(createTaskRequestSchema.parse({ ...request, timeout_ms: two_hours_ms }));
  expect(submission.tasks[0]?.timeout_ms).toBe(two_hours_ms);
  expect(submission.options.timeout_ms).toBeGreaterThan(two_hours_ms);
  expect(() => refuseBadSubmission(submission)).not.toThrow();
});

test("without a time of its own it has the usual ones", () => {
  expect(submissionFor(createTaskRequestSchema.parse(request)).options.timeout_ms).toBe(3_600_000);
});
