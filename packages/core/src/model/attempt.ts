import { z } from "zod";

/**
 * How one execution of a task by one worker ended. `lost`: its worker died; `released`: handed back before it finished; `superseded`: the
 * other one of two that ran at the same time counts in its stead.
 */
export const attemptStatusSchema = z.enum([
  "running",
  "passed",
  "failed",
  "errored",
  "skipped",
  "cancelled",
  "lost",
  "released",
  "superseded",
]);
export type AttemptStatus = z.infer<typeof attemptStatusSchema>;

/** What a worker may report an attempt ended as. */
export const attemptOutcomeSchema = z.enum(["passed", "failed", "errored", "skipped", "cancelled"]);
export type AttemptOutcome = z.infer<typeof attemptOutcomeSchema>;

/** How an attempt can end: as its worker reports, or as the coordinator decides. */
export const attemptEndSchema = z.enum([...attemptOutcomeSchema.options, "lost", "released", "superseded"]);

export const failureKindSchema = z.enum([
  "assertion",
  "test-timeout",
  "crash",
  "runner-error",
  "setup-error",
  "infrastructure",
  "browser-crash",
  "unsatisfiable",
]);
export type FailureKind = z.infer<typeof failureKindSchema>;

/** Why an attempt did not pass, with the evidence kept. */
export const failureSchema = z.strictObject({
  kind: failureKindSchema,
  message: z.string().max(4096),
  exit_code: z.int().optional(),
  signal: z.string().max(32).optional(),
});
export type Failure = z.infer<typeof failureSchema>;
