import { plainText } from "../../model/plain-text.ts";
import { recoveryPhrase } from "../recovery-phrase.ts";
import { artifactHref } from "../artifacts.ts";
import { failedBefore, finalAttempts, isBad, isFlakyCase, isQuarantinedCase } from "../final-cases.ts";
import { faultNotes, type FaultNote } from "../fault-notes.ts";
import type { FailureGroup } from "../groups.ts";
import { entryFor, quarantineWords } from "../quarantine.ts";
import { formatMeasure, metricRow } from "../measures.ts";
import { repetitionSentence } from "../repetitions.ts";
import type { ReportAttempt, ReportCase, ReportTask, ReportWorker, RunReport } from "../run-report.ts";
import {
  pageStatuses,
  type PageAttempt,
  type PageCase,
  type PageCaseExtra,
  type PageMetric,
  type PagePayload,
  type PageTask,
} from "./payload.ts";
import { causesOf, Interned, TextBudget } from "./encode-parts.ts";

const logKept = { bad: 65_536, good: 8192 };

/**
 * Makes the page's data out of the report. Evidence (messages, logs, outputs) is kept up to `limit_characters`, that of failures
 * first; where it is cut, the text says so.
 */
export function encodeReport(report: RunReport, groups: readonly FailureGroup[], limit_characters: number): PagePayload {
  const strings = new Interned();
  const budget = new TextBudget(limit_characters);
  const causes = causesOf(groups);
  const noteOf = faultNotes(report);
  const notes = new Map<string, FaultNote>();
  for (const { faults } of groups)
    for (const fault of faults) notes.set(`${fault.task_index}.${fault.case_index ?? ""}`, noteOf(fault));
  const encoded: PageTask[] = [];
  const encode = (task: ReportTask, index: number) => {
    encoded[index] = encodeTask(task, {
      report,
      strings,
      budget,
      cause: (place) => causes.get(`${index}.${place}`),
      note: (place) => notes.get(`${index}.${place}`),
    });
  };
  // Two passes, so that the failures draw on the budget first.
  for (const [index, task] of report.tasks.entries()) if (isNotable(task)) encode(task, index);
  for (const [index, task] of report.tasks.entries()) if (!isNotable(task)) encode(task, index);
  return {
    strings: strings.values,
    suites: [...new Set(encoded.map((task) => task.s))],
    workers: report.workers.map((worker) => ({
      name: worker.name,
      slots: worker.slots,
      status: worker.status,
      about: aboutWorker(worker),
    })),
    tasks: encoded,
    causes: groups.map((group) => ({ title: group.title, size: group.faults.length })),
    duration_ms: report.run.duration_ms,
  };
}

interface EncodeContext {
  readonly report: RunReport;
  readonly strings: Interned;
  readonly budget: TextBudget;
  /** The cause of a case by its place among those that count; of the task itself for "". */
  readonly cause: (place: number | "") => number | undefined;
  /** What else is known of the failure there. */
  readonly note: (place: number | "") => FaultNote | undefined;
}

function encodeTask(task: ReportTask, context: EncodeContext): PageTask {
  const before = failedBefore(task);
  const final = finalAttempts(task);
  const placeOf = (attempt: ReportAttempt) => {
    const index = final.indexOf(attempt);
    return index < 0 ? undefined : final.slice(0, index).reduce((sum, { cases }) => sum + cases.length, 0);
  };
  const encoded: PageTask = {
    f: context.strings.placeOf(plainText(task.file)),
    s: context.strings.placeOf(task.suite),
    status: pageStatuses.indexOf(task.status),
    ...present({
      browser: task.browser === undefined ? undefined : context.strings.placeOf(plainText(task.browser)),
      flaky: task.flaky ? true : undefined,
      quarantined: task.quarantined,
      reason: task.reason,
      estimate_ms: task.estimate_ms === undefined ? undefined : short(task.estimate_ms),
      cause: context.cause(""),
      parts: task.parts,
      owners: task.owners?.map(plainText),
      ...noted(context.note("")),
    }),
    attempts: [
      ...(task.repetitions ?? []).map((attempt, index) => ({
        ...encodeAttempt(attempt, task, before, undefined, context),
        repetition: index + 1,
      })),
      ...task.attempts.map((attempt) => encodeAttempt(attempt, task, before, placeOf(attempt), context)),
    ],
  };
  return encoded;
}

