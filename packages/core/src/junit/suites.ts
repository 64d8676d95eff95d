import { caseKey, caseName, cutText, type CaseResult } from "../model/case.ts";
import { stripAnsi } from "../model/plain-text.ts";
import { placedArtifacts } from "../reports/artifacts.ts";
import { earlierTries, finalAttempt, finalCases, isQuarantinedCase } from "../reports/final-cases.ts";
import { entryFor, missingSentences, quarantineWords } from "../reports/quarantine.ts";
import type { ReportAttempt, ReportCase, ReportTask, RunReport } from "../reports/run-report.ts";
import { attributeLimit } from "./xml-attributes.ts";
import { legalText } from "./xml-text.ts";

/** A case as it is written: of a task's final attempt, or one that stands for what no case shows. */
export interface Entry {
  readonly name: string;
  readonly result: CaseResult;
  readonly type: string;
  /** Why it failed in earlier attempts, oldest first. */
  readonly earlier: readonly { readonly kind: "Failure" | "Error"; readonly message: string; readonly details: string }[];
}

export interface SuiteEntry {
  readonly task: ReportTask;
  /** The task's file, or its key where several tasks share a file: with the name, unique in the report. */
  readonly classname: string;
  readonly attempt: ReportAttempt | undefined;
  readonly entries: readonly Entry[];
  /** What is attached to the case that tells most of the task: paths relative to the report. */
  readonly attachments: readonly string[];
}

/** Artifacts attached to one case. */
const attachmentLimit = 100;
/** Runs of a case before the last that are written out. */
const earlierRunLimit = 20;

/** What a JUnit report tells of a run: one suite a task, with the cases of its final attempt, and what no task has. */
export function suitesOf(report: RunReport): SuiteEntry[] {
  const uses = new Map<string, number>();
  for (const task of report.tasks) uses.set(task.file, (uses.get(task.file) ?? 0) + 1);
  const suites = report.tasks.map((task): SuiteEntry => {
    const attempt = finalAttempt(task);
    const classname = (uses.get(task.file) ?? 0) > 1 ? task.key : task.file;
    const attachments = placedArtifacts(task)
      .slice(0, attachmentLimit)
      .map(({ path }) => path);
    return { task, classname, attempt, entries: entriesOf(report, task, attempt), attachments };
  });
  return [...suites, ...[teardownSuite(report), missingSuite(report)].filter((suite) => suite !== undefined)];
}

/** What is in quarantine and did not run: skipped cases of a suite of their own, so that somebody clears it up. */
function missingSuite(report: RunReport): SuiteEntry | undefined {
  const sentences = missingSentences(report);
  if (sentences.length === 0) return undefined;
  const entries = sentences.map((message, ordinal): Entry => {
    const result: CaseResult = { path: ["(quarantine)"], ordinal, status: "skipped", duration_ms: 0, retries: 0, message };
    return { name: caseName(result), result, type: "skipped", earlier: [] };
  });
  return { ...suiteWithoutFile("(quarantine)", "skipped"), entries };
}

/** What was set up for all tests of a suite and failed after them, which no test tells: a suite of its own, as no file has it. */
function teardownSuite({ notices }: RunReport): SuiteEntry | undefined {
  const failures = notices.filter(({ code }) => code === "teardown-failed");
  if (failures.length === 0) return undefined;
  const suite = suiteWithoutFile("(teardown)", "errored");
  const entries = failures.map(({ message }, ordinal): Entry => {
    const result: CaseResult = { path: [suite.classname], ordinal, status: "errored", duration_ms: 0, retries: 0, message };
    return { name: caseName(result), result, type: "setup-error", earlier: [] };
  });
  return { ...suite, entries };
}

function suiteWithoutFile(name: string, status: "errored" | "skipped"): SuiteEntry {
  const task: ReportTask = {
    key: name,
    suite: name,
    runner: "",
    file: name,
    args: [],
    requirements: {},
    status,
    flaky: false,
    attempts: [],
  };
  return { task, classname: name, attempt: undefined, entries: [], attachments: [] };
}

