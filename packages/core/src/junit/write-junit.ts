import { caseKey, caseName, cutText, type CaseResult } from "../model/case.ts";
import { stripAnsi } from "../model/plain-text.ts";
import { placedArtifacts } from "../reports/artifacts.ts";
import { earlierTries, finalAttempt, finalCases, isQuarantinedCase } from "../reports/final-cases.ts";
import { entryFor, missingSentences, quarantineWords } from "../reports/quarantine.ts";
import type { ReportAttempt, ReportCase, ReportTask, RunReport } from "../reports/run-report.ts";
import { escapeAttribute, escapeText, legalText } from "./xml-text.ts";

/** A case as it is written: of a task's final attempt, or one that stands for what no case shows. */
interface Entry {
  readonly name: string;
  readonly result: CaseResult;
  readonly type: string;
  /** Why it failed in earlier attempts, oldest first. */
  readonly earlier: readonly { readonly kind: "Failure" | "Error"; readonly message: string; readonly details: string }[];
}

interface SuiteEntry {
  readonly task: ReportTask;
  /** The task's file, or its key where several tasks share a file: with the name, unique in the report. */
  readonly classname: string;
  readonly attempt: ReportAttempt | undefined;
  readonly entries: readonly Entry[];
  /** What is attached to the case that tells most of the task, a line each. */
  readonly attachments: readonly string[];
}

export interface JunitOptions {
  /** How the CI system wants an artifact named that lies beside the report: its path relative to the report when absent. */
  readonly attachment?: (path: string) => string;
}

/** GitLab reads no file of 30 MB or more: free text beyond this many characters in all is cut to a line each. */
const textBudget_characters = 16 * 1024 * 1024;
const failureTextLimit = 20_000;
const passingOutputLimit = 1000;
const scarceTextLimit = 200;
const attributeLimit = 4000;
/** Artifacts attached to one case. */
const attachmentLimit = 100;
/** Runs of a case before the last that are written out. */
const earlierRunLimit = 20;

/**
 * The run as JUnit XML, in pieces: one suite a task, the cases of its final attempt, what failed before in surefire's `flakyFailure` and
 * `rerunFailure`. Follows the schema of Jenkins' xUnit plugin, with the `file` of each case added for GitLab. A task without a good end
 * always shows a failure or an error here, even when no case of it failed. Artifacts that lie beside the report are attached to the task's
 * first case that failed, else to its first, as Jenkins' JUnit Attachments plugin and GitLab read it: `[[ATTACHMENT|path]]`, alone on a
 * line of its `system-out`. A case that failed in quarantine is written as skipped, with why it failed in the message and in its output:
 * whoever counts failures here goes by the verdict, and nobody overlooks it.
 */
