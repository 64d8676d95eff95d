import { z } from "zod";
import { keeping } from "../metrics/keeping.ts";
import { actionIdSchema, actionSchema } from "./action.ts";
import { artifactSchema } from "./artifact.ts";
import { attemptEndSchema, failureSchema, recoverySchema } from "./attempt.ts";
import { breakerSchema, breakerScopeSchema } from "./breaker.ts";
import { caseResultSchema } from "./case.ts";
import { forecastSchema } from "./forecast.ts";
import { healthSchema, standingSchema } from "./health.ts";
import { nameSchema, runIdSchema, sha256Schema, tokenIdSchema, workerIdSchema } from "./ids.ts";
import { electionReasonSchema } from "./incident.ts";
import { judgementVerdictSchema } from "./judgement.ts";
import { metricSchema, metricsLimit } from "./metric.ts";
import { quarantinedTestSchema, quarantineWordsSchema } from "./quarantine.ts";
import { metricsPartSchema, trendTestSchema } from "./reported-metric.ts";
import { runContextSchema, runOptionsSchema, submissionSchema, verdictSchema } from "./run.ts";
import { settingValueSchema } from "./shared-setting.ts";
import { suiteSchema, taskStatusSchema } from "./task.ts";
import { scopeSchema } from "./token.ts";
import { traceParentSchema } from "./trace-parent.ts";
import {
  alertEndSchema,
  alertIdSchema,
  alertKeeping,
  alertStateSchema,
  alertedChangeSchema,
  openedAlertSchema,
} from "./trend-alert.ts";
import { confirmationDecisionSchema, confirmationIdSchema, suspicionSchema } from "./trend-confirmation.ts";
import { tuningChangeSchema } from "./tuning.ts";
import { workerSchema } from "./worker.ts";
import { workspaceSchema } from "./workspace.ts";

/**
 * A task is named inside its run by its index in the submitted manifest, an attempt by its number from 1. Both are given by the
 * leader, so applying a fact invents nothing.
 */
const taskIndex = z.int().nonnegative();
const attemptNumber = z.int().positive();
/** Grows with every lease that was ever given; a later one makes the earlier ones of the same task powerless. */
const fence = z.int().positive();

