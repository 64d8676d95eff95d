import { ShardwrightError } from "../errors/shardwright-error.ts";
import { cutText, type CaseResult } from "../model/case.ts";
import type { FileCases } from "../reports/from-cases.ts";
import { parseXml, type Element } from "./element.ts";
import { readCase, readSeconds, type JunitCase } from "./read-case.ts";
import { trxReport } from "./read-trx.ts";

export interface JunitSuite {
  /** Names of nested suites, from the outermost in, joined by ` > `. */
  readonly name: string;
  /** The file that the suite stands for, where it says so. */
  readonly file: string | undefined;
  readonly started_at_ms: number | undefined;
  readonly duration_ms: number | undefined;
  readonly hostname: string | undefined;
  /** What was printed outside of its cases. */
  readonly output: string | undefined;
  readonly cases: readonly JunitCase[];
}

export interface JunitReport {
  readonly name: string | undefined;
  readonly suites: readonly JunitSuite[];
}

export interface ReadJunitOptions {
  /** Where the text comes from, for errors. */
  readonly path: string;
  /** The longest text to read, in characters. */
  readonly limit_characters?: number;
}

const defaultLimit_characters = 1024 * 1024 * 1024;
const casesLimit = 5_000_000;
const nestingLimit = 32;

/**
 * Reads a JUnit file, whole or piece by piece, of any of the dialects: `testsuites`, a `testsuite`, suites in suites, or a lone `testcase` as the root; and Visual Studio's TRX. Suites
 * without cases of their own are left out. Failures that a suite counts but shows in no case become a case, so that they cannot get lost.
 * @throws ShardwrightError `report-unreadable`
 */
export async function readJunit(text: string | Iterable<string>, options: ReadJunitOptions): Promise<JunitReport> {
  const { path, limit_characters = defaultLimit_characters } = options;
  const unreadable = (reason: string) => new ShardwrightError("report-unreadable", { path, format: "JUnit XML", reason });
  let length = 0;
  const within = function* (): Generator<string> {
    for (const piece of typeof text === "string" ? [text] : text) {
      length += piece.length;
      if (length > limit_characters) throw unreadable(`it has more than the ${limit_characters} characters that are read`);
      yield piece;
    }
  };
  let cases = 0;
  const root = await parseXml<JunitCase>(within(), path, (element, parent) => {
    if (element.name !== "testcase") return undefined;
    cases += 1;
    if (cases > casesLimit) throw unreadable(`it has more than the ${casesLimit} cases that are read`);
    return readCase(element, parent.attribute("file") ?? parent.attribute("name"));
  });
  if (root.name === "testcase") return { name: undefined, suites: [suiteOf(root, "", [readCase(root, undefined)])] };
  if (root.name === "TestRun") return trxReport(root);
  if (root.name !== "testsuites" && root.name !== "testsuite")
    throw unreadable(`its root is <${root.name.slice(0, 100)}>, not <testsuites>, <testsuite> or <TestRun>`);
  const suites: JunitSuite[] = [];
  const tops = root.name === "testsuite" ? [root] : [...root.children("testsuite")];
  if (root.name === "testsuites" && root.folded.length > 0) suites.push(ownCases(root, root.attribute("name") ?? ""));
  for (const top of tops) suites.push(...suitesUnder(top, [], 0, unreadable));
  const hidden = root.name === "testsuites" ? hiddenTrouble(root, suites) : undefined;
  if (hidden !== undefined) suites.push(suiteOf(root, root.attribute("name") ?? "", [hidden]));
  return { name: root.attribute("name"), suites };
}

/** The cases by file: the file a case names, else its suite's, else its class, else its suite. Duplicate names are told apart. */
export function junitFiles(report: JunitReport): FileCases[] {
  const files = new Map<string, { cases: CaseResult[]; suite: JunitSuite; suites: number }>();
  const seen = new Map<string, number>();
  for (const suite of report.suites)
    for (const entry of suite.cases) {
      const file = entry.file ?? suite.file ?? entry.classname ?? (suite.name || report.name || "unnamed");
      const into = files.get(file) ?? { cases: [], suite, suites: 1 };
      files.set(file, into);
      if (into.suite !== suite) into.suites = 2;
      const key = JSON.stringify([file, ...entry.result.path]);
      const ordinal = seen.get(key) ?? 0;
      seen.set(key, ordinal + 1);
      into.cases.push({ ...entry.result, ordinal });
    }
  return [...files].map(([file, { cases, suite, suites }]) => {
    // What a suite says of itself is the file's when the two are one.
    const whole = suites === 1 && suite.cases.length === cases.length;
    return whole ? { file, cases, duration_ms: suite.duration_ms, worker: suite.hostname, log: suite.output } : { file, cases };
  });
}

function suitesUnder(
  element: Element<JunitCase>,
  outer: readonly string[],
  depth: number,
  unreadable: (reason: string) => Error,
): JunitSuite[] {
  if (depth > nestingLimit) throw unreadable(`its suites are nested more than ${nestingLimit} deep`);
  const name = element.attribute("name") ?? "";
  const names = name === "" ? outer : [...outer, name];
  const joined = cutText(names.join(" > "), 4000);
  const own = ownCases(element, joined);
  const inner = element.children("testsuite").flatMap((child) => suitesUnder(child, names, depth + 1, unreadable));
  const suites = own.cases.length > 0 ? [own, ...inner] : inner;
  const hidden = hiddenTrouble(element, suites);
  return hidden === undefined ? suites : [...suites, suiteOf(element, joined, [hidden])];
}

function ownCases(element: Element<JunitCase>, name: string): JunitSuite {
  return suiteOf(element, name, element.folded);
}

function suiteOf(element: Element<JunitCase>, name: string, cases: readonly JunitCase[]): JunitSuite {
  const started = Date.parse(element.attribute("timestamp") ?? "");
  const isSuite = element.name !== "testcase";
  const output = isSuite
    ? [...element.children("system-out"), ...element.children("system-err")]
        .map((part) => part.text)
        .join("\n")
        .trim()
    : "";
  return {
    name,
    file: isSuite ? element.attribute("file") || undefined : undefined,
    started_at_ms: Number.isNaN(started) ? undefined : started,
    duration_ms: readSeconds(element.attribute("time")),
    hostname: element.attribute("hostname") || undefined,
    output: output === "" ? undefined : cutText(output),
    cases,
  };
}

function hiddenTrouble(element: Element<JunitCase>, suites: readonly JunitSuite[]): JunitCase | undefined {
  const counted = countOf(element, "failures") + countOf(element, "errors");
  const isShown = suites.some((suite) =>
    suite.cases.some(({ result }) => result.status === "failed" || result.status === "errored"),
  );
  const [stated] = [...element.children("error"), ...element.children("failure")];
  if (isShown || (counted === 0 && stated === undefined)) return undefined;
  const message =
    stated?.attribute("message") || stated?.text || `The suite counts ${counted} failures that none of its cases shows.`;
  return {
    classname: undefined,
    file: undefined,
    result: { path: ["(suite)"], status: "errored", duration_ms: 0, retries: 0, message: cutText(message) },
  };
}

function countOf(element: Element<JunitCase>, attribute: string): number {
  const count = Number(element.attribute(attribute));
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
