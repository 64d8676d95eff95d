import { z } from "zod";
import { attributes } from "../resilience/observation.ts";

const count = z.int().nonnegative();
const at = z.int().nonnegative();
const share = z.object({ failed: count, of: count });

/** What failures of one cause go with; see `docs/failures.md`. */
export const associationSchema = z.object({
  attribute: z.enum(attributes),
  value: z.string(),
  /** First attempts with this value that failed so, of all of them; and without it. */
  here: share,
  elsewhere: share,
  /** Corrected for everything that was tested. */
  p: z.number().min(0).max(1),
  /** When it began there, where all was well before, and what ran right before it. */
  since_ms: at.optional(),
  after: z.string().optional(),
  /** Of those that failed there and were run again elsewhere. */
  again: z.object({ passed: count, failed: count }),
});

/** How a cause fared in the runs before. */
export const failureHistorySchema = z.object({
  /** The first run that showed it, of those that are remembered. */
  first_run: z.string(),
  first_commit: z.string().optional(),
  first_seen_ms: at,
  /** In how many of the project's last runs it was seen, this one included. */
  runs: count,
  of: count,
  /** What it goes with over these runs, and in words. */
  association: associationSchema.optional(),
  sentence: z.string().optional(),
});
export type FailureHistory = z.infer<typeof failureHistorySchema>;

export const failureCauseSchema = z.object({
  /** Names the cause across runs. */
  fingerprint: z.string(),
  kind: z.string(),
  /** The first line of the first message. */
  title: z.string(),
  /** The message with what varies replaced. */
  message: z.string(),
  /** Where in the project's own code, `src/store.ts:41`, when a stack says so. */
  frame: z.string().optional(),
  /** Tests, or tasks as a whole where none is to blame, that failed so in some attempt. */
  cases: count,
  tasks: count,
  attempts: count,
  /** Of these tasks, those that passed in the end. */
  recovered: count,
  first_ms: at,
  last_ms: at,
  /** Where and when, the values with most failures first: attempts that failed so, of all. */
  seen: z.partialRecord(z.enum(attributes), z.array(share.extend({ value: z.string() }))),
  examples: z.array(
    z.object({
      task: z.string(),
      file: z.string(),
      /** The test's titles; absent for a task as a whole. */
      path: z.array(z.string()).optional(),
      attempt: z.int().positive(),
      part: count.optional(),
      worker: z.string(),
    }),
  ),
  association: associationSchema.optional(),
  /** The association in words. */
  sentence: z.string().optional(),
  history: failureHistorySchema.optional(),
});
export type FailureCause = z.infer<typeof failureCauseSchema>;

/** Many unrelated tests that failed at once for a reason outside of them. */
export const massFailureSchema = z.object({
  scope: z.enum(["infrastructure", "worker"]),
  fingerprint: z.string().optional(),
  from_ms: at,
  until_ms: at,
  /** Tasks that failed so, of those that ran meanwhile. */
  tasks: count,
  of: count,
  recovered: count,
  suites: z.array(z.string()),
  workers: z.array(z.string()),
  sentence: z.string(),
});

/** Why tests failed, in every attempt of the run; times are milliseconds since 1970. */
export const failureAnalysisSchema = z.object({
  /** What struck most tasks first. */
  causes: z.array(failureCauseSchema),
  /** Causes that are left out of the list. */
  more: count,
  mass: z.array(massFailureSchema),
});
export type FailureAnalysis = z.infer<typeof failureAnalysisSchema>;