const runSubmitted = z.strictObject({
  type: z.literal("RunSubmitted"),
  run: runIdSchema,
  submission: submissionSchema,
  /** What whoever submitted it is a part of, in other programs' traces. */
  trace_parent: traceParentSchema.optional(),
});
const runReopened = z.strictObject({
  type: z.literal("RunReopened"),
  run: runIdSchema,
  /** The tasks to run again; all others keep their results. */
  tasks: z.array(taskIndex),
  reason: z.string().max(1024),
  /** What the new submission says in place of the first one's: the checkout may lie elsewhere. */
  workspace: workspaceSchema.optional(),
  suites: z.array(suiteSchema).max(256).optional(),
  options: runOptionsSchema.optional(),
  context: runContextSchema.optional(),
  /** Index of the job that opened it again. */
  job: z.int().nonnegative().optional(),
  trace_parent: traceParentSchema.optional(),
});
/** A job of the run's pipeline submitted it, too. */
const runJoined = z.strictObject({ type: z.literal("RunJoined"), run: runIdSchema, job: z.int().nonnegative() });
const tasksLeased = z.strictObject({
  type: z.literal("TasksLeased"),
  run: runIdSchema,
  worker: workerIdSchema,
  fence,
  tasks: z
    .array(
      z.strictObject({
        task: taskIndex,
        attempt: attemptNumber,
        /** Expected duration from the task's own history, if it has one. */
        estimate_ms: z.number().nonnegative().optional(),
        /** Another attempt of the task is under way, and goes on: whichever has a result first counts. */
        duplicate: z.literal(true).optional(),
        /** It runs only what an earlier attempt, and those that this one resumed itself, have not finished; that one's cases count with its own. */
        resumes: attemptNumber.optional(),
      }),
    )
    .min(1),
});
const casesFinished = z.strictObject({
  type: z.literal("CasesFinished"),
  run: runIdSchema,
  task: taskIndex,
  attempt: attemptNumber,
  /** Index of the first of these cases within the attempt: what was already applied is known by it. */
  first: z.int().nonnegative(),
  cases: z.array(caseResultSchema).min(1),
});
const attemptFinished = z.strictObject({
  type: z.literal("AttemptFinished"),
  run: runIdSchema,
  task: taskIndex,
  attempt: attemptNumber,
  outcome: attemptEndSchema,
  /** What the leader decided for the task: `pending` runs it again, `leased` leaves it to the attempt that runs beside this one. */
  task_status: taskStatusSchema,
  /** The wall time the worker measured, by its monotonic clock. */
  duration_ms: z.number().nonnegative(),
  /** It ended so long before, where that is long: nobody led, or the worker was cut off. */
  waited_ms: z.int().positive().optional(),
  failure: failureSchema.optional(),
  /** What is done for the task, where the attempt failed or was lost. */
  recovery: recoverySchema.optional(),
  /** Nothing of it failed that is not in quarantine: its task, if that has failed by it, does not count as failed. */
  quarantined: z.literal(true).optional(),
  /** The attempt's log among the blobs. */
  log: z.strictObject({ sha256: sha256Schema, bytes: z.int().nonnegative() }).optional(),
  artifacts: z.array(artifactSchema).optional(),
  /** What its tests measured and no case of it names. */
  metrics: z.array(metricSchema).min(1).max(metricsLimit).optional(),
});
const tasksSettled = z.strictObject({
  type: z.literal("TasksSettled"),
  run: runIdSchema,
  tasks: z.array(taskIndex).min(1),
  status: z.enum(["cancelled", "incomplete", "errored", "skipped"]),
  reason: z.string().max(1024),
});
const runNoticed = z.strictObject({
  type: z.literal("RunNoticed"),
  run: runIdSchema,
  /** One of each code and message is kept. */
  code: z.enum([
    "unsatisfiable",
    "worker-lost",
    "retry-budget",
    "reopened",
    "no-workers",
    "teardown-failed",
    "artifacts",
    "quarantined",
    "runner-broken",
    "test-quarantine",
    "forecast",
    "outage",
    "plugin",
    "measurements",
  ]),
  message: z.string().max(2048),
});
const runCancelled = z.strictObject({ type: z.literal("RunCancelled"), run: runIdSchema, reason: z.string().max(1024) });
const runEnded = z.strictObject({
  type: z.literal("RunEnded"),
  run: runIdSchema,
  verdict: verdictSchema,
  reason: z.string().max(1024),
  /** Tasks that only a failure of the infrastructure made fail, and that passed when run again: they are not flaky. */
  excused: z.array(taskIndex).min(1).optional(),
});
/**
 * What the tests of a run that has passed have covered comes to, as whoever joined it says; `errored` where it could not be joined. Its verdict
 * is this one from here on.
 */
const runJudged = z.strictObject({
  type: z.literal("RunJudged"),
  run: runIdSchema,
  verdict: judgementVerdictSchema,
  reason: z.string().max(1024),
});
/**
 * The next of what the tests of a run that has ended took and measured become points of trends. How many, and from where on, the tables
 * say: where all are, it changes nothing.
 */
const trendsTaken = z.strictObject({ type: z.literal("TrendsTaken"), run: runIdSchema });
/**
 * The oldest points of series that have many become one for each day: of each of these series so many at a time. Which they are is for whoever
 * leads to say, and how, for the tables; one that has nothing to roll up stays as it is.
 */
