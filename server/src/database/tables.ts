import type {
  Account,
  Actor,
  AttemptStatus,
  Breaker,
  BreakerScope,
  Capabilities,
  CaseResult,
  CaseStatus,
  Failure,
  Forecast,
  Incident,
  Metric,
  QuarantineEntry,
  Recovery,
  Requirements,
  RunContext,
  RunOptions,
  RunStatus,
  Scope,
  SettingValue,
  Standing,
  Suite,
  Task,
  TaskPart,
  TaskRepeat,
  TaskStatus,
  TuningChange,
  Verdict,
  WorkerStatus,
  Workspace,
} from "@shardwright/core";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export * from "./tables/figures.ts";
export * from "./tables/trends.ts";

/**
 * One row: how far the ledger has been applied, in facts and in entries of its log, the highest fence ever given, and the version of facts
 * that the cluster has agreed on.
 */
export const progress = sqliteTable("progress", {
  id: integer().primaryKey(),
  position: integer().notNull(),
  fence: integer().notNull(),
  applied: integer().notNull().default(0),
  fact_version: integer().notNull().default(1),
});

/** The facts of runs that are kept, for those who watch them: the log forgets what is older than its last snapshot. */
export const facts = sqliteTable(
  "facts",
  {
    position: integer().primaryKey(),
    at_ms: integer().notNull(),
    run: text().notNull(),
    body: text().notNull(),
  },
  (table) => [index("facts_run").on(table.run, table.position)],
);

export const runs = sqliteTable(
  "runs",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    run_key: text().notNull(),
    manifest_hash: text().notNull(),
    status: text().$type<RunStatus>().notNull(),
    verdict: text().$type<Verdict>(),
    reason: text(),
    cancelled: integer({ mode: "boolean" }).notNull(),
    context: text({ mode: "json" }).$type<RunContext>().notNull(),
    workspace: text({ mode: "json" }).$type<Workspace>().notNull(),
    suites: text({ mode: "json" }).$type<Suite[]>().notNull(),
    options: text({ mode: "json" }).$type<RunOptions>().notNull(),
    /** The tests whose failures do not count, as that was fixed when it was submitted. */
    quarantine: text({ mode: "json" }).$type<QuarantineEntry[] | null>(),
    /** Retries spent since it was opened. */
    retries: integer().notNull(),
    submitted_at_ms: integer().notNull(),
    /** Submitted, or last reopened. */
    opened_at_ms: integer().notNull(),
    /** Position of the fact that submitted or last reopened it: its events are told from there. */
    opened_position: integer().notNull(),
    /** Indexes of the pipeline's jobs that submitted it since it was opened. */
    jobs: text({ mode: "json" }).$type<number[]>(),
    /** What it is a part of in other programs' traces, as it was last opened. */
    trace_parent: text(),
    /** Its spans were sent since it was last opened. */
    traced: integer({ mode: "boolean" }).notNull().default(false),
    /** Who tells the outside world of its end, since when, and whether it has. */
    publication: text({ mode: "json" }).$type<{ by: string; done: boolean; at_ms: number }>(),
    ended_at_ms: integer(),
    /** Position of the fact that ended it for now. */
    ended_position: integer(),
    /** What its tests covered is `awaited` since they have passed, or its verdict and reason are by that; null where it is not measured. */
    coverage: text().$type<"awaited" | "judged">(),
    /** The reason of the tests alone, and when the run was judged last. */
    tests_reason: text(),
    judged_at_ms: integer(),
    /** How far its tests were gone through for trends since it ended: the task that is next, and its last case that was; null before the first. */
    trends_task: integer(),
    trends_case: integer(),
    /** All of them were. */
    trends_done: integer({ mode: "boolean" }).notNull().default(false),
    /** Where its files went, and how many cases they have: as it ended, for lists of many runs. Null while it runs. */
    account: text({ mode: "json" }).$type<Account>(),
    cases: integer(),
  },
  (table) => [
    index("runs_trends")
      .on(table.ended_at_ms)
      .where(sql`status = 'ended' and trends_done = 0`),
    index("runs_awaited")
      .on(table.ended_at_ms)
      .where(sql`coverage = 'awaited'`),
    uniqueIndex("runs_key").on(table.project, table.run_key),
    index("runs_submitted").on(table.submitted_at_ms),
    index("runs_project").on(table.project, table.submitted_at_ms),
    index("runs_status").on(table.status, table.ended_at_ms),
    // Written as the filters of the list of runs are: an index on an expression serves that expression alone.
    index("runs_branch").on(sql`json_extract("context", '$.branch')`, table.submitted_at_ms),
    index("runs_provider").on(sql`json_extract("context", '$.provider')`, table.submitted_at_ms),
    index("runs_actor").on(sql`json_extract("context", '$.actor')`, table.submitted_at_ms),
  ],
);

