import {
  type FactBody,
  type FactOf,
  type RunId,
  ShardwrightError,
  type Submission,
  type SubmitResponse,
  type TraceParent,
  isFinal,
} from "@shardwright/core";
import type { RunRow } from "../database/queries/runs.ts";
import { nextEnd_ms } from "./admission.ts";
import { endIfDone, settleTasks } from "./endings.ts";
import { noticeKey, noticeOnce } from "./notices.ts";
import { tellExpired } from "./quarantined.ts";
import { restoredTasks } from "./restored-tasks.ts";
import { RunState } from "./run-state.ts";
import { checkRequirements } from "./satisfiability.ts";
import { forgetCases } from "./resuming.ts";
import { type SchedulerState, later } from "./state.ts";

export interface Submitted {
  readonly response: SubmitResponse;
  readonly facts: FactBody[];
}

/** A submission that was checked, by its run key: a new run, or one that is already there. */
export function submitRun(
  state: SchedulerState,
  submission: Submission,
  newId: () => RunId,
  trace_parent?: TraceParent,
): Submitted {
  const trace = trace_parent === undefined ? {} : { trace_parent };
  const known = state.queries.runs.byKey(submission.project, submission.run_key);
  if (known === undefined) return createRun(state, submission, newId(), trace);
  if (known.manifest_hash !== submission.manifest_hash)
    throw new ShardwrightError("run-key-conflict", { run_key: submission.run_key, manifest_hash: known.manifest_hash });
  const running = state.runs.get(known.id);
  const joined: FactBody[] =
    submission.job === undefined ? [] : [{ type: "RunJoined", run: known.id, job: submission.job.index }];
  if (running !== undefined) return { response: { run: known.id, disposition: "joined", pending: running.open }, facts: joined };
  // What its coverage came to is no matter of its tests, which run no more.
  const hasPassed = known.verdict === "passed" || known.tests_reason !== null;
  if (!hasPassed && isLate(known, submission))
    return { response: { run: known.id, disposition: "ended", pending: 0 }, facts: joined };
  return reopenRun(state, known, submission, trace);
}

/**
 * Whether a job only came after the others had ended the run. One that was there before comes again because the CI runs it again; so does
 * one with a higher attempt than the run was opened with, where the CI counts them. A late one must not give failed tests another chance.
 */
function isLate({ jobs, context }: RunRow, submission: Submission): boolean {
  if (submission.job === undefined || jobs?.includes(submission.job.index) === true) return false;
  const attempt = submission.context.attempt ?? 1;
  return attempt <= (context.attempt ?? 1);
}

/** What a run is a part of in other programs' traces, as its facts have it. */
type Trace = Pick<FactOf<"RunSubmitted">, "trace_parent">;

function createRun(state: SchedulerState, submission: Submission, id: RunId, trace: Trace): Submitted {
  refuseBeyondLimit(state);
  const run = new RunState({
    id,
    project: submission.project,
    workspace: submission.workspace,
    suites: submission.suites,
    options: submission.options,
    quarantine: submission.quarantine ?? [],
    retries: 0,
    retryShare: state.options.retryShare,
    notices: [],
    history: state.history(
      submission.project,
      submission.tasks.map(({ key }) => key),
    ),
    tasks: submission.tasks.map((spec) => ({
      spec,
      status: "pending",
      flaky: false,
      quarantined: false,
      failedBefore: false,
      failures: 0,
      losses: 0,
      recovery: undefined,
      badWorkers: new Set(),
      attempts: 0,
      current: undefined,
      duplicate: undefined,
      wasDuplicated: false,
      mustBeWhole: false,
    })),
  });
  const facts: FactBody[] = [{ type: "RunSubmitted", run: id, submission, ...trace }];
  tellExpired(run, submission.quarantine ?? [], facts);
  openRun(state, run, run.options.timeout_ms, facts);
  return { response: { run: id, disposition: "created", pending: run.open }, facts };
}

/** What a run that is opened again goes by from then on. */
type Opening = Pick<Submission, "workspace" | "suites" | "options" | "context" | "job">;

