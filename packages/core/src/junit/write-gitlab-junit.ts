import { cutText, type CaseResult } from "../model/case.ts";
import { stripAnsi } from "../model/plain-text.ts";
import { formatCount } from "../model/count.ts";
import { plural } from "../reports/format.ts";
import type { RunReport } from "../reports/run-report.ts";
import { isBadEntry, suitesOf, tellingEntry, uniqueName } from "./suites.ts";
import { attributes, seconds } from "./xml-attributes.ts";
import { escapeText } from "./xml-text.ts";

/** What GitLab takes from one job. */
export interface GitlabJunitLimits {
  /** Of one file. */
  readonly file_bytes: number;
  /** Of all files. */
  readonly total_bytes: number;
  /** XML elements in one file, which GitLab calls objects. */
  readonly elements: number;
  /** In all files. */
  readonly cases: number;
}

const mebibyte = 1024 * 1024;

/**
 * 30 MB a file and 100 MB a job (https://docs.gitlab.com/ci/testing/unit_test_reports/#file-format-and-size-limits), 500,000 cases on
 * GitLab.com, and 250,000 objects a file (https://gitlab.com/gitlab-org/gitlab/-/issues/507482); a little of each is left.
 */
export const gitlabJunitLimits: GitlabJunitLimits = {
  file_bytes: 28 * mebibyte,
  total_bytes: 90 * mebibyte,
  elements: 240_000,
  cases: 500_000,
};

export interface GitlabJunitOptions {
  /** How GitLab wants an artifact named that lies beside the report: relative to the project's folder. */
  readonly attachment?: (path: string) => string;
  /** How the repository names a test's file: relative to the workspace when absent. */
  readonly file?: (path: string) => string;
  readonly limits?: Partial<GitlabJunitLimits>;
}

export interface GitlabJunitFile {
  /** `junit-1.xml` */
  readonly name: string;
  readonly content: string;
}

const textLimit = 20_000;
/** Free text beyond this in all is cut to a line or two each. */
const textBudget_characters = 32 * mebibyte;
const scarceTextLimit = 200;
/** GitLab links the first alone; the rest says what else there is. */
const attachmentLimit = 20;

const opening = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
const closing = "</testsuites>\n";
const suiteClosing = "  </testsuite>\n";

/**
 * The run as GitLab reads it, in as many files as its limits make necessary, failures first: what does not fit is what did not fail. Only
 * the last attempt is told, each case once: of cases of one name GitLab keeps one. What people are to see is an element's text and no
 * attribute, as GitLab's reader drops those beside text, and takes a `type` among them for the type of the text. It shows no output of
 * what did not fail.
 * @returns what was left out, for people; undefined where all is there
 */
export function* writeGitlabJunit(
  report: RunReport,
  { attachment = asItIs, file: fileOf = asItIs, limits: given }: GitlabJunitOptions = {},
): Generator<GitlabJunitFile, string | undefined> {
  const limits = { ...gitlabJunitLimits, ...given };
  let file = new OpenFile(1);
  let total_bytes = file.bytes;
  let cases = 0;
  let leftOut = 0;
  for (const item of itemsOf(report, attachment, fileOf)) {
    let cost = file.costOf(item);
    const isFull = file.bytes + cost.bytes > limits.file_bytes || file.elements + cost.elements > limits.elements;
    const next = isFull && !file.isEmpty ? new OpenFile(file.number + 1) : undefined;
    if (next !== undefined) cost = next.costOf(item);
    const bytes = cost.bytes + (next?.bytes ?? 0);
    if (cases >= limits.cases || total_bytes + bytes > limits.total_bytes) {
      leftOut += 1;
      continue;
    }
    if (next !== undefined) {
      yield file.finish();
      file = next;
    }
    file.add(item, cost);
    total_bytes += bytes;
    cases += 1;
  }
  yield file.finish();
  if (leftOut === 0) return undefined;
  return `of ${plural(cases + leftOut, "test")}, ${formatCount(leftOut)} did not fit into GitLab's limits; those that failed come first`;
}

interface Item {
  readonly suite: string;
  readonly xml: string;
  readonly elements: number;
}

interface Cost {
  readonly bytes: number;
  readonly elements: number;
}

