import { z } from "zod";
import { accountSchema } from "../model/account.ts";
import { artifactSchema } from "../model/artifact.ts";
import { workspacePathSchema } from "../model/ids.ts";
import { attemptStatusSchema, failureSchema, recoverySchema } from "../model/attempt.ts";
import { caseResultSchema } from "../model/case.ts";
import { metricSchema, metricsLimit } from "../model/metric.ts";
import { incidentSchema } from "../model/incident.ts";
import { capabilitiesSchema, requirementsSchema } from "../model/requirement.ts";
import { runContextSchema, verdictSchema } from "../model/run.ts";
import { browserComparisonSchema } from "./browsers/schema.ts";
import { runComparisonSchema } from "./comparison-schema.ts";
import { failureAnalysisSchema } from "./failure-schema.ts";

export const reportVersion = 1;

const milliseconds = z.number().nonnegative();

export const reportArtifactSchema = artifactSchema.extend({
  /** Where it was downloaded to, relative to the report's folder, with forward slashes; absent where it was not. */
  path: workspacePathSchema.optional(),
});
export type ReportArtifact = z.infer<typeof reportArtifactSchema>;

/** A case, with what else there is to say of it in its run. */
export const reportCaseSchema = caseResultSchema.extend({
  /** The entry of the quarantine that it stands under, by its test: where the case failed, that does not count. */
  quarantined: z.string().optional(),
  /** It is new, and was repeated. If any of the repetitions failed, so has the case. */
  repeated: z.object({ failed: z.int().nonnegative(), of: z.int().positive() }).optional(),
});
export type ReportCase = z.infer<typeof reportCaseSchema>;

export const reportAttemptSchema = z.object({
  attempt: z.int().positive(),
  /** Which part of its file it ran, from 0, where the file was dealt out in parts. */
  part: z.int().nonnegative().optional(),
  /** It was begun while another attempt of the task was under way. */
  duplicate: z.literal(true).optional(),
  /** It ran only what an earlier attempt had not finished: that one, and how many of its cases are of that one or of those before it. */
  resumed: z.object({ attempt: z.int().positive(), cases: z.int().nonnegative() }).optional(),
  /** Name of the worker that ran it. */
  worker: z.string(),
  status: attemptStatusSchema,
  /** When it was dealt to its worker, since the run was submitted; absent where nobody noted it. */
  dealt_ms: milliseconds.optional(),
  /** Since the run was submitted, by the coordinator's clock. */
  started_ms: milliseconds,
  /** Since the run was submitted; absent while it runs. */
  ended_ms: milliseconds.optional(),
  /** Wall time as the worker measured it. */
  duration_ms: milliseconds,
  failure: failureSchema.optional(),
  /** What was decided for the task then, where the attempt failed or was lost. */
  recovery: recoverySchema.omit({ from_ms: true }).extend({ wait_ms: milliseconds.optional() }).optional(),
  cases: z.array(reportCaseSchema),
  /** What its tests measured and no case of it names. */
  metrics: z.array(metricSchema).max(metricsLimit).optional(),
  /** The end of what it printed. */
  log: z.string().optional(),
  /** Files that it left behind. */
  artifacts: z.array(reportArtifactSchema).optional(),
});
export type ReportAttempt = z.infer<typeof reportAttemptSchema>;

export const reportTaskSchema = z.object({
  key: z.string(),
  suite: z.string(),
  runner: z.string(),
  file: z.string(),
  args: z.array(z.string()),
  requirements: requirementsSchema,
  /** The kind of browser it ran in; other tasks with this suite, file and arguments ran it in others. */
  browser: z.string().optional(),
  status: z.enum(["passed", "failed", "errored", "skipped", "cancelled", "incomplete"]),
  /** Passed, but only after an attempt that failed. */
  flaky: z.boolean(),
  /** It failed, but by nothing than cases in quarantine: it does not count as failed. */
  quarantined: z.literal(true).optional(),
  /** Why it has this status, where an attempt does not say. */
  reason: z.string().optional(),
  /** Expected duration when it was planned, if there was a history. */
  estimate_ms: milliseconds.optional(),
  /** Who is responsible for the file, by the repository's CODEOWNERS; absent where nobody is, or it was not asked. */
  owners: z.array(z.string()).min(1).optional(),
  /** Where the task, or each of its parts, stands in the run's manifest, from 0: its number in the API. Absent in reports from elsewhere. */
  places: z.array(z.int().nonnegative()).min(1).optional(),
  /** The one that counts stands last; before it the others, oldest first. */
  /** In how many parts the file was dealt out, if it was. Each has attempts of its own, numbered from 1. */
  parts: z.int().min(2).optional(),
  /** The one that counts stands last; of a file in parts, the last one of each part. */
  attempts: z.array(reportAttemptSchema),
  /** The last attempt of each repetition of what is new in the file, beside its ordinary run. */
  repetitions: z.array(reportAttemptSchema).optional(),
});
export type ReportTask = z.infer<typeof reportTaskSchema>;

