import { cutText, type CaseResult } from "../model/case.ts";
import { stripAnsi } from "../model/plain-text.ts";
import type { RunReport } from "../reports/run-report.ts";
import { metricProperties } from "./measured-properties.ts";
import { suitesOf, tellingEntry, type Entry, type SuiteEntry } from "./suites.ts";
import { attributes, seconds } from "./xml-attributes.ts";
import { escapeText } from "./xml-text.ts";

export interface JunitOptions {
  /** How the CI system wants an artifact named that lies beside the report: its path relative to the report when absent. */
  readonly attachment?: (path: string) => string;
}

/** GitLab reads no file of 30 MB or more: free text beyond this many characters in all is cut to a line each. */
const textBudget_characters = 16 * 1024 * 1024;
const failureTextLimit = 20_000;
const passingOutputLimit = 1000;
const scarceTextLimit = 200;

/**
 * The run as JUnit XML, in pieces: one suite a task, the cases of its final attempt, what failed before in surefire's `flakyFailure` and
 * `rerunFailure`. Follows the schema of Jenkins' xUnit plugin, with the `file` of each case added for GitLab. A task without a good end
 * always shows a failure or an error here, even when no case of it failed. Artifacts that lie beside the report are attached to the task's
 * first case that failed, else to its first, as Jenkins' JUnit Attachments plugin and GitLab read it: `[[ATTACHMENT|path]]`, alone on a
 * line of its `system-out`. A case that failed in quarantine is written as skipped, with why it failed in the message and in its output:
 * whoever counts failures here goes by the verdict, and nobody overlooks it.
 */
export function* writeJunit(report: RunReport, { attachment = (path) => path }: JunitOptions = {}): Generator<string> {
  const suites = suitesOf(report);
  const budget = { characters: textBudget_characters };
  const all = suites.flatMap((suite) => suite.entries);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes({ name: report.run.key, ...counts(all, false), time: seconds(report.run.duration_ms) })}>\n`;
  for (const suite of suites) {
    yield openingTag(suite, report.run.submitted_at_ms);
    for (const entry of suite.entries) yield testcase(entry, suite, budget, attachment);
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
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

function testcase(entry: Entry, suite: SuiteEntry, budget: { characters: number }, attachment: (path: string) => string): string {
  const { task, classname } = suite;
  const { result, name } = entry;
  const take = (text: string | undefined, limit: number): string => {
    const kept = cutText(stripAnsi(text ?? ""), budget.characters > 0 ? limit : Math.min(limit, scarceTextLimit));
    budget.characters -= kept.length;
    return escapeText(kept);
  };
  const isBad = result.status === "failed" || result.status === "errored";
  const inside: string[] = propertiesOf(entry, task);
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
    const lines = attached.map((path) => escapeText(stripAnsi(`[[ATTACHMENT|${attachment(path)}]]`))).join("\n");
    inside.push(`<system-out>${output === "" ? "" : `${output}\n`}${lines}\n</system-out>`);
  } else if (output !== "") inside.push(`<system-out>${output}</system-out>`);
  const own = attributes({ classname, name, time: seconds(result.duration_ms), file: result.file ?? task.file });
  if (inside.length === 0) return `    <testcase${own}/>\n`;
  return `    <testcase${own}>${inside.join("")}</testcase>\n`;
}

/** The task's browser, and what was measured. Jenkins' schema has no properties of cases; what reads its files passes over them. */
function propertiesOf({ result }: Entry, { browser }: SuiteEntry["task"]): string[] {
  const named = [...(browser === undefined ? [] : [["browser", browser] as const]), ...metricProperties(result)];
  if (named.length === 0) return [];
  return [`<properties>${named.map(([name, value]) => `<property${attributes({ name, value })}/>`).join("")}</properties>`];
}

/** The schema has no `skipped` for the whole. */
function counts(entries: readonly Entry[], withSkipped: boolean): Record<string, string> {
  const count = (status: CaseResult["status"]) => String(entries.filter(({ result }) => result.status === status).length);
  const some = { tests: String(entries.length), failures: count("failed"), errors: count("errored") };
  return withSkipped ? { ...some, skipped: count("skipped") } : some;
}

function timestamp(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 19);
}