/** A file in the making. */
class OpenFile {
  readonly number: number;
  readonly #pieces: string[] = [];
  #suite: string | undefined;
  bytes = bytesOf(opening + closing);
  elements = 1;

  constructor(number: number) {
    this.number = number;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** What the file grows by with it. */
  costOf({ suite, xml, elements }: Item): Cost {
    if (suite === this.#suite) return { bytes: bytesOf(xml), elements };
    return { bytes: bytesOf(suiteOpening(suite) + xml + suiteClosing), elements: elements + 1 };
  }

  add({ suite, xml }: Item, { bytes, elements }: Cost): void {
    if (suite !== this.#suite) this.#pieces.push(`${this.isEmpty ? "" : suiteClosing}${suiteOpening(suite)}`);
    this.#suite = suite;
    this.#pieces.push(xml);
    this.bytes += bytes;
    this.elements += elements;
  }

  finish(): GitlabJunitFile {
    const end = this.isEmpty ? closing : `${suiteClosing}${closing}`;
    return { name: `junit-${this.number}.xml`, content: [opening, ...this.#pieces, end].join("") };
  }
}

function suiteOpening(name: string): string {
  return `  <testsuite${attributes({ name })}>\n`;
}

type Rename = (path: string) => string;
const asItIs: Rename = (path) => path;

function* itemsOf(report: RunReport, attachment: Rename, fileOf: Rename): Generator<Item> {
  const suites = suitesOf(report);
  const budget = { characters: textBudget_characters };
  const names = new Map<string, Map<string, number>>();
  for (const isBad of [true, false])
    for (const suite of suites) {
      const taken = names.get(suite.classname) ?? new Map<string, number>();
      names.set(suite.classname, taken);
      for (const entry of suite.entries) {
        if (isBadEntry(entry) !== isBad) continue;
        const attachments = isBad && entry === tellingEntry(suite) ? attachmentLines(suite.attachments.map(attachment)) : [];
        const name = uniqueName(entry.name, taken);
        const file = fileOf(entry.result.file ?? suite.task.file);
        yield {
          suite: suite.task.key,
          ...testcase(entry.result, { classname: suite.classname, name, file }, attachments, budget),
        };
      }
    }
}

/** Pictures first, as only the first is shown; GitLab reads no path with one of `[`, `]` and `|` in it. */
function attachmentLines(paths: readonly string[]): string[] {
  const readable = paths.filter((path) => !/[[\]|]/.test(path));
  const isPicture = (path: string) => /\.(?:png|jpe?g|gif|webp|svg)$/i.test(path);
  return [...readable.filter(isPicture), ...readable.filter((path) => !isPicture(path))]
    .slice(0, attachmentLimit)
    .map((path) => `[[ATTACHMENT|${path}]]`);
}

function testcase(
  result: CaseResult,
  named: Readonly<Record<"classname" | "name" | "file", string>>,
  attachments: readonly string[],
  budget: { characters: number },
): Pick<Item, "xml" | "elements"> {
  const take = (text: string): string => {
    const kept = cutText(stripAnsi(text), budget.characters > 0 ? textLimit : scarceTextLimit);
    budget.characters -= kept.length;
    return escapeText(kept);
  };
  const { status, message = "", details = "", output = "" } = result;
  const own = attributes({ ...named, time: seconds(result.duration_ms) });
  if (status === "passed") return { xml: `    <testcase${own}/>\n`, elements: 1 };
  const tag = { failed: "failure", errored: "error", skipped: "skipped" }[status];
  const why = [details.includes(message) ? "" : message, details].filter((text) => text.trim() !== "").join("\n");
  const inside = [`<${tag}>${take(why === "" ? (status === "skipped" ? "Skipped" : "No message") : why)}</${tag}>`];
  // Ours before what the test printed, which could name another file in the same way.
  const printed = status === "skipped" ? [] : [...attachments, ...(output.trim() === "" ? [] : [output])];
  if (printed.length > 0) inside.push(`<system-out>${take(printed.join("\n"))}</system-out>`);
  return { xml: `    <testcase${own}>${inside.join("")}</testcase>\n`, elements: 1 + inside.length };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