function encodeAttempt(
  attempt: ReportAttempt,
  task: ReportTask,
  before: ReadonlySet<string>,
  /** Place of its first case among those that count; undefined for an attempt that does not. */
  first: number | undefined,
  context: EncodeContext,
): PageAttempt {
  const { failure } = attempt;
  const exit = failure?.signal ?? (failure?.exit_code === undefined ? undefined : `exit code ${failure.exit_code}`);
  const cases = attempt.cases.flatMap((result, index) => {
    if (first === undefined) return isBad(result.status) ? [encodeCase(result, task, { flaky: false }, context)] : [];
    const [cause, note] = [context.cause(first + index), context.note(first + index)];
    return [encodeCase(result, task, { flaky: isFlakyCase(result, before), cause, note }, context)];
  });
  return {
    n: attempt.attempt,
    w: context.strings.placeOf(attempt.worker),
    status: pageStatuses.indexOf(attempt.status),
    started_ms: short(attempt.started_ms),
    ended_ms: short(attempt.ended_ms ?? attempt.started_ms + attempt.duration_ms),
    duration_ms: short(attempt.duration_ms),
    ...present({
      duplicate: attempt.duplicate,
      resumed: attempt.resumed === undefined ? undefined : ([attempt.resumed.attempt, attempt.resumed.cases] as const),
      part: attempt.part,
      final: first === undefined ? undefined : (true as const),
      failure: failure === undefined ? undefined : { kind: failure.kind, message: failure.message, ...present({ exit }) },
      next: attempt.recovery === undefined ? undefined : recoveryPhrase(attempt.recovery),
      log: context.budget.end(attempt.log, attempt.status === "passed" ? logKept.good : logKept.bad),
      artifacts: attempt.artifacts?.map(({ name, bytes, path, shared }) => ({
        name,
        bytes,
        ...present({ href: path === undefined ? undefined : artifactHref(path), shared }),
      })),
      metrics: metricsFor(attempt, context.budget),
    }),
    cases,
  };
}

function encodeCase(
  result: ReportCase,
  task: ReportTask,
  { flaky, cause, note }: { flaky: boolean; cause?: number | undefined; note?: FaultNote | undefined },
  context: EncodeContext,
): PageCase {
  const { strings, budget } = context;
  const extra: PageCaseExtra = present({
    message: budget.start(result.message),
    details: budget.start(result.details),
    output: budget.end(result.output, logKept.bad),
    note: result.note,
    file: result.file === undefined || result.file === task.file ? undefined : strings.placeOf(plainText(result.file)),
    line: result.line,
    retries: result.retries === 0 ? undefined : result.retries,
    flaky: flaky ? (true as const) : undefined,
    quarantined: isQuarantinedCase(result) ? quarantinedWords(result, context.report) : undefined,
    repeated: result.repeated === undefined ? undefined : repetitionSentence(result.repeated),
    cause,
    ...noted(note),
    ordinal: result.ordinal === 0 ? undefined : result.ordinal,
    properties: result.properties,
    metrics: metricsFor(result, budget),
  });
  const groups = strings.placeOf(plainText(result.path.slice(0, -1).join(" › ")));
  const head = [
    pageStatuses.indexOf(result.status),
    short(result.duration_ms),
    groups,
    plainText(result.path.at(-1) ?? ""),
  ] as const;
  return Object.keys(extra).length === 0 ? head : [...head, extra];
}

/** What the case, or the attempt as a whole, measured; where there is no room for it, nothing. */
function metricsFor({ metrics }: Pick<ReportCase, "metrics">, budget: TextBudget): readonly PageMetric[] | undefined {
  const encoded = metrics?.map((metric): PageMetric => {
    const { name, unit, median, p90, n, isPartial } = metricRow(metric);
    const head = [plainText(name), formatMeasure(median, unit), p90 === undefined ? "" : formatMeasure(p90, unit), n] as const;
    return isPartial ? [...head, 1] : head;
  });
  return encoded !== undefined && budget.holds(JSON.stringify(encoded).length) ? encoded : undefined;
}

function noted(note: FaultNote | undefined): Pick<PageCaseExtra, "change" | "reproduce"> {
  const { command, file_command } = note?.reproduction ?? {};
  return present({
    change: note?.changed,
    reproduce: command === undefined ? undefined : file_command === undefined ? [command] : [command, file_command],
  });
}

function quarantinedWords(result: ReportCase, report: RunReport): string {
  const entry = entryFor(report, result);
  return plainText(entry === undefined ? "in quarantine" : quarantineWords(entry));
}

function isNotable(task: ReportTask): boolean {
  return task.flaky || (task.status !== "passed" && task.status !== "skipped");
}

function aboutWorker({ capabilities, reason }: ReportWorker): string {
  const memory = capabilities.memory_mib >= 1024 ? `${Math.round(capabilities.memory_mib / 1024)} GiB` : "";
  const parts = [
    `${capabilities.os} ${capabilities.arch}`,
    `${capabilities.cpu} cpus`,
    memory,
    ...capabilities.tags,
    reason ?? "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** Durations need no more than three digits after the point under 10 ms, none above. */
function short(ms: number): number {
  return ms >= 10 ? Math.round(ms) : Math.round(ms * 100) / 100;
}

/** Leaves out what is undefined, so that it takes no room in the JSON. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