export const tasks = sqliteTable(
  "tasks",
  {
    run: text().notNull(),
    task: integer().notNull(),
    key: text().notNull(),
    suite: text().notNull(),
    kind: text().$type<Task["kind"]>().notNull(),
    file: text().notNull(),
    args: text({ mode: "json" }).$type<string[]>().notNull(),
    requirements: text({ mode: "json" }).$type<Requirements>().notNull(),
    browser: text(),
    timeout_ms: integer(),
    hash: text().notNull(),
    bytes: integer().notNull(),
    side_effects: integer({ mode: "boolean" }).notNull().default(false),
    status: text().$type<TaskStatus>().notNull(),
    flaky: integer({ mode: "boolean" }).notNull(),
    /** It has failed, by nothing but cases in quarantine. */
    quarantined: integer({ mode: "boolean" }).notNull().default(false),
    /** Some attempt failed or errored, in this opening of the run or before. */
    failed_before: integer({ mode: "boolean" }).notNull(),
    /** Attempts that failed or errored since the run was opened. */
    failures: integer().notNull(),
    /** Attempts whose worker was lost since the run was opened. */
    losses: integer().notNull(),
    /** What was last decided to recover it since the run was opened. */
    recovery: text({ mode: "json" }).$type<Recovery | null>(),
    /** Number of the latest attempt, 0 before the first. */
    attempt: integer().notNull(),
    /** Number of the attempt that speaks for the task: the one that runs (of two, the one begun first), or the last to have run. */
    current: integer().notNull().default(0),
    /** Cases of that attempt. */
    cases: integer().notNull(),
    estimate_ms: real(),
    reason: text(),
    part: text({ mode: "json" }).$type<TaskPart | null>(),
    /** Which repetition of new tests it is, if it is one. */
    repeat: text({ mode: "json" }).$type<TaskRepeat | null>(),
    /** The key, or that of the file it is a part of or repeats. */
    file_key: text().notNull().default(""),
  },
  (table) => [primaryKey({ columns: [table.run, table.task] }), index("tasks_file").on(table.file_key)],
);

export const attempts = sqliteTable(
  "attempts",
  {
    run: text().notNull(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    worker: text().notNull(),
    fence: integer().notNull(),
    /** It was begun while another attempt of the task was under way. */
    duplicate: integer({ mode: "boolean" }).notNull().default(false),
    /** Number of the attempt whose finished cases it left out. */
    resumes: integer(),
    status: text().$type<AttemptStatus>().notNull(),
    leased_at_ms: integer().notNull(),
    ended_at_ms: integer(),
    duration_ms: real().notNull(),
    failure: text({ mode: "json" }).$type<Failure>(),
    /** What was decided for its task when it went wrong. */
    recovery: text({ mode: "json" }).$type<Recovery>(),
    log_sha256: text(),
    log_bytes: integer(),
    /** What its tests measured and no case of it names. */
    metrics: text({ mode: "json" }).$type<Metric[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.task, table.attempt] }),
    index("attempts_worker").on(table.worker, table.ended_at_ms),
    index("attempts_log")
      .on(table.log_sha256)
      .where(sql`log_sha256 is not null`),
  ],
);

/** Files that attempts left behind, among the blobs. */
export const artifacts = sqliteTable(
  "artifacts",
  {
    run: text().notNull(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    /** Place within the attempt, from 0. */
    number: integer().notNull(),
    name: text().notNull(),
    sha256: text().notNull(),
    bytes: integer().notNull(),
    shared: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.task, table.attempt, table.number] }),
    index("artifacts_sha256").on(table.sha256),
  ],
);

export const cases = sqliteTable(
  "cases",
  {
    run: text().notNull(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    /** Place within the attempt, from 0; below, those that it took over from the attempts it resumed. */
    number: integer().notNull(),
    status: text().$type<CaseStatus>().notNull(),
    duration_ms: real().notNull(),
    result: text({ mode: "json" }).$type<CaseResult>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.task, table.attempt, table.number] })],
);

export const notices = sqliteTable(
  "notices",
  {
    run: text().notNull(),
    code: text().notNull(),
    message: text().notNull(),
    at_ms: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.code, table.message] })],
);

export const workers = sqliteTable("workers", {
  id: text().primaryKey(),
  name: text().notNull(),
  instance: text().notNull(),
  slots: integer().notNull(),
  capabilities: text({ mode: "json" }).$type<Capabilities>().notNull(),
  version: text().notNull(),
  /** The only run it takes work of. */
  run: text(),
  status: text().$type<WorkerStatus>().notNull(),
  standing: text().$type<Standing>().notNull().default("well"),
  forecasts: text({ mode: "json" }).$type<readonly Forecast[]>().notNull().default([]),
  reason: text(),
  registered_at_ms: integer().notNull(),
  gone_at_ms: integer(),
});

