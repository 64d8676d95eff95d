import { z } from "zod";
import { artifactSchema } from "../model/artifact.ts";
import { attemptStatusSchema, failureSchema } from "../model/attempt.ts";
import { caseResultSchema } from "../model/case.ts";
import { runIdSchema, sha256Schema, workerIdSchema } from "../model/ids.ts";
import { requirementsSchema } from "../model/requirement.ts";
import { taskStatusSchema } from "../model/task.ts";

/** Cases that one answer has at most. */
export const casesPageLimit = 200;
/** Of each text of a case so many characters are sent. */
export const shownTextLimit = 16_384;

const count = z.int().nonnegative();

export const taskDetailQuerySchema = z.object({
  /** Whose cases are listed; the one that speaks for the task when absent. */
  attempt: z.coerce.number().int().positive().optional(),
  /** Only those that failed. */
  only: z.enum(["failed"]).optional(),
  /** Cases to leave out at the beginning. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(casesPageLimit).default(100),
});

export const attemptDetailSchema = z.object({
  attempt: z.int().positive(),
  worker: z.object({ id: workerIdSchema, name: z.string() }),
  status: attemptStatusSchema,
  duplicate: z.literal(true).optional(),
  /** The attempt whose finished cases it left out. */
  resumes: z.int().positive().optional(),
  /** Milliseconds since the run was submitted. */
  dealt_ms: count,
  ended_ms: count.optional(),
  duration_ms: z.number().nonnegative(),
  failure: failureSchema.optional(),
  /** What was decided then, in words. */
  decided: z.string().optional(),
  log: z.object({ sha256: sha256Schema, bytes: count }).optional(),
  artifacts: z.array(artifactSchema),
  cases: count,
  failed: count,
});
export type AttemptDetail = z.infer<typeof attemptDetailSchema>;

/** `GET /api/v1/runs/{run}/tasks/{task}`: one task, its attempts, and a page of the cases of one of them. */
export const taskDetailSchema = z.object({
  run: runIdSchema,
  task: count,
  suite: z.string(),
  file: z.string(),
  args: z.array(z.string()),
  requirements: requirementsSchema,
  browser: z.string().optional(),
  status: taskStatusSchema,
  flaky: z.boolean(),
  quarantined: z.literal(true).optional(),
  reason: z.string().optional(),
  estimate_ms: z.number().nonnegative().optional(),
  part: z.object({ index: count, count: z.int().min(2) }).optional(),
  /** Oldest first. */
  attempts: z.array(attemptDetailSchema),
  /** Whose cases these are; absent where it has not run. */
  of: z.int().positive().optional(),
  cases: z.array(caseResultSchema),
  /** What `after` has to be for the rest; absent where there is none. */
  next: z.int().positive().optional(),
});
export type TaskDetail = z.infer<typeof taskDetailSchema>;
