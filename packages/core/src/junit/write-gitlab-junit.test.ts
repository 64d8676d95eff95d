import { expect, test } from "vitest";
import type { CaseResult } from "../model/case.ts";
import { reportFromCases } from "../reports/from-cases.ts";
import type { ReportAttempt, ReportTask, RunReport } from "../reports/run-report.ts";
import { sampleReport } from "../reports/sample.test-data.ts";
import { countCases } from "../reports/final-cases.ts";
import { readAsGitlab } from "./gitlab-reader.test-data.ts";
import { writeGitlabJunit, type GitlabJunitFile, type GitlabJunitOptions } from "./write-gitlab-junit.ts";

function write(report: RunReport, options?: GitlabJunitOptions): { files: GitlabJunitFile[]; leftOut: string | undefined } {
  const writing = writeGitlabJunit(report, options);
  const files: GitlabJunitFile[] = [];
  for (;;) {
    const { done, value } = writing.next();
    if (done === true) return { files, leftOut: value };
    files.push(value);
  }
}

const shown = (report: RunReport, options?: GitlabJunitOptions) =>
  readAsGitlab(write(report, options).files.map(({ content }) => content));

function cased(name: string, more: Partial<CaseResult> = {}): CaseResult {
  return { path: [name], ordinal: 0, status: "passed", duration_ms: 1, retries: 0, ...more };
}

const reportOf = (cases: CaseResult[], more: Partial<ReportTask> = {}): RunReport => {
  const report = reportFromCases({ name: "run", files: [{ file: "a.test.js", cases }] });
  return { ...report, tasks: report.tasks.map((task) => ({ ...task, ...more })) };
};

test("GitLab shows each case of a run once, with its last attempt's end, and counts what the report counts", async () => {
  const report = sampleReport();
  const { cases, read } = await shown(report);
  expect(read).toBe(cases.length);
  const count = (status: string) => cases.filter((one) => one.status === status).length;
  const { failed, total } = countCases(report.tasks);
  // What no case tells, such as a crash, is an error of its own.
  expect(cases.length).toBeGreaterThanOrEqual(total);
  expect(count("failed")).toBe(failed);
  expect(cases.every(({ suite, classname, name, file }) => suite !== "" && classname !== "" && name !== "" && file)).toBe(true);
  expect(cases.filter(({ status }) => status === "failed").every(({ output }) => output.length > 10)).toBe(true);
});

test("cases of one name in one file, and in two tasks of one file, are all shown", async () => {
  const attempt: ReportAttempt = {
    attempt: 1,
    worker: "w",
    status: "failed",
    started_ms: 0,
    duration_ms: 5,
    cases: [cased("same"), cased("same", { ordinal: 1 }), cased("same", { ordinal: 2, status: "failed", message: "no" })],
  };
  const task: ReportTask = {
    key: "s:a",
    suite: "s",
    runner: "r",
    file: "a.js",
    args: [],
    requirements: {},
    status: "failed",
    flaky: false,
    attempts: [attempt],
  };
  const { cases, read } = await shown({ ...reportOf([]), tasks: [task, { ...task, key: "s:a#2" }] });
  expect(read).toBe(6);
  expect(cases).toHaveLength(6);
});

test("what failed, why it was skipped, and what a failing case printed stand where GitLab looks for them", async () => {
  const { cases } = await shown(
    reportOf([
      cased("fails", { status: "failed", message: "expected 1", details: "at a.test.js:3 <b>&", output: "printed" }),
      cased("breaks", { status: "errored", message: "boom", details: "Error: boom\n  at x" }),
      cased("rests", { status: "skipped", message: "no browser" }),
      cased("is to do", { status: "skipped", note: "todo" }),
      cased("works", { output: "nobody asks" }),
    ]),
  );
  expect(cases.map(({ name, status, output }) => ({ name, status, output }))).toEqual([
    { name: "fails", status: "failed", output: "expected 1\nat a.test.js:3 <b>&\n\nSystem Out:\n\nprinted" },
    { name: "breaks", status: "error", output: "Error: boom\n  at x" },
    { name: "rests", status: "skipped", output: "no browser" },
    { name: "is to do", status: "skipped", output: "Skipped" },
    { name: "works", status: "success", output: "" },
  ]);
});

test("the picture of a failure is linked, whatever else lies beside it and whatever the test printed", async () => {
  const artifact = (path: string) => ({ name: path, path, bytes: 1, sha256: "0".repeat(64), type: "x" });
  const report = reportOf([cased("fails", { status: "failed", message: "no", output: "[[ATTACHMENT|/etc/passwd]]" })]);
  const [task] = report.tasks;
  const attempts = task?.attempts.map((attempt) => ({
    ...attempt,
    artifacts: ["shots[1].png", "trace.zip", "shot.png"].map(artifact),
  }));
  const withArtifacts = { ...report, tasks: [{ ...task, attempts } as ReportTask] };
  const { cases } = await shown(withArtifacts, { attachment: (path) => `out/${path}` });
  expect(cases.map(({ attachment }) => attachment)).toEqual(["out/shot.png"]);
});

test("a report that is too large for one file becomes several, with every case once", async () => {
  const report = sampleReport({ files: 40, cases_per_file: 30 });
  const whole = await shown(report);
  for (const limits of [{ file_bytes: 20_000 }, { elements: 100 }]) {
    const { files, leftOut } = write(report, { limits });
    expect(leftOut).toBeUndefined();
    expect(files.length).toBeGreaterThan(5);
    expect(files.map(({ name }) => name)).toEqual(files.map((_, index) => `junit-${index + 1}.xml`));
    const read = await readAsGitlab(files.map(({ content }) => content));
    expect(read.cases).toEqual(whole.cases);
    if (limits.file_bytes !== undefined) expect(read.largestFile_bytes).toBeLessThanOrEqual(limits.file_bytes);
    if (limits.elements !== undefined) expect(read.most_elements).toBeLessThanOrEqual(limits.elements);
  }
});

test("what exceeds all that GitLab takes is left out from what did not fail, and said", async () => {
  const report = sampleReport({ files: 64, cases_per_file: 30 });
  const whole = await shown(report);
  const bad = whole.cases.filter(({ status }) => status === "failed" || status === "error");
  for (const limits of [{ cases: bad.length + 10 }, { total_bytes: 100_000, file_bytes: 30_000 }]) {
    const { files, leftOut } = write(report, { limits });
    const { cases } = await readAsGitlab(files.map(({ content }) => content));
    expect(cases).toEqual(whole.cases.slice(0, cases.length));
    expect(cases.slice(0, bad.length)).toEqual(bad);
    const missing = (whole.cases.length - cases.length).toLocaleString("en-US");
    expect(leftOut).toContain(`${missing} did not fit`);
    const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
    if (limits.total_bytes !== undefined) expect(bytes).toBeLessThanOrEqual(limits.total_bytes);
  }
});

test("a run of nothing is a report of nothing, which GitLab reads", async () => {
  const { files, leftOut } = write({ ...reportOf([]), tasks: [] });
  expect(leftOut).toBeUndefined();
  expect(files).toHaveLength(1);
  expect((await readAsGitlab(files.map(({ content }) => content))).read).toBe(0);
});