/** Ways in which tests of a project fail, as long as a run that is kept shows them. */
export const failureGroups = sqliteTable(
  "failure_groups",
  {
    project: text().notNull(),
    fingerprint: text().notNull(),
    kind: text().notNull(),
    title: text().notNull(),
    frame: text(),
    /** The run that showed it first: it may be purged. */
    first_run: text().notNull(),
    first_run_key: text().notNull(),
    first_commit: text(),
    first_at_ms: integer().notNull(),
    last_run: text().notNull(),
    last_run_key: text().notNull(),
    last_commit: text(),
    last_at_ms: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.fingerprint] }),
    index("failure_groups_last").on(table.project, table.last_at_ms),
  ],
);

/** Attempts of runs that have ended, by how they failed. */
export const failures = sqliteTable(
  "failures",
  {
    run: text().notNull(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    fingerprint: text().notNull(),
    project: text().notNull(),
    /** Tests that failed so; 1 for the attempt as a whole. */
    cases: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.task, table.attempt, table.fingerprint] }),
    index("failures_fingerprint").on(table.project, table.fingerprint, table.run),
  ],
);

/**
 * Cases that failed in runs that have ended, in attempts that had a result, and not by the machine's fault nor together with many others: what
 * may be held against them.
 */
export const failedCases = sqliteTable(
  "failed_cases",
  {
    run: text().notNull(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    /** What tells it apart within its file. */
    case_key: text().notNull(),
    project: text().notNull(),
    file_key: text().notNull(),
    at_ms: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.task, table.attempt, table.case_key] }),
    index("failed_cases_case").on(table.project, table.file_key, table.case_key),
  ],
);

/** Tests whose failures do not count, as somebody said. */
export const quarantine = sqliteTable(
  "quarantine",
  {
    project: text().notNull(),
    test: text().notNull(),
    owner: text().notNull(),
    reason: text().notNull(),
    expires_at_ms: integer().notNull(),
    since_ms: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.test] })],
);

/** Recent durations of whole, passing attempts. */
export const timings = sqliteTable(
  "timings",
  {
    project: text().notNull(),
    key: text().notNull(),
    hardware_class: text().notNull(),
    /** Milliseconds, oldest first. */
    recent: text({ mode: "json" }).$type<number[]>().notNull(),
    at_ms: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.key, table.hardware_class] })],
);

/** Circuit breakers that are not closed, or have something against what they guard. */
export const breakers = sqliteTable(
  "breakers",
  {
    scope: text().$type<BreakerScope>().notNull(),
    name: text().notNull(),
    breaker: text({ mode: "json" }).$type<Breaker>().notNull(),
    at_ms: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.name] })],
);

/** What happened to workers, breakers and coordinators, for as long as a run that is kept was there, and within a limit. */
export const incidents = sqliteTable(
  "incidents",
  {
    /** Of the fact that told of it. */
    position: integer().primaryKey(),
    at_ms: integer().notNull(),
    /** The worker that it is about. */
    worker: text(),
    /** The run that it is about; null for what is about all that went on. */
    run: text(),
    incident: text({ mode: "json" }).$type<Incident>().notNull(),
  },
  (table) => [index("incidents_at").on(table.at_ms)],
);

/** What all coordinators go by; a setting that is not here is what the leader was started with. */
export const settings = sqliteTable("settings", {
  key: text().primaryKey(),
  value: text({ mode: "json" }).$type<SettingValue>().notNull(),
  at_ms: integer().notNull(),
});

/** What became last of each parameter that the scheduler tunes; one that is not here is as it was when the coordinator was started. */
export const tuning = sqliteTable("tuning", {
  parameter: text().primaryKey(),
  change: text({ mode: "json" }).$type<TuningChange>().notNull(),
  at_ms: integer().notNull(),
});

export const tokens = sqliteTable("tokens", {
  id: text().primaryKey(),
  name: text().notNull(),
  scope: text().$type<Scope>().notNull(),
  hash: text().notNull().unique(),
  created_at_ms: integer().notNull(),
  expires_at_ms: integer(),
  revoked: integer({ mode: "boolean" }).notNull(),
  /** The only one that it may touch; all when null. */
  project: text(),
  /** Given for an identity token. */
  exchanged: integer({ mode: "boolean" }).notNull().default(false),
});

/** Who did what: the newest. */
export const audit = sqliteTable(
  "audit",
  {
    /** Of the fact that told of it. */
    position: integer().primaryKey(),
    id: text().notNull().unique(),
    at_ms: integer().notNull(),
    name: text().notNull(),
    actor: text({ mode: "json" }).$type<Actor>().notNull(),
    route: text().notNull(),
    object: text().notNull(),
    project: text(),
    outcome: text().$type<"begun" | "done" | "refused">().notNull(),
    code: text(),
  },
  (table) => [index("audit_at").on(table.at_ms)],
);
