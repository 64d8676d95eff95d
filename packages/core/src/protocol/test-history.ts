import { z } from "zod";
import { attemptStatusSchema } from "../model/attempt.ts";
import { caseStatusSchema } from "../model/case.ts";
import { nameSchema, runIdSchema } from "../model/ids.ts";
import { quarantineEntrySchema } from "../model/quarantine.ts";
import { verdictSchema } from "../model/run.ts";
import { flakyTestSchema } from "./flaky.ts";

/** Runs that one answer looks at, at most. */
export const testHistoryLimit = 200;

export const testHistoryQuerySchema = z.object({
  project: nameSchema.default("default"),
  /** The file's key, as reports and lists have it. */
  key: z.string().min(1).max(4200),
  /** One of its tests, as it is printed: `totals > adds up`. Without it, the file as a whole. */
  case: z.string().min(1).max(8192).optional(),
  branch: z.string().min(1).max(512).optional(),
  /** What `next` was in the answer before. */
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(testHistoryLimit).default(50),
});
export type TestHistoryQuery = Pick<z.output<typeof testHistoryQuerySchema>, "key"> &
  Partial<z.output<typeof testHistoryQuerySchema>>;

/** One attempt of a test, or, without one, of its file. */
export const testAttemptSchema = z.object({
  run: runIdSchema,
  run_key: z.string(),
  task: z.int().nonnegative(),
  attempt: z.int().positive(),
  /** When it ended; for one that runs, when it was dealt. Milliseconds since 1970. */
  at_ms: z.int(),
  /** Of the case; of the attempt where the whole file is asked for. */
  status: z.union([caseStatusSchema, attemptStatusSchema]),
  duration_ms: z.number().nonnegative(),
  worker: z.string(),
  hardware_class: z.string(),
  browser: z.string().optional(),
  commit: z.string().optional(),
  branch: z.string().optional(),
  /** Of its run, where that has ended. */
  verdict: verdictSchema.optional(),
  /** From 0, where the file was dealt out in parts. */
  part: z.int().nonnegative().optional(),
  /** The first line of why it went wrong. */
  message: z.string().optional(),
});
export type TestAttempt = z.infer<typeof testAttemptSchema>;

/** How probable it is that a test flips, as `GET /api/v1/flaky` has it; of one that never flipped, what its good runs say. */
export const testFlakinessSchema = flakyTestSchema
  .pick({ score: true, low: true, high: true, flips: true, association: true, sentence: true })
  .extend({ observations: z.int().nonnegative(), last_flip_ms: z.int().optional() });

/** `GET /api/v1/tests/history` */
export const testHistorySchema = z.object({
  project: nameSchema,
  key: z.string(),
  file: z.string(),
  case: z.string().optional(),
  /** Newest first: by the run, and of a run by the attempt. */
  attempts: z.array(testAttemptSchema),
  /** What `before` has to be for older runs; absent where there are none. */
  next: z.string().optional(),
  /** Of one test. */
  flakiness: testFlakinessSchema.optional(),
  /** The entry that stands for it, by hand. */
  quarantine: quarantineEntrySchema.optional(),
  /** The tests of a file as a whole, as its newest run had them, up to a limit. */
  cases: z.array(z.object({ name: z.string(), status: caseStatusSchema, duration_ms: z.number().nonnegative() })),
});
export type TestHistory = z.infer<typeof testHistorySchema>;