const trendsRolled = z.strictObject({
  type: z.literal("TrendsRolled"),
  series: z.array(z.int().positive()).min(1).max(keeping.rolledTogether),
});
/** Who tells the outside world of a run's end, or has told of it. Until when it has it is decided by the fact's time. */
const publicationClaimed = z.strictObject({
  type: z.literal("PublicationClaimed"),
  run: runIdSchema,
  by: z.string().min(1).max(256),
  done: z.boolean(),
});
/** What is known of a run was sent to where traces are collected: nobody sends it again. */
const runTraced = z.strictObject({ type: z.literal("RunTraced"), run: runIdSchema });
const runsPurged = z.strictObject({ type: z.literal("RunsPurged"), runs: z.array(runIdSchema).min(1) });
const workerRegistered = z.strictObject({ type: z.literal("WorkerRegistered"), worker: workerSchema });
const workerDraining = z.strictObject({ type: z.literal("WorkerDraining"), worker: workerIdSchema });
const workerGone = z.strictObject({
  type: z.literal("WorkerGone"),
  worker: workerIdSchema,
  status: z.enum(["lost", "left"]),
  reason: z.string().max(1024),
});
/** A worker's health has crossed the threshold, or it has proved itself after that. */
const workerAssessed = z.strictObject({
  type: z.literal("WorkerAssessed"),
  worker: workerIdSchema,
  standing: standingSchema,
  health: healthSchema,
});
/** What is foretold of a worker, in place of what was before. */
const workerForeseen = z.strictObject({
  type: z.literal("WorkerForeseen"),
  worker: workerIdSchema,
  forecasts: z.array(forecastSchema).max(8),
});
/** A circuit breaker is in another state; one that is closed and has no past is forgotten. */
const breakerChanged = z.strictObject({
  type: z.literal("BreakerChanged"),
  scope: breakerScopeSchema,
  /** Of what it guards: the worker's name, the class, or project and runner. */
  name: z.string().min(1).max(512),
  breaker: breakerSchema,
});
/** A coordinator began to lead: its predecessor stopped, was lost, or handed over. */
const leadershipTaken = z.strictObject({
  type: z.literal("LeadershipTaken"),
  by: z.string().min(1).max(256),
  /** Its predecessor, where it knew of one. */
  after: z.string().min(1).max(256).optional(),
  because: electionReasonSchema.optional(),
});
const tokenCreated = z.strictObject({
  type: z.literal("TokenCreated"),
  token: tokenIdSchema,
  name: z.string().min(1).max(128),
  scope: scopeSchema,
  /** SHA-256 of the token; the token itself is shown once and never kept. */
  hash: sha256Schema,
  expires_at_ms: z.int().positive().optional(),
  /** The only project that it may touch. */
  project: nameSchema.optional(),
  /** It was given for an identity token of a CI job, and is forgotten some time after it has ended. */
  exchanged: z.literal(true).optional(),
});
/** Tokens that have ended are forgotten. */
const tokensPurged = z.strictObject({ type: z.literal("TokensPurged"), tokens: z.array(tokenIdSchema).min(1) });
const tokenRevoked = z.strictObject({ type: z.literal("TokenRevoked"), token: tokenIdSchema });
/**
 * What all coordinators go by from here on; without a value, what each was started with. The key may be one of a later version: it is kept,
 * and means nothing to those who do not know it.
 */
