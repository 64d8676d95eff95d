import { z } from "zod";
import { accountSchema } from "../model/account.ts";
import { attemptEndSchema, failureSchema, recoverySchema } from "../model/attempt.ts";
import { caseStatusSchema } from "../model/case.ts";
import { nameSchema, runIdSchema, runKeySchema, workerIdSchema, workspacePathSchema } from "../model/ids.ts";
import { judgementVerdictSchema } from "../model/judgement.ts";
import { requirementsSchema } from "../model/requirement.ts";
import { prioritySchema, runContextSchema, runStatusSchema, verdictSchema } from "../model/run.ts";
import { type taskKindSchema, taskStatusSchema } from "../model/task.ts";
import { workspaceSchema } from "../model/workspace.ts";

/** How a run stands that waits for its first slot. */
export const admissionSchema = z.object({
  /** Other runs that use the slots it could have, or should be given one before it. 0 when one is free. */
  runs_ahead: z.int().nonnegative(),
  /** How long its first slot should take to come, by the durations known; 0 when one is free. Absent while no worker could run its tasks. */
  wait_ms: z.int().nonnegative().optional(),
});
export type Admission = z.infer<typeof admissionSchema>;

export const submitResponseSchema = z.object({
  run: runIdSchema,
  /**
   * `created`: a new run; `joined`: it is running already; `reopened`: what had not passed runs again; `finished`: it has passed, and nothing
   * is left to do; `ended`: it has ended otherwise, and the job that submits it now is only late, not run again.
   */
  disposition: z.enum(["created", "joined", "reopened", "finished", "ended"]),
  /** How many tasks this submission sets going. */
  pending: z.int().nonnegative(),
  /** Present while the run goes on. */
  admission: admissionSchema.optional(),
  /** The coordinator writes the check of the run's commit itself, as its own GitHub App. */
  writes_check: z.boolean().optional(),
});
export type SubmitResponse = z.infer<typeof submitResponseSchema>;

