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
  /** Its runner vouches that nothing went wrong but the cases that failed, and that all others were run as they should. */
  complete: z.literal(true).optional(),
  /** Its runner vouches that no other attempt would count: this one is the task's result, unless its machine was at fault. */
  conclusive: z.literal(true).optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/**
 * What was decided for a task when an attempt of it brought no result: `again` on the same worker, if it is free; `elsewhere`, not where it
 * went wrong before; `afresh`, elsewhere and with nothing left of what ran before; `give-up`, what happened is the task's result.
 */
export const recoveryActionSchema = z.enum(["again", "elsewhere", "afresh", "give-up"]);
export type RecoveryAction = z.infer<typeof recoveryActionSchema>;

export const recoverySchema = z.strictObject({
  action: recoveryActionSchema,
  /** From 1, the cheapest, to 5, given up. */
  level: z.int().min(1).max(5),
  /**
   * Whether it counts as a failure of the test, which costs a retry, as one of the machine, or as one of what surrounds them all, such as a
   * service that is away.
   */
  charged: z.enum(["test", "machine", "surroundings"]),
  /** When the task may be dealt again, milliseconds since 1970 by the leader's clock; absent where it may at once. */
  from_ms: z.int().nonnegative().optional(),
  /**
   * What ended it, where it was given up: its own retries, the run's, workers lost with it, or a runner that does not work at all. Else
   * `resumed`: the attempt had resumed another, which may be why it went wrong; the whole file tells.
   */
  because: z.enum(["retries", "budget", "losses", "hopeless", "resumed"]).optional(),
});
export type Recovery = z.infer<typeof recoverySchema>;

/** Whether an attempt that brought no pass counts as a failure of the test: so it does where nothing else was decided. */
export function isOfTest(recovery: Pick<Recovery, "charged"> | null | undefined): boolean {
  return (recovery?.charged ?? "test") === "test";
}
