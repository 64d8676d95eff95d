import { z } from "zod";
import { artifactCountLimit, artifactSchema } from "../model/artifact.ts";
import { attemptOutcomeSchema, attemptStatusSchema, failureSchema } from "../model/attempt.ts";
import { browserPoolSchema } from "../model/browser-pool.ts";
import { caseResultSchema } from "../model/case.ts";
import { forecastKindSchema } from "../model/forecast.ts";
import { healthSchema, roomSchema, standingSchema } from "../model/health.ts";
import { nameSchema, runIdSchema, sha256Schema, workerIdSchema } from "../model/ids.ts";
import { incidentSchema } from "../model/incident.ts";
import { metricSchema, metricsLimit } from "../model/metric.ts";
import { capabilitiesSchema } from "../model/requirement.ts";
import { runOptionsSchema } from "../model/run.ts";
import { suiteSchema, taskSchema } from "../model/task.ts";
import { workerSchema, workerStatusSchema } from "../model/worker.ts";
import { workspaceSchema } from "../model/workspace.ts";
import { breakerListSchema } from "./breakers.ts";

export const registerRequestSchema = z.strictObject({
  name: nameSchema,
  instance: z.string().min(8).max(64),
  slots: z.int().positive().max(256),
  capabilities: capabilitiesSchema,
  version: z.string().max(32),
  /** The only run it takes work of. */
  run: runIdSchema.optional(),
});
export type RegisterRequest = z.infer<typeof registerRequestSchema>;

export const registerResponseSchema = z.object({
  worker: workerIdSchema,
  /** How long a lease stands without a heartbeat. */
  lease_ttl_ms: z.int().positive(),
  /** How often to send one. */
  heartbeat_ms: z.int().positive(),
});
export type RegisterResponse = z.infer<typeof registerResponseSchema>;

export const leaseRequestSchema = z.strictObject({
  /** How many more leases the worker can start at once. */
  slots: z.int().positive().max(256),
  /** How long to hold the request open when there is nothing to do. */
  wait_ms: z.int().nonnegative().max(60_000),
  /** Suites, as `run/suite`, for which a warm process stands ready; preferred when there is a choice. */
  warm: z.array(z.string().max(256)).max(256).default([]),
  /** Take work of this run alone. */
  run: runIdSchema.optional(),
  /** When a run's tests are over, the worker ends what it set up for them, and says how that went: the run waits for it. */
  closes: z.boolean().default(false),
  /** Runners that can leave out the cases of a file which an earlier attempt has finished. */
  resumes: z.array(nameSchema).max(64).default([]),
});
export type LeaseRequest = z.input<typeof leaseRequestSchema>;

export const leasedTaskSchema = z.object({
  task: z.int().nonnegative(),
  attempt: z.int().positive(),
  spec: taskSchema,
  /** How long it should take there, by its own history; absent where it has none. */
  expected_ms: z.number().nonnegative().optional(),
  /** How long it may take by that, if it is known well enough; other limits hold as well. */
  limit_ms: z.int().positive().optional(),
  /** Paths of the cases that earlier attempts have finished, one for each: they need not run again. */
  finished: z.array(z.array(z.string())).min(1).optional(),
  /** Of a part that failed by itself: the whole file is run, and what it comes to for the part's own cases counts. */
  whole: z.literal(true).optional(),
});

/** Tasks of one suite, to be run one after the other in one slot. */
export const leaseSchema = z.object({
  run: runIdSchema,
  fence: z.int().positive(),
  suite: suiteSchema,
  workspace: workspaceSchema,
  options: runOptionsSchema,
  /** What ran before may be why it goes wrong: a new process, and a new checkout where the worker makes its own. */
  afresh: z.literal(true).optional(),
  tasks: z.array(leasedTaskSchema).min(1),
});
export type Lease = z.infer<typeof leaseSchema>;

export const leaseResponseSchema = z.object({
  leases: z.array(leaseSchema),
  /** The worker should take no more work and leave. */
  drain: z.boolean(),
});
export type LeaseResponse = z.infer<typeof leaseResponseSchema>;