export function* writeJunit(report: RunReport, { attachment = (path) => path }: JunitOptions = {}): Generator<string> {
  const suites = suitesOf(report, attachment);
  const budget = { characters: textBudget_characters };
  const all = suites.flatMap((suite) => suite.entries);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes({ name: report.run.key, ...counts(all, false), time: seconds(report.run.duration_ms) })}>\n`;
  for (const suite of suites) {
    yield openingTag(suite, report.run.submitted_at_ms);
    for (const entry of suite.entries) yield testcase(entry, suite, budget);
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
}

function suitesOf(report: RunReport, attachment: (path: string) => string): SuiteEntry[] {
  const uses = new Map<string, number>();
  for (const task of report.tasks) uses.set(task.file, (uses.get(task.file) ?? 0) + 1);
  const suites = report.tasks.map((task): SuiteEntry => {
    const attempt = finalAttempt(task);
    const classname = (uses.get(task.file) ?? 0) > 1 ? task.key : task.file;
    const attachments = placedArtifacts(task)
      .slice(0, attachmentLimit)
      .map(({ path }) => `[[ATTACHMENT|${attachment(path)}]]`);
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
    name: uniqueName(caseName(result), names),
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
  return { name: task.file, result, type: attempt?.failure?.kind ?? task.status, earlier: [] };
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

function openingTag({ task, attempt, entries }: SuiteEntry, submitted_at_ms: number): string {
  const named = attributes({
    name: task.key,
    ...counts(entries, true),
    time: seconds(attempt?.duration_ms ?? 0),
    timestamp: attempt === undefined ? undefined : timestamp(submitted_at_ms + attempt.started_ms),
    hostname: attempt?.worker,
    file: task.file,
  });
  return `  <testsuite${named}>\n`;
}

function testcase(entry: Entry, suite: SuiteEntry, budget: { characters: number }): string {
  const { task, classname } = suite;
  const { result, name } = entry;
  const take = (text: string | undefined, limit: number): string => {
    const kept = cutText(stripAnsi(text ?? ""), budget.characters > 0 ? limit : Math.min(limit, scarceTextLimit));
    budget.characters -= kept.length;
    return escapeText(kept);
  };
  const isBad = result.status === "failed" || result.status === "errored";
  const inside: string[] = [];
  if (isBad) {
    const tag = result.status === "failed" ? "failure" : "error";
    inside.push(
      `<${tag}${attributes({ message: result.message, type: entry.type })}>${take(result.details ?? result.message, failureTextLimit)}</${tag}>`,
    );
  } else if (result.status === "skipped") {
    inside.push(`<skipped${attributes({ message: result.message, type: result.note })}/>`);
  }
  for (const { kind, message, details } of entry.earlier) {
    const tag = `${isBad ? "rerun" : "flaky"}${kind}`;
    const trace = details === "" ? "" : `<stackTrace>${take(details, failureTextLimit / 4)}</stackTrace>`;
    inside.push(`<${tag}${attributes({ message, type: "retry" })}>${trace}</${tag}>`);
  }
  const output = take(result.output, isBad ? failureTextLimit : passingOutputLimit);
  const attached = entry === tellingEntry(suite) ? suite.attachments : [];
  if (attached.length > 0) {
    const lines = attached.map((line) => escapeText(stripAnsi(line))).join("\n");
    inside.push(`<system-out>${output === "" ? "" : `${output}\n`}${lines}\n</system-out>`);
  } else if (output !== "") inside.push(`<system-out>${output}</system-out>`);
  const own = attributes({ classname, name, time: seconds(result.duration_ms), file: result.file ?? task.file });
  if (inside.length === 0) return `    <testcase${own}/>\n`;
  return `    <testcase${own}>${inside.join("")}</testcase>\n`;
}

function tellingEntry({ entries }: SuiteEntry): Entry | undefined {
  return entries.find(({ result }) => result.status === "failed" || result.status === "errored") ?? entries[0];
}

/** The schema has no `skipped` for the whole. */
function counts(entries: readonly Entry[], withSkipped: boolean): Record<string, string> {
  const count = (status: CaseResult["status"]) => String(entries.filter(({ result }) => result.status === status).length);
  const some = { tests: String(entries.length), failures: count("failed"), errors: count("errored") };
  return withSkipped ? { ...some, skipped: count("skipped") } : some;
}

/** @param taken how often each name was given out */
function uniqueName(name: string, taken: Map<string, number>): string {
  const short = cutText(legalText(stripAnsi(name)), attributeLimit);
  let number = (taken.get(short) ?? 0) + 1;
  while (number > 1 && taken.has(`${short} (${number})`)) number += 1;
  taken.set(short, number);
  if (number === 1) return short;
  taken.set(`${short} (${number})`, 1);
  return `${short} (${number})`;
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => ` ${name}="${escapeAttribute(cutText(stripAnsi(value), attributeLimit + 200))}"`)
    .join("");
}

/** JUnit's seconds, never with an exponent. */
function seconds(duration_ms: number): string {
  return (duration_ms / 1000).toFixed(3);
}

function timestamp(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 19);
}
