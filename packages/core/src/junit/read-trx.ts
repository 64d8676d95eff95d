import { cutText, type CaseResult, type CaseStatus } from "../model/case.ts";
import type { Element } from "./element.ts";
import type { JunitCase } from "./read-case.ts";
import type { JunitReport } from "./read-junit.ts";

/**
 * What the outcomes of a test come to. Whatever else there is, as `Timeout`, `Aborted` and `InProgress`, is an error; so is none at all, as
 * Visual Studio leaves out `Error`, which is its first.
 */
const statuses: Readonly<Record<string, CaseStatus>> = {
  Passed: "passed",
  PassedButRunAborted: "passed",
  Completed: "passed",
  Warning: "passed",
  Failed: "failed",
  NotExecuted: "skipped",
  Inconclusive: "skipped",
  Pending: "skipped",
};
const badRuns = new Set(["Failed", "Error", "Timeout", "Aborted", "Disconnected", "InProgress"]);
const titleLimit = 4000;

/**
 * The results of Visual Studio's TRX, which `dotnet test --logger trx` writes. A run that failed and shows no failed test is a case that has
 * gone wrong, so that it cannot get lost. Its name is left out: it has the time in it, and would be another one each time.
 * @param root `TestRun`
 * @see https://learn.microsoft.com/previous-versions/visualstudio/visual-studio-2010/ms182486(v=vs.100), `vstst.xsd` of Visual Studio
 */
export function trxReport(root: Element): JunitReport {
  const classes = classesOf(root);
  const results = root.children("Results").flatMap(leaves);
  const cases = results.map((result) => caseOf(result, classes));
  const lost = lostTrouble(root, cases);
  const started = Date.parse(root.children("Times")[0]?.attribute("start") ?? "");
  const output = root.children("ResultSummary").flatMap((summary) => textsAt(summary, ["Output", "StdOut"]));
  const suite = {
    name: "",
    file: undefined,
    started_at_ms: Number.isNaN(started) ? undefined : started,
    duration_ms: undefined,
    hostname: results[0]?.attribute("computerName") || undefined,
    output: output.length === 0 ? undefined : cutText(output.join("\n")),
    cases: lost === undefined ? cases : [...cases, lost],
  };
  return { name: undefined, suites: suite.cases.length === 0 ? [] : [suite] };
}

/** By the id of the test. */
function classesOf(root: Element): Map<string, string> {
  const classes = new Map<string, string>();
  for (const definition of root.children("TestDefinitions").flatMap((list) => list.children("UnitTest"))) {
    const id = definition.attribute("id");
    // Older ones have the assembly behind it.
    const name = definition.children("TestMethod")[0]?.attribute("className")?.split(",")[0];
    if (id !== undefined && name) classes.set(id, name);
  }
  return classes;
}

const kinds = ["UnitTestResult", "TestResultAggregation", "GenericTestResult", "WebTestResult", "ManualTestResult", "TestResult"];

/** Of a test with data each row; its own result as well where it went wrong and none of the rows did. */
function leaves(list: Element): Element[] {
  return kinds.flatMap((kind) =>
    list.children(kind).flatMap((result) => {
      const rows = result.children("InnerResults").flatMap(leaves);
      const isHidden = isBad(statusOf(result)) && !rows.some((row) => isBad(statusOf(row)));
      return rows.length === 0 || isHidden ? [...rows, result] : rows;
    }),
  );
}

function caseOf(result: Element, classes: ReadonlyMap<string, string>): JunitCase {
  const classname = classes.get(result.attribute("testId") ?? "");
  const name = result.attribute("testName") || "(no name)";
  const own = classname !== undefined && name.startsWith(`${classname}.`) ? name.slice(classname.length + 1) : name;
  const status = statusOf(result);
  const outcome = result.attribute("outcome");
  const [message = isBad(status) && status !== "failed" ? `Its outcome is ${outcome ?? "not told"}.` : undefined] = textsAt(
    result,
    ["Output", "ErrorInfo", "Message"],
  );
  const details = textsAt(result, ["Output", "ErrorInfo", "StackTrace"]).join("\n");
  const output = ["StdOut", "StdErr"].flatMap((stream) => textsAt(result, ["Output", stream])).join("\n");
  const told: Omit<CaseResult, "ordinal"> = {
    path: (classname === undefined ? [own] : [classname, own]).map((title) => cutText(title, titleLimit)),
    status,
    duration_ms: durationOf(result.attribute("duration")),
    retries: 0,
    ...(message !== undefined && { message: cutText(message) }),
    ...(details !== "" && { details: cutText(details) }),
    ...(output !== "" && { output: cutText(output) }),
  };
  return { classname, file: undefined, result: told };
}

function statusOf(result: Element): CaseStatus {
  return statuses[result.attribute("outcome") ?? ""] ?? "errored";
}

function isBad(status: CaseStatus): boolean {
  return status === "failed" || status === "errored";
}

/** A test host that crashed leaves nothing but the run's own outcome, and why. */
function lostTrouble(root: Element, cases: readonly JunitCase[]): JunitCase | undefined {
  const summary = root.children("ResultSummary")[0];
  const outcome = summary?.attribute("outcome") ?? "";
  if (summary === undefined || !badRuns.has(outcome) || cases.some(({ result }) => isBad(result.status))) return undefined;
  const why = textsAt(summary, ["RunInfos", "RunInfo", "Text"]).join("\n");
  const message = why || `The run's outcome is ${outcome}, and none of its tests shows a failure.`;
  const result = { path: ["(run)"], status: "errored" as const, duration_ms: 0, retries: 0, message: cutText(message) };
  return { classname: undefined, file: undefined, result };
}

function textsAt(element: Element, path: readonly string[]): string[] {
  const [next, ...rest] = path;
  if (next === undefined) return element.text === "" ? [] : [element.text];
  return element.children(next).flatMap((child) => textsAt(child, rest));
}

/** `1.02:03:04.5678901`: days where there are any, hours, minutes, seconds. */
function durationOf(text: string | undefined): number {
  const [, days = "0", hours, minutes, seconds] =
    /^(?:(\d{1,6})\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$/.exec(text ?? "") ?? [];
  if (hours === undefined) return 0;
  const total_s = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return Math.round(total_s * 1_000_000) / 1000;
}