/** Notes on measurements that an attempt may bring. */
export const measurementNotesLimit = 16;

const eventBase = {
  run: runIdSchema,
  fence: z.int().positive(),
  task: z.int().nonnegative(),
  attempt: z.int().positive(),
};

export const workerEventSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("started"), ...eventBase }),
  z.strictObject({
    type: z.literal("cases"),
    ...eventBase,
    /** Index of the first of these cases within the attempt, so that sending twice counts once. */
    first: z.int().nonnegative(),
    cases: z.array(caseResultSchema).min(1).max(1000),
  }),
  z.strictObject({
    type: z.literal("finished"),
    ...eventBase,
    outcome: attemptOutcomeSchema,
    duration_ms: z.number().nonnegative(),
    /** When it ended, by the worker's clock. */
    ended_at_ms: z.int().nonnegative().optional(),
    failure: failureSchema.optional(),
    log: z.strictObject({ sha256: sha256Schema, bytes: z.int().nonnegative() }).optional(),
    /** How many cases the attempt reported: the coordinator refuses the end of an attempt whose cases it does not have. */
    cases: z.int().nonnegative(),
    /** The last of these, where no event before told of them: a short attempt is told of in one event, and had begun before it. */
    last: z.array(caseResultSchema).min(1).max(1000).optional(),
    /** Among the blobs already. */
    artifacts: z.array(artifactSchema).max(artifactCountLimit).optional(),
    /** What was left out of them, and why. */
    artifact_notes: z.array(z.string().max(1024)).max(16).optional(),
    /** What its tests measured and no case of it names. */
    metrics: z.array(metricSchema).min(1).max(metricsLimit).optional(),
    /** What its tests measured and was left out, as not finite or beyond a limit. */
    measurement_notes: z.array(z.string().max(1024)).max(measurementNotesLimit).optional(),
  }),
  /** Handed back before it finished: the worker is leaving. Costs no retry. */
  z.strictObject({ type: z.literal("released"), ...eventBase, reason: z.string().max(1024) }),
]);
export type WorkerEvent = z.infer<typeof workerEventSchema>;

export const resultsRequestSchema = z.strictObject({
  events: z.array(workerEventSchema).min(1).max(2000),
  /** By the worker's clock: how long an end has waited until a coordinator could be told. */
  sent_at_ms: z.int().nonnegative().optional(),
});
export type ResultsRequest = z.infer<typeof resultsRequestSchema>;

/** Sent when all that was accepted is durable. */
export const resultsResponseSchema = z.object({
  accepted: z.int().nonnegative(),
  /** Events that changed nothing and why: `stale` leases, `duplicate` events. They must not be sent again. */
  dropped: z.array(z.object({ index: z.int().nonnegative(), reason: z.enum(["stale", "duplicate", "gap"]) })),
});
export type ResultsResponse = z.infer<typeof resultsResponseSchema>;

/** What a worker set up for the tests of a run has been cleared up. */
export const closedRequestSchema = z.strictObject({
  run: runIdSchema,
  /** What went wrong with that, which no test could tell any more. */
  failures: z.array(z.strictObject({ suite: nameSchema, failure: failureSchema })).max(256),
});
export type ClosedRequest = z.infer<typeof closedRequestSchema>;

export const heartbeatRequestSchema = z.strictObject({
  fences: z.array(z.int().positive()).max(256),
  /** The worker takes no more work. */
  draining: z.boolean().default(false),
  room: roomSchema.optional(),
  browsers: browserPoolSchema.optional(),
});
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;

export const heartbeatResponseSchema = z.object({
  /** Leases the worker no longer holds: stop their tests, report nothing more of them. */
  stop: z.array(z.int().positive()),
  drain: z.boolean(),
  /** Runs whose tests are over, and which wait for this worker to end what it set up for them. */
  close: z.array(runIdSchema).optional(),
});
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>;

