import { z } from "zod";
import { verdictSchema } from "../model/run.ts";

/** Entries of one kind that a comparison names; `totals` counts the rest. */
export const comparedLimit = 1000;
/** Runs of the base that are looked at. */
export const baseRunsLimit = 10;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

/** A test, or a whole file where `path` is absent. */
export const comparedTestSchema = z.object({
  /** Of its task. */
  key: z.string(),
  suite: z.string(),
  file: z.string(),
  path: z.array(z.string()).optional(),
  /** Which of several tests with this path in this file; 0 when absent. */
  ordinal: z.int().positive().optional(),
  /** How many of the base's runs have a result for it, in how many of them it failed, and passed only when tried again. */
  base: z.object({ of: count, failed: count, flaky: count }),
  /** The base does not have it. */
  is_new: z.literal(true).optional(),
  /** What it took, and what it usually takes on the base. */
  duration_ms: milliseconds.optional(),
  usual_ms: milliseconds.optional(),
  /** How many tests a file had that was removed. */
  tests: count.optional(),
});
export type ComparedTest = z.infer<typeof comparedTestSchema>;

const tests = z.array(comparedTestSchema);

/** What of a comparison's lists says most comes first. */
export const changeKinds = [
  "newly_failing",
  "failing_at_times",
  "still_failing",
  "failing_unknown",
  "fixed",
  "slower",
  "flaky",
  "newly_skipped",
  "removed",
  "added",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** How the runs were found that a run is compared with. */
export const baseOriginSchema = z.enum(["merge-base", "base-branch", "same-branch", "default-branch", "given"]);
export type BaseOrigin = z.infer<typeof baseOriginSchema>;

export const baseRunSchema = z.object({
  id: z.string(),
  key: z.string(),
  commit: z.string().optional(),
  verdict: verdictSchema,
  submitted_at_ms: z.int(),
});
export type BaseRun = z.infer<typeof baseRunSchema>;

/** What is different from the base. It never changes the verdict. */
export const runComparisonSchema = z.object({
  base: z.object({
    branch: z.string().optional(),
    origin: baseOriginSchema,
    /** Newest first. */
    runs: z.array(baseRunSchema).max(baseRunsLimit),
  }),
  totals: z.record(z.enum(changeKinds), count),
  /** Failed, and passed on the base whenever it ran there; or is new. */
  newly_failing: tests,
  /** Failed, and has both failed and passed on the base. */
  failing_at_times: tests,
  /** Failed, and fails on the base since some run. */
  still_failing: tests,
  /** Failed, and the base has no result for it to compare with. */
  failing_unknown: tests,
  /** Passed, and failed on the base up to its newest run. */
  fixed: tests,
  /** Took longer than it does on the base, by more than these runs differ among each other. */
  slower: tests,
  /** Passed, but only when tried again. */
  flaky: tests,
  /** Was run on the base. */
  newly_skipped: tests,
  /** Was on the base, and is not in this run's whole manifest, or not in a file that ran to its end. */
  removed: tests,
  added: tests,
  /** Files of which not all is known, because they crashed or have no result: what is missing of them is not called removed. */
  unknown_files: count,
  /** How many times as long as on the base the run's tests took in general, where that could be told. */
  pace: z.number().positive().optional(),
  /** What could not be compared, a sentence each. */
  notes: z.array(z.string()),
});
export type RunComparison = z.infer<typeof runComparisonSchema>;
