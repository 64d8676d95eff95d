import { z } from "zod";
import { artifactLimitsSchema } from "./artifact.ts";
import { nameSchema, runKeySchema, sha256Schema } from "./ids.ts";
import { quarantineEntriesLimit, quarantineEntrySchema } from "./quarantine.ts";
import { suiteSchema, taskSchema } from "./task.ts";
import { workspaceSchema } from "./workspace.ts";

/** What the run is about, as the CI system tells it. All optional: a laptop has none of it. */
export const runContextSchema = z
  .strictObject({
    provider: z.string().max(64),
    commit: z.string().max(128),
    branch: z.string().max(512),
    pull_request: z.string().max(64),
    actor: z.string().max(256),
    build_url: z.string().max(2048),
    attempt: z.int().positive(),
    /** As its system names it: `acme/shop`. */
    repository: z.string().max(512),
    /** What a pull request is to be merged into. */
    base_branch: z.string().max(512),
    base_commit: z.string().max(128),
    /** The change comes from another repository: its job has no secrets, and may write nothing here. */
    fork: z.boolean(),
    /** What the check of its commit is called, where that is not Shardwright. */
    check_name: z.string().min(1).max(100),
  })
  .partial();
export type RunContext = z.infer<typeof runContextSchema>;

/** What a context did not have from the beginning. */
const laterContext = [
  "repository",
  "base_branch",
  "base_commit",
  "fork",
  "check_name",
] as const satisfies readonly (keyof RunContext)[];

export function hasLaterContext(context: RunContext): boolean {
  return laterContext.some((key) => context[key] !== undefined);
}

/** The context as it was first known. */
export function firstContext(context: RunContext): RunContext {
  const {
    repository: _repository,
    base_branch: _branch,
    base_commit: _commit,
    fork: _fork,
    check_name: _name,
    ...first
  } = context;
  return first;
}

/** The priorities that have names. */
export const priorities = { low: 25, normal: 50, high: 75 } as const;
/** How much of the slots a run is to have while several runs want them: 25 more are twice as much. */
export const prioritySchema = z.int().min(0).max(100);

/** How what a plugin brings is called, where one is chosen by name. */
export const partNameSchema = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, "use lower case and dashes");

export const runOptionsSchema = z.strictObject({
  /** How often a task that failed is run again before its failure counts. */
  max_retries: z.int().nonnegative().max(20).default(3),
  /** How a task is recovered whose attempt failed or was lost. */
  recovery: partNameSchema.default("progressive"),
  /** Which dealing policy decides who gets what, where it is not the one that comes with Shardwright. */
  dealing: partNameSchema.optional(),
  /** By how much the longest wait before a retry grows with each. */
  retry_backoff_factor: z.number().min(1).max(10).default(2),
  /** The whole run's deadline; what has no result by then is `incomplete`. */
  timeout_ms: z.int().positive().default(3_600_000),
  /** One attempt's deadline, where the task names none. */
  task_timeout_ms: z.int().positive().default(600_000),
  /** A task whose durations are known may take so many times more than it ever should; 0 for no such limit. */
  task_timeout_multiplier: z.number().min(0).max(100).default(1.5),
  /** Output kept for one task. */
  output_limit_bytes: z
    .int()
    .positive()
    .max(64 * 1024 * 1024)
    .default(1024 * 1024),
  allow_empty: z.boolean().default(false),
  /** What becomes of tasks whose browser no worker offers: they are skipped, or an error. Skipped when absent. */
  missing_browser: z.enum(["skip", "error"]).optional(),
  /** The worker's own bounds when absent. */
  artifact_limits: artifactLimitsSchema.optional(),
  /** Whether idle workers may run once more, at the same time, what keeps the run from ending. */
  speculation: z.boolean().default(true),
  priority: prioritySchema.default(priorities.normal),
  /**
   * `measurement`: it was made to measure a commit once more, and is no part of the project's history: no trend, expected duration, flaky or
   * failed test, health of a worker, status, hook of a plugin or list of runs knows of it.
   */
  purpose: z.enum(["measurement"]).optional(),
});
export type RunOptions = z.infer<typeof runOptionsSchema>;

/** Whether a run is no part of its project's history. */
export function isMeasurement({ purpose }: Pick<RunOptions, "purpose">): boolean {
  return purpose === "measurement";
}

/** One of the jobs of a pipeline that run a suite together. */
export const matrixJobSchema = z
  .strictObject({
    /** From 0. */
    index: z.int().nonnegative().max(9999),
    total: z.int().positive().max(10_000),
  })
  .refine(({ index, total }) => index < total, "the index runs from 0 to the total less one");
export type MatrixJob = z.infer<typeof matrixJobSchema>;

/** The most tasks one run may have. */
export const taskLimit = 50_000;

/** One suite at one commit, as it is submitted: the manifest is its tasks, and the verdict is bound to it. */
export const submissionSchema = z.strictObject({
  project: nameSchema.default("default"),
  run_key: runKeySchema,
  context: runContextSchema.default({}),
  workspace: workspaceSchema,
  /** Present when several jobs of a pipeline submit the same run. */
  job: matrixJobSchema.optional(),
  suites: z.array(suiteSchema).max(256),
  tasks: z.array(taskSchema).max(taskLimit),
  manifest_hash: sha256Schema,
  options: runOptionsSchema.prefault({}),
  /** Tests whose failures do not count. As it is recorded, all that counts for the run; as it is sent, what its submitter knows. */
  quarantine: z.array(quarantineEntrySchema).max(quarantineEntriesLimit).optional(),
  /** Puts those into quarantine for this run that are known to be flaky: whose probability to flip is above this, as good as surely. */
  quarantine_flaky: z.number().min(0).max(1).optional(),
});
export type Submission = z.infer<typeof submissionSchema>;

export const verdictSchema = z.enum(["passed", "failed", "errored", "incomplete", "cancelled"]);
export type Verdict = z.infer<typeof verdictSchema>;

export const runStatusSchema = z.enum(["running", "ended"]);
export type RunStatus = z.infer<typeof runStatusSchema>;