/** What the worker's open stream (`GET /api/v1/workers/{id}/signals`) carries. */
export const workerSignalSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("stop"), fence: z.int().positive(), reason: z.string() }),
  z.object({ type: z.literal("drain") }),
  /** The tests of a run are over: end what was set up for them and say how that went. */
  z.object({ type: z.literal("close"), run: runIdSchema }),
]);
export type WorkerSignal = z.infer<typeof workerSignalSchema>;

/** A worker as `GET /api/v1/workers` lists it. */
export const workerInfoSchema = z.object({
  id: workerSchema.shape.id,
  name: workerSchema.shape.name,
  slots: workerSchema.shape.slots,
  capabilities: capabilitiesSchema,
  version: workerSchema.shape.version,
  status: workerStatusSchema,
  /** Why it went, if it did. */
  reason: z.string().optional(),
  /** The only run it takes work of. */
  run: runIdSchema.optional(),
  registered_at_ms: z.int().optional(),
  gone_at_ms: z.int().optional(),
  /** Leases that it holds, each of which takes a slot. Of one that is there. */
  slots_used: z.int().nonnegative().optional(),
  /** Of one that is there. */
  standing: standingSchema.optional(),
  health: healthSchema.optional(),
  /** The pool of browsers that it lends to its tests, once one of them has asked for one. */
  browsers: browserPoolSchema.optional(),
  /** What is foretold of it, in a sentence, and for memory and disk when nothing will be left: milliseconds since 1970. */
  forecasts: z
    .array(
      z.object({
        kind: forecastKindSchema,
        advice: z.string(),
        earliest_ms: z.number().optional(),
        latest_ms: z.number().optional(),
      }),
    )
    .optional(),
});
export type WorkerInfo = z.infer<typeof workerInfoSchema>;

export const workerListSchema = z.object({ workers: z.array(workerInfoSchema) });

/** Attempts that one answer has at most. */
export const workerAttemptsLimit = 200;

/** One attempt that a worker makes, or made. */
export const workerAttemptSchema = z.object({
  run: runIdSchema,
  run_key: z.string(),
  project: nameSchema,
  task: z.int().nonnegative(),
  attempt: z.int().positive(),
  key: z.string(),
  file: z.string(),
  status: attemptStatusSchema,
  leased_at_ms: z.int(),
  ended_at_ms: z.int().optional(),
  duration_ms: z.number().nonnegative(),
  /** The first line of why it went wrong. */
  message: z.string().optional(),
});
export type WorkerAttempt = z.infer<typeof workerAttemptSchema>;

export const workerQuerySchema = z.object({
  /** What `next` was in the answer before. */
  before: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(workerAttemptsLimit).default(50),
});

/** `GET /api/v1/workers/{worker}` */
export const workerDetailSchema = z.object({
  worker: workerInfoSchema,
  hardware_class: z.string(),
  /** Those that guard it, where they are not closed or have something against it. */
  breakers: breakerListSchema.shape.breakers,
  /** What was handed to it and has not ended, the longest first. Of one slot the first runs, and the others wait. */
  now: z.array(workerAttemptSchema),
  /** What happened to it, newest first. */
  incidents: z.array(incidentSchema.extend({ at_ms: z.int() })),
  /** What it has run, newest first. */
  history: z.array(workerAttemptSchema),
  /** What `before` has to be for the rest of the history; absent where there is none. */
  next: z.string().optional(),
});
export type WorkerDetail = z.infer<typeof workerDetailSchema>;

/** For how many minutes an operator may keep work from a worker at most. */
export const quarantineLimit_minutes = 7 * 24 * 60;

export const quarantineWorkerRequestSchema = z.strictObject({
  /** After that it has to prove itself, with one test at a time. */
  minutes: z.int().min(1).max(quarantineLimit_minutes).default(60),
  reason: z.string().trim().min(1).max(200).default("an operator"),
});
export type QuarantineWorkerRequest = z.input<typeof quarantineWorkerRequestSchema>;
