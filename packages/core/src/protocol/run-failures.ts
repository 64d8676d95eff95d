import { z } from "zod";
import { verdictSchema } from "../model/run.ts";
import { runIdSchema } from "../model/ids.ts";
import { changeKinds, comparedTestSchema, runComparisonSchema } from "../reports/comparison-schema.ts";
import { runReportSchema } from "../reports/run-report.ts";

/** Causes that one answer has at most, and failures that it names of each. */
export const causesShown = 60;
export const faultsShown = 50;
/** Tests of one kind of change that it names. */
export const changesShown = 50;

const count = z.int().nonnegative();

/** One test, or a task as a whole, that failed. */
export const shownFaultSchema = z.object({
  file: z.string(),
  line: z.int().positive().optional(),
  browser: z.string().optional(),
  /** The test's titles; absent for a task as a whole. */
  path: z.array(z.string()).optional(),
  /** Which of several tests with this path, from 0; absent for the only one. */
  ordinal: z.int().positive().optional(),
  /** Its task's number, and the attempt that counts; absent where it never ran. */
  task: count.optional(),
  attempt: z.int().positive().optional(),
  /** How it stands to the base, in words. */
  changed: z.string().optional(),
});
export type ShownFault = z.infer<typeof shownFaultSchema>;

export const shownCauseSchema = z.object({
  fingerprint: z.string(),
  /** The first line of the first message. */
  title: z.string(),
  /** For people. */
  kind: z.string(),
  /** Where in the project's own code. */
  frame: z.string().optional(),
  failures: count,
  tasks: count,
  /** What it goes with and since when, a sentence each. */
  known: z.array(z.string()),
  changes: z.array(z.object({ kind: z.enum(changeKinds), words: z.string() })),
  /** `owned by @a, @b` */
  owners: z.string().optional(),
  /** Message, diff and stack of the first. */
  evidence: z.string(),
  faults: z.array(shownFaultSchema),
  /** Runs the first of them again by hand, and its whole file, for what fails only after others. */
  command: z.string().optional(),
  file_command: z.string().optional(),
});
export type ShownCause = z.infer<typeof shownCauseSchema>;

/** `GET /api/v1/runs/{run}/failures`: why a run is not green, so that people see it at once, however large the run is. */
export const runFailuresSchema = z.object({
  run: runIdSchema,
  verdict: verdictSchema.optional(),
  /** One sentence. */
  reason: z.string(),
  cases: runReportSchema.shape.cases,
  cost: runReportSchema.shape.cost,
  /** All that count, and their causes: those that are not shown as well. */
  failures: count,
  causes: count,
  shown: z.array(shownCauseSchema),
  /** What struck many tests at once, a sentence each. */
  at_once: z.array(z.string()),
  /** What failed, and passed when it ran again, as far as there is something to say of it. */
  recovered: z.array(z.object({ title: z.string(), tasks: count, known: z.array(z.string()) })),
  /** Tests that passed only when they ran again. */
  flaky: count,
  notices: z.array(z.string()),
  /** What is different from the base; absent where there is none, or the run goes on. */
  comparison: z
    .object({
      sentence: z.string(),
      remarks: z.array(z.string()),
      base: runComparisonSchema.shape.base,
      changes: z.array(z.object({ kind: z.enum(changeKinds), words: z.string(), count, tests: z.array(comparedTestSchema) })),
    })
    .optional(),
});
export type RunFailures = z.infer<typeof runFailuresSchema>;