/** Opens a run that is over once more: what has not passed runs again, all else keeps its result. */
export function reopenRun(state: SchedulerState, row: RunRow, submission: Opening, trace: Trace = {}): Submitted {
  const tasks = restoredTasks(state.queries, row);
  const notices = state.queries.tasks.notices(row.id);
  // Which tests were run with what could not be cleared up nobody knows.
  const isTroubled = notices.some(({ code }) => code === "teardown-failed");
  const isGood = ({ status, quarantined }: (typeof tasks)[number]) =>
    !isTroubled && (status === "passed" || status === "skipped" || quarantined);
  const again = tasks.flatMap((task, index) => (isGood(task) ? [] : [index]));
  if (again.length === 0) return { response: { run: row.id, disposition: "finished", pending: 0 }, facts: [] };
  refuseBeyondLimit(state);
  for (const index of again) {
    const task = tasks[index];
    if (task === undefined) continue;
    Object.assign(task, { status: "pending", flaky: false, quarantined: false, failures: 0, losses: 0, recovery: undefined });
    task.badWorkers.clear();
    // What was under way when the run ended is over; its worker was told to stop.
    if (task.current === undefined) continue;
    if (["running", "lost", "released"].includes(task.current.status)) task.current.status = "cancelled";
    forgetCases(task.current);
  }
  for (const task of tasks) Object.assign(task, { wasDuplicated: false, mustBeWhole: false });
  const { workspace, suites, options, context } = submission;
  const run = new RunState({
    id: row.id,
    project: row.project,
    workspace,
    suites,
    options,
    // What counts for a run was fixed when it was created.
    quarantine: row.quarantine ?? [],
    tasks,
    retries: 0,
    retryShare: state.options.retryShare,
    notices: notices.filter(({ code }) => code !== "teardown-failed").map(({ code, message }) => noticeKey(code, message)),
    history: state.history(row.project),
  });
  const names = again.slice(0, 5).map((index) => tasks[index]?.spec.file ?? "");
  const rest = again.length > names.length ? ` and ${again.length - names.length} more` : "";
  const why = isTroubled
    ? "What was set up for the tests could not be cleared up, and all of them run again"
    : `${again.length} of ${tasks.length} tasks had not passed and run again`;
  const reason = `${why}: ${names.join(", ")}${rest}`.slice(0, 1024);
  const job = submission.job === undefined ? {} : { job: submission.job.index };
  const facts: FactBody[] = [
    { type: "RunReopened", run: row.id, tasks: again, reason, workspace, suites, options, context, ...job, ...trace },
  ];
  noticeOnce(run, "reopened", reason, facts);
  openRun(state, run, run.options.timeout_ms, facts);
  return { response: { run: row.id, disposition: "reopened", pending: run.open }, facts };
}

/** Lets a run take part: it is dealt from now on, until its deadline. */
export function openRun(state: SchedulerState, run: RunState, timeout_ms: number, facts: FactBody[]): void {
  state.runs.set(run.id, run);
  run.deadline = later(state, timeout_ms, () => {
    const late: FactBody[] = [];
    const open = run.tasks.flatMap(({ status }, index) => (isFinal(status) ? [] : [index]));
    const reason = `The run's deadline of ${run.options.timeout_ms} ms passed.`;
    settleTasks(state, run, open, "incomplete", reason, late);
    endIfDone(state, run, late);
    void state.record(late);
  });
  checkRequirements(state, run, facts);
  endIfDone(state, run, facts);
}

/** Stops a run; what has ended keeps its result. Nothing happens to a run that is over. */
export function cancelRun(state: SchedulerState, id: RunId, reason: string): FactBody[] {
  const run = state.runs.get(id);
  if (run === undefined) return [];
  const facts: FactBody[] = [{ type: "RunCancelled", run: id, reason }];
  const open = run.tasks.flatMap(({ status }, index) => (isFinal(status) ? [] : [index]));
  settleTasks(state, run, open, "cancelled", reason, facts);
  endIfDone(state, run, facts, { cancelled: reason });
  return facts;
}

function refuseBeyondLimit(state: SchedulerState): void {
  const count = state.runs.size;
  if (count < state.options.openRuns_limit) return;
  const next_ms = nextEnd_ms(state);
  const retry_s = Math.max(1, Math.ceil((next_ms ?? 0) / 1000));
  const wait = next_ms === undefined ? " None of them is at work." : ` The next of them should end in about ${retry_s} s.`;
  throw new ShardwrightError("queue-full", { count, what: "open runs", wait, ...(next_ms !== undefined && { retry_s }) });
}