export const reportWorkerSchema = z.object({
  name: z.string(),
  slots: z.int().positive(),
  capabilities: capabilitiesSchema,
  status: z.enum(["live", "draining", "lost", "left"]),
  /** Why it went, if it did. */
  reason: z.string().optional(),
});
export type ReportWorker = z.infer<typeof reportWorkerSchema>;

/** How a suite's tests are run by hand, and which of them were asked for. */
export const reportSuiteSchema = z.object({
  name: z.string(),
  runner: z.string(),
  /** Relative to the workspace. */
  directory: z.string(),
  /** For its runner, as they were configured, without `environment`. */
  options: z.record(z.string(), z.json()),
  /** The words that call its framework by hand, before what is to run; absent where they are the usual ones. */
  command: z.array(z.string()).optional(),
  /** What its tests are given beside the machine's environment; the values of secrets are left out. */
  environment: z.record(z.string(), z.string()).optional(),
  /** Names what was selected of it; absent where that is all. Two runs with the same selection can be compared as wholes. */
  selection: z.string().optional(),
});
export type ReportSuite = z.infer<typeof reportSuiteSchema>;

/** What says most of a test comes first. */
export const quarantineStates = ["failed", "passed", "skipped", "missing", "expired"] as const;

/** One entry of the quarantine, as it was when the run was created. */
export const reportQuarantineSchema = z.object({
  test: z.string(),
  /** `hand`: given to the coordinator; `file`: of the configuration file; `rule`: known to be flaky. */
  origin: z.enum(["hand", "file", "rule"]),
  owner: z.string().optional(),
  reason: z.string(),
  expires_at_ms: z.int().optional(),
  /** `missing`: no test of that name ran: its file is gone or was not selected, or the test is called otherwise. */
  state: z.enum(quarantineStates),
});
export type ReportQuarantine = z.infer<typeof reportQuarantineSchema>;

/** Everything a run left behind, from which every format is made. `version` grows when a field changes its meaning. */
export const runReportSchema = z.object({
  version: z.literal(reportVersion),
  run: z.object({
    id: z.string(),
    key: z.string(),
    project: z.string(),
    manifest_hash: z.string(),
    context: runContextSchema,
    /** Present where a job ran its share alone, because the coordinator was out of reach. */
    share: z
      .object({
        /** Names the cut: shares of one plan are the whole manifest together, and overlap nowhere. */
        plan: z.string(),
        /** From 0. */
        index: z.int().nonnegative(),
        total: z.int().positive(),
        /** Key of the run that it is a share of, where it had one. */
        run_key: z.string().optional(),
      })
      .optional(),
    submitted_at_ms: z.int(),
    /** From submission to the verdict. */
    duration_ms: milliseconds,
  }),
  verdict: verdictSchema,
  /** One sentence. */
  reason: z.string(),
  /** The reason of the tests alone, which have passed, where the run's verdict is by what they covered, or waits for that. */
  tests_reason: z.string().optional(),
  /** Entries of the manifest. */
  account: accountSchema,
  /** Cases of the attempts that count. */
  cases: z.object({
    total: z.int(),
    passed: z.int(),
    failed: z.int(),
    errored: z.int(),
    skipped: z.int(),
    /** Passed in the last attempt, failed in an earlier one; counted under `passed` too. */
    flaky: z.int(),
    /** Failed in quarantine, and not counted under `failed` or `errored`; absent where there is none. */
    quarantined: z.int().optional(),
  }),
  /** What the run cost against the least it could have: `max(longest task, total / slots)`. */
  cost: z.object({
    makespan_ms: milliseconds,
    ideal_ms: milliseconds,
    test_time_ms: milliseconds,
    slots: z.int().nonnegative(),
  }),
  /** The tests whose failures do not count for the run, and what came of them; absent where there are none. */
  quarantine: z.array(reportQuarantineSchema).optional(),
  notices: z.array(z.object({ at_ms: milliseconds, code: z.string(), message: z.string() })),
  /** What happened to the machinery while the run went on, oldest first. Absent in reports from elsewhere. */
  incidents: z.array(incidentSchema.extend({ at_ms: milliseconds })).optional(),
  /** Absent in reports from elsewhere. */
  suites: z.array(reportSuiteSchema).optional(),
  tasks: z.array(reportTaskSchema),
  workers: z.array(reportWorkerSchema),
  /** Why tests failed. Absent in reports from elsewhere, whose readers can make it of the rest. */
  failures: failureAnalysisSchema.optional(),
  /** What is different from the base; absent where there is none to compare with. */
  comparison: runComparisonSchema.optional(),
  /** What is different between browsers; absent where no file ran in more than one, and in what the API gives, of which readers can make it. */
  browsers: browserComparisonSchema.optional(),
});
export type RunReport = z.infer<typeof runReportSchema>;
