import { z } from "zod";
import { attemptStatusSchema } from "../model/attempt.ts";
import { runIdSchema, workerIdSchema } from "../model/ids.ts";
import { runStatusSchema, verdictSchema } from "../model/run.ts";
import { taskStatusSchema } from "../model/task.ts";

/** Attempts and marks that one chart has at most: the first, and the latest. */
export const chartAttemptsLimit = 200_000;
export const chartMarksLimit = 5000;

/** Why an attempt was made: the task's first; again, for the one before had no good result; beside one that runs; in place of one that was lost. */
export const attemptCauses = ["first", "retry", "duplicate", "migrated"] as const;

const index = z.int().nonnegative();
const column = z.array(index);

/**
 * `GET /api/v1/runs/{run}/chart`: who ran what when, column by column, so that a run of many thousand tasks is small. Moments are whole
 * milliseconds since the run was submitted.
 */
export const runChartSchema = z.object({
  run: runIdSchema,
  status: runStatusSchema,
  verdict: verdictSchema.optional(),
  submitted_at_ms: z.int(),
  /** So far, where it goes on. */
  duration_ms: z.int().nonnegative(),
  workers: z.array(z.object({ id: workerIdSchema, name: z.string(), hardware_class: z.string() })),
  /** The run's tasks in the order of its manifest. */
  tasks: z.object({
    file: z.array(z.string()),
    status: z.array(taskStatusSchema),
    /** Of files that are dealt out in parts: the task's number, and which part of how many it is, from 0. */
    parts: z.array(z.object({ task: index, part: index, of: z.int().positive() })),
  }),
  /** Ordered by task and number: the columns have the same length. */
  attempts: z.object({
    /** Index of its task. */
    task: column,
    /** From 1. */
    attempt: column,
    /** Index of its worker. */
    worker: column,
    start_ms: column,
    /** -1 for one that still runs. */
    end_ms: z.array(z.int().min(-1)),
    /** Index into `outcomes` and `causes`. */
    outcome: column,
    cause: column,
  }),
  outcomes: z.array(attemptStatusSchema),
  causes: z.array(z.enum(attemptCauses)),
  /** What was decided to recover, and what happened to workers, breakers and coordinators; oldest first. */
  marks: z.array(
    z.object({
      at_ms: z.int().nonnegative(),
      kind: z.enum(["coordinator", "worker", "breaker", "decided", "notice", "excused"]),
      /** One sentence for people. */
      text: z.string(),
      /** The same in a few words, of what happened to the machinery. */
      label: z.string().optional(),
      worker: index.optional(),
      /** The worker is not there from then on. */
      gone: z.enum(["lost", "left"]).optional(),
      task: index.optional(),
    }),
  ),
  /** What did not fit in. */
  left_out: z.object({ attempts: index, marks: index }),
});
export type RunChart = z.infer<typeof runChartSchema>;
