import { z } from "zod";
import { nameSchema, sha256Schema } from "../model/ids.ts";
import { quarantineEntrySchema } from "../model/quarantine.ts";
import { taskLimit } from "../model/run.ts";
import { associationSchema } from "../reports/failure-schema.ts";

const probability = z.number().min(0).max(1);

export const flakyTestSchema = z.object({
  /** As `shardwright quarantine add` takes it. */
  test: z.string(),
  key: z.string(),
  file: z.string(),
  name: z.string(),
  /** How probable it is that it fails in a run of code that passes as well: the mean, and what it is in between with a chance of 90 %. */
  score: probability,
  low: probability,
  high: probability,
  /** Runs in which it failed though the same code passed, of those that can tell. */
  flips: z.int().nonnegative(),
  observations: z.int().positive(),
  /** When it last flipped, milliseconds since 1970, and in which run. */
  last_flip_ms: z.int(),
  /** What the flips go with. */
  association: associationSchema.optional(),
  sentence: z.string().optional(),
  /** It is in quarantine by hand. */
  quarantine: quarantineEntrySchema.optional(),
});

/** `GET /api/v1/flaky`: tests of a project that flip, the likeliest first. */
export const flakyListSchema = z.object({
  project: nameSchema,
  tests: z.array(flakyTestSchema),
  /** Tests that failed of late and were not looked at, because there are too many. */
  more: z.int().nonnegative(),
});
export type FlakyList = z.infer<typeof flakyListSchema>;

/** Which of a suite's tests the project has not seen yet. */
export const knownCasesRequestSchema = z.strictObject({
  project: nameSchema.default("default"),
  files: z.array(z.strictObject({ key: z.string().min(1).max(4200), hash: sha256Schema })).max(taskLimit),
});
export type KnownCasesRequest = z.input<typeof knownCasesRequestSchema>;

export const knownCasesSchema = z.object({
  /** The project has runs that have ended. Without any, nothing can be said to be new. */
  has_history: z.boolean(),
  /** Files that are new, or have changed since they were last run: with the paths of the cases that are known of these. */
  changed: z.array(z.object({ key: z.string(), cases: z.array(z.array(z.string())).optional() })),
});
export type KnownCases = z.infer<typeof knownCasesSchema>;