export const runSummarySchema = z.object({
  id: runIdSchema,
  project: nameSchema,
  run_key: runKeySchema,
  status: runStatusSchema,
  verdict: verdictSchema.optional(),
  reason: z.string().optional(),
  context: runContextSchema,
  account: accountSchema,
  cases: z.int().nonnegative(),
  submitted_at_ms: z.int(),
  ended_at_ms: z.int().optional(),
  /** Present where one run is asked for that goes on. */
  admission: admissionSchema.optional(),
  /** Present where one run is asked for that cannot be taken up again here, because its files are with who submitted it. */
  files_with: z.enum(["folder", "pipeline"]).optional(),
  /** Present where one run is asked for: what is told now knows at least all events up to this one, so a stream can begin after it. */
  position: z.int().nonnegative().optional(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** Runs that one answer has at most. */
export const runsPageLimit = 1000;

export const runListQuerySchema = z.object({
  project: nameSchema.optional(),
  run_key: runKeySchema.optional(),
  branch: z.string().min(1).max(512).optional(),
  /** The CI system that submitted it, as it is called in a run's context: `github`. */
  provider: z.string().min(1).max(64).optional(),
  /** Who made the CI system run it, as that names people. */
  author: z.string().min(1).max(256).optional(),
  /** `running` for those that have none yet. */
  verdict: z.enum([...verdictSchema.options, "running"]).optional(),
  /** Submitted at this moment or later: milliseconds since 1970. */
  since_ms: z.coerce.number().int().nonnegative().optional(),
  /** What `next` was in the answer before. */
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(runsPageLimit).default(50),
});
export type RunListQuery = z.infer<typeof runListQuerySchema>;

export const runListSchema = z.object({
  runs: z.array(runSummarySchema),
  /** What `before` has to be for the rest; absent where there is none. */
  next: z.string().optional(),
  /** The list knows at least all that had happened up to this: changes can be told from there on. */
  position: z.int().nonnegative().optional(),
});
export type RunList = z.infer<typeof runListSchema>;

/** What a list of runs can be filtered by, of the newest runs of a project; each sorted. */
export const runFiltersSchema = z.object({
  branches: z.array(z.string()),
  providers: z.array(z.string()),
  authors: z.array(z.string()),
});
export type RunFilters = z.infer<typeof runFiltersSchema>;

/** `GET /api/v1/projects`: those that have runs, the latest to run first. */
export const projectListSchema = z.object({
  projects: z.array(
    z.object({
      project: nameSchema,
      runs: z.int().positive(),
      running: z.int().nonnegative(),
      /** When the newest was submitted. */
      last_at_ms: z.int(),
      /** Of the newest that has ended. */
      verdict: verdictSchema.optional(),
    }),
  ),
});
export type ProjectList = z.infer<typeof projectListSchema>;

/** `POST /api/v1/runs/{run}/reopen` */
export const reopenAnswerSchema = z.object({
  /** How many of its tasks run again. */
  pending: z.int().nonnegative(),
});

export const cancelRequestSchema = z.strictObject({ reason: z.string().min(1).max(1024).default("cancelled by a user") });

/** One of those who watched a run wants to be the one that tells the outside world of its end, or has done so. */
export const publicationRequestSchema = z.strictObject({
  /** Names it among the others, for as long as it may come again. */
  by: z.string().min(1).max(256),
  /** It has told. */
  done: z.boolean().default(false),
});
export type PublicationRequest = z.input<typeof publicationRequestSchema>;

export const publicationAnswerSchema = z.object({
  /** It is the one: it should tell now, and say so afterwards. No other is while `again_ms` has not passed. */
  granted: z.boolean(),
  /** Somebody has told. */
  done: z.boolean(),
  /** Whose it is now; absent where it is nobody's, because the run goes on. */
  by: z.string().optional(),
  /** After how long another may have it, if the one does not come back. */
  again_ms: z.int().nonnegative().optional(),
});
export type PublicationAnswer = z.infer<typeof publicationAnswerSchema>;

/** `POST /api/v1/runs/{run}/judgement`: what the coverage of a run whose tests have passed comes to, as one of those who watched it has joined it. */
export const judgementRequestSchema = z.strictObject({
  /** `errored` where it could not be joined. */
  verdict: judgementVerdictSchema,
  /** One sentence; where it has passed, the run keeps its own. */
  reason: z.string().min(1).max(1024),
});
export type JudgementRequest = z.infer<typeof judgementRequestSchema>;

export const judgementAnswerSchema = z.object({
  /** The run's verdict is by its coverage, which it was before where nothing changed. */
  judged: z.boolean(),
  /** The run is another one now than before. */
  changed: z.boolean(),
  /** The run's, now; absent while it goes on. */
  verdict: verdictSchema.optional(),
});
export type JudgementAnswer = z.infer<typeof judgementAnswerSchema>;

/** `shardwright task create`: one task as a run of its own. */
export const createTaskRequestSchema = z.strictObject({
  project: nameSchema.default("default"),
  type: z.enum(["test", "benchmark", "command", "browser"]),
  name: nameSchema,
  runner: nameSchema,
  file: workspacePathSchema,
  args: z.array(z.string().max(4096)).max(256).default([]),
  requirements: requirementsSchema.default({}),
  /** It must never run twice at the same time; commands must not unless this says otherwise. */
  side_effects: z.boolean().optional(),
  timeout_ms: z.int().positive().optional(),
  workspace: workspaceSchema,
  run_key: runKeySchema.optional(),
  priority: prioritySchema.optional(),
  options: z.record(z.string(), z.json()).default({}),
});
export type CreateTaskRequest = z.infer<typeof createTaskRequestSchema>;

const at = { at_ms: z.int() };

/** One event of `GET /api/v1/runs/{id}/events`; the SSE id is its place in the ledger, so a stream can be taken up again. */
export const runEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("submitted"), ...at, tasks: z.int().nonnegative() }),
  z.object({ type: z.literal("reopened"), ...at, tasks: z.int().nonnegative(), reason: z.string() }),
  z.object({
    type: z.literal("leased"),
    ...at,
    worker: workerIdSchema,
    worker_name: z.string(),
    tasks: z.array(
      z.object({
        task: z.int(),
        attempt: z.int(),
        file: z.string(),
        /** It runs elsewhere, too. */
        duplicate: z.literal(true).optional(),
        /** The attempt whose cases it leaves out, as far as that one has finished them. */
        resumes: z.int().optional(),
      }),
    ),
  }),
  z.object({
    type: z.literal("cases"),
    ...at,
    task: z.int(),
    attempt: z.int(),
    counts: z.partialRecord(caseStatusSchema, z.int()),
  }),
  z.object({
    type: z.literal("attempt"),
    ...at,
    task: z.int(),
    attempt: z.int(),
    file: z.string(),
    outcome: attemptEndSchema,
    task_status: taskStatusSchema,
    duration_ms: z.number(),
    failure: failureSchema.optional(),
    recovery: recoverySchema.optional(),
    /** Nothing of it failed that is not in quarantine. */
    quarantined: z.literal(true).optional(),
  }),
  z.object({ type: z.literal("settled"), ...at, tasks: z.int(), status: taskStatusSchema, reason: z.string() }),
  z.object({ type: z.literal("notice"), ...at, code: z.string(), message: z.string() }),
  z.object({ type: z.literal("ended"), ...at, verdict: verdictSchema, reason: z.string() }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** Last known durations, for the split without a coordinator and for plans. */
export const timingsSchema = z.object({
  project: nameSchema,
  /** Absent for durations from wherever they were measured. */
  hardware_class: z.string().optional(),
  /** Median of the recent whole, passing attempts, in milliseconds, by task key. */
  durations_ms: z.record(z.string(), z.number().positive()),
});
export type Timings = z.infer<typeof timingsSchema>;

export const caseTimingsRequestSchema = z.strictObject({
  project: nameSchema.default("default"),
  /** Keys of files. */
  keys: z.array(z.string().min(1).max(4200)).min(1).max(64),
});
export type CaseTimingsRequest = z.input<typeof caseTimingsRequestSchema>;

/** What the cases of files took when the files passed last; files that never did are left out. */
export const caseTimingsSchema = z.object({
  files: z.array(
    z.object({
      key: z.string(),
      cases: z.array(z.object({ path: z.array(z.string()), duration_ms: z.number().nonnegative() })),
      /** A part of it failed by itself when it was last dealt in parts, and the whole file did not. */
      stays_whole: z.literal(true).optional(),
    }),
  ),
});
export type CaseTimings = z.infer<typeof caseTimingsSchema>;

export const taskTypeToKind = {
  test: "file",
  benchmark: "benchmark",
  command: "command",
  browser: "browser",
} as const satisfies Record<CreateTaskRequest["type"], z.infer<typeof taskKindSchema>>;