function entriesOf(report: RunReport, task: ReportTask, attempt: ReportAttempt | undefined): Entry[] {
  const earlier = earlierFailures(task);
  const names = new Map<string, number>();
  const entries = finalCases(task).map((result) => ({
    name: uniqueName(nameIn(task, caseName(result)), names),
    result: isQuarantinedCase(result) ? asSkipped(report, result) : result,
    type: attempt?.failure?.kind ?? "failure",
    // Of what does not count, neither do the failures before.
    earlier: isQuarantinedCase(result)
      ? []
      : [...retriesInside(result), ...(earlier.get(caseKey(result)) ?? [])].slice(-earlierRunLimit),
  }));
  const missing = standIn(task, attempt, entries);
  return missing === undefined ? entries : [...entries, { ...missing, name: uniqueName(missing.name, names) }];
}

/** In whichever browser a test ran, it has a name of its own there: histories of JUnit files go by names. */
function nameIn({ browser }: ReportTask, name: string): string {
  return browser === undefined ? name : `${name} [${browser}]`;
}

/** It did fail: its words are kept, but for what counts failures it was skipped. */
function asSkipped(report: RunReport, result: ReportCase): CaseResult {
  const entry = entryFor(report, result);
  const why = entry === undefined ? "in quarantine" : quarantineWords(entry);
  const evidence = [result.details ?? result.message, result.output].filter((text) => text !== undefined && text !== "");
  return {
    ...result,
    status: "skipped",
    message: `${why}. It ${result.status}: ${result.message ?? ""}`,
    output: evidence.join("\n"),
  };
}

/** What the task ended as, where no case of its final attempt tells. */
function standIn(task: ReportTask, attempt: ReportAttempt | undefined, entries: readonly Entry[]): Entry | undefined {
  const shown = new Set(entries.map(({ result }) => result.status));
  const isBad = task.status !== "passed" && task.status !== "skipped" && task.quarantined !== true;
  if (isBad ? shown.has("failed") || shown.has("errored") : entries.length > 0) return undefined;
  const status = task.status === "failed" || task.status === "skipped" || task.status === "passed" ? task.status : "errored";
  const message = attempt?.failure?.message ?? task.reason ?? (isBad ? `The task is ${task.status}.` : undefined);
  const result: CaseResult = {
    path: [task.file],
    ordinal: 0,
    status,
    duration_ms: attempt?.duration_ms ?? 0,
    retries: 0,
    message,
  };
  return { name: nameIn(task, task.file), result, type: attempt?.failure?.kind ?? task.status, earlier: [] };
}

function earlierFailures(task: ReportTask): Map<string, Entry["earlier"][number][]> {
  const failures = new Map<string, Entry["earlier"][number][]>();
  for (const attempt of earlierTries(task))
    for (const result of attempt.cases) {
      if (result.status !== "failed" && result.status !== "errored") continue;
      const list = failures.get(caseKey(result)) ?? [];
      failures.set(caseKey(result), list);
      const kind = result.status === "failed" ? "Failure" : "Error";
      list.push({ kind, message: result.message ?? "", details: result.details ?? "" });
    }
  return failures;
}

/** The framework's own retries leave no evidence but their number. */
function retriesInside(result: CaseResult): Entry["earlier"] {
  const count = Math.min(result.retries, earlierRunLimit);
  return Array.from({ length: count }, () => ({
    kind: "Failure",
    message: "failed, and was run again by the framework",
    details: "",
  }));
}

/** The case that a task's artifacts are attached to. */
export function tellingEntry({ entries }: SuiteEntry): Entry | undefined {
  return entries.find(isBadEntry) ?? entries[0];
}

export function isBadEntry({ result }: Entry): boolean {
  return result.status === "failed" || result.status === "errored";
}

/** A name that was not given out before. @param taken how often each name was */
export function uniqueName(name: string, taken: Map<string, number>): string {
  const short = cutText(legalText(stripAnsi(name)), attributeLimit);
  let number = (taken.get(short) ?? 0) + 1;
  while (number > 1 && taken.has(`${short} (${number})`)) number += 1;
  taken.set(short, number);
  if (number === 1) return short;
  taken.set(`${short} (${number})`, 1);
  return `${short} (${number})`;
}