const settingChanged = z.strictObject({
  type: z.literal("SettingChanged"),
  key: z.string().min(1).max(64),
  value: settingValueSchema.optional(),
});
/** A parameter of the scheduler is another one from here on, is tried, or should be. */
const tuningChanged = z.strictObject({ type: z.literal("TuningChanged"), ...tuningChangeSchema.shape });
/** A test of a project goes into quarantine, by hand, or comes out of it where there is no entry. */
const quarantineChanged = z.strictObject({
  type: z.literal("QuarantineChanged"),
  project: nameSchema,
  test: quarantinedTestSchema,
  entry: quarantineWordsSchema.omit({ test: true }).optional(),
});
/** A part of what was measured elsewhere. With the last part, all of it is seen. */
const metricsReported = z.strictObject({ type: z.literal("MetricsReported"), project: nameSchema, ...metricsPartSchema.shape });
/** An upload that is not complete is given up: nothing of it stays. */
const metricsDropped = z.strictObject({
  type: z.literal("MetricsDropped"),
  project: nameSchema,
  upload: metricsPartSchema.shape.upload,
});
/** A test is called something else from here on; with an empty case, a file with all its cases. */
const testRenamed = z.strictObject({
  type: z.literal("TestRenamed"),
  project: nameSchema,
  from: trendTestSchema,
  to: trendTestSchema,
});
/** The levels of some series have changed, all of them by one of these commits. */
const alertOpened = z.strictObject({ type: z.literal("AlertOpened"), project: nameSchema, ...openedAlertSchema.shape });
/** More series show what an alert tells of already, which may leave fewer commits. */
const alertGrown = z.strictObject({
  type: z.literal("AlertGrown"),
  alert: alertIdSchema,
  commits: openedAlertSchema.shape.commits,
  infrastructure: z.boolean(),
  changes: z.array(alertedChangeSchema).min(1).max(alertKeeping.seriesOfFact),
});
/** Somebody looked at an alert. */
const alertJudged = z.strictObject({
  type: z.literal("AlertJudged"),
  alert: alertIdSchema,
  state: alertStateSchema.exclude(["fixed"]),
  by: z.string().min(1).max(128),
  note: z.string().max(1024).optional(),
});
/** An alert is over by itself: all of its series are back, or are not measured any more. */
const alertRecovered = z.strictObject({
  type: z.literal("AlertRecovered"),
  alert: alertIdSchema,
  reason: alertEndSchema.optional(),
});
/** People were told of an alert: nobody tells of it again. */
const alertTold = z.strictObject({
  type: z.literal("AlertTold"),
  alert: alertIdSchema,
  of: z.enum(["opening", "recovery"]),
});
/** What was measured by this position was looked at. */
const trendsJudged = z.strictObject({ type: z.literal("TrendsJudged"), until: z.int().nonnegative() });
/** Somebody is about to do what only people decide: it is known before it is done. */
const actionBegun = z.strictObject({ type: z.literal("ActionBegun"), action: actionIdSchema, ...actionSchema.shape });
/** What came of it. */
const actionEnded = z.strictObject({
  type: z.literal("ActionEnded"),
  action: actionIdSchema,
  outcome: z.enum(["done", "refused"]),
  /** Of the error that it was refused with. */
  code: z.string().max(64).optional(),
});
/** The newest points of a series look like a change: its commits are measured again before anybody is told. */
const confirmationBegun = z.strictObject({ type: z.literal("ConfirmationBegun"), ...suspicionSchema.shape });
/** What came of it. */
const confirmationEnded = z.strictObject({
  type: z.literal("ConfirmationEnded"),
  confirmation: confirmationIdSchema,
  decision: confirmationDecisionSchema,
  p: z.number().min(0).max(1),
  /** By how much the new commit lies above the old one, as a share. */
  relative: z.number().optional(),
  reason: z.string().max(1024).optional(),
});
/** From here on facts of this version may be written: every member that keeps tables knows them. */
const factVersionRaised = z.strictObject({ type: z.literal("FactVersionRaised"), version: z.int().positive() });

export const factBodySchema = z.discriminatedUnion("type", [
  runSubmitted,
  runReopened,
  runJoined,
  tasksLeased,
  casesFinished,
  attemptFinished,
  tasksSettled,
  runNoticed,
  runCancelled,
  runEnded,
  runJudged,
  trendsTaken,
  trendsRolled,
  publicationClaimed,
  runTraced,
  runsPurged,
  workerRegistered,
  workerDraining,
  workerGone,
  workerAssessed,
  workerForeseen,
  breakerChanged,
  leadershipTaken,
  tokenCreated,
  tokenRevoked,
  tokensPurged,
  factVersionRaised,
  settingChanged,
  tuningChanged,
  quarantineChanged,
  metricsReported,
  metricsDropped,
  testRenamed,
  confirmationBegun,
  confirmationEnded,
  alertOpened,
  alertGrown,
  alertJudged,
  alertRecovered,
  alertTold,
  trendsJudged,
  actionBegun,
  actionEnded,
]);
export type FactBody = z.infer<typeof factBodySchema>;
export type FactType = FactBody["type"];
export type FactOf<T extends FactType> = Extract<FactBody, { type: T }>;

/** One thing that happened: durable, ordered, and carrying its own time. */
export interface Fact {
  /** Place in the ledger, from 1. */
  readonly position: number;
  /** The leader's clock, milliseconds since 1970, when it decided. */
  readonly at_ms: number;
  readonly body: FactBody;
}
