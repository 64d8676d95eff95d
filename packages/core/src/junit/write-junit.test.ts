import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CaseResult } from "../model/case.ts";
import { reportFromCases } from "../reports/from-cases.ts";
import type { ReportAttempt, ReportTask, RunReport } from "../reports/run-report.ts";
import { sampleReport } from "../reports/sample.test-data.ts";
import { junitFiles, readJunit } from "./read-junit.ts";
import { writeJunit } from "./write-junit.ts";

const schema = fileURLToPath(new URL("junit.test-data.xsd", import.meta.url));
const write = (report: RunReport) => [...writeJunit(report)].join("");
const read = async (text: string) => junitFiles(await readJunit(text, { path: "junit.xml" }));

function passed(name: string, more: Partial<CaseResult> = {}): CaseResult {
  return { path: [name], ordinal: 0, status: "passed", duration_ms: 1, retries: 0, ...more };
}

function attempt(number: number, cases: CaseResult[], more: Partial<ReportAttempt> = {}): ReportAttempt {
  return { attempt: number, worker: "w", status: "passed", started_ms: 0, duration_ms: 5, cases, ...more };
}

function task(file: string, status: ReportTask["status"], attempts: ReportAttempt[], more: Partial<ReportTask> = {}): ReportTask {
  return { key: `s:${file}`, suite: "s", runner: "r", file, args: [], requirements: {}, status, flaky: false, attempts, ...more };
}

function reportOf(...tasks: ReportTask[]): RunReport {
  return { ...reportFromCases({ name: "run", files: [] }), tasks };
}

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u0000", "\u001b", "\ud800", "\uffff", "\r", "\n", "\t", "]]>", "<&\"'>", "é", "😀"),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
});
const anyCase = fc.record({
  path: fc.array(
    anyText.map((title) => `t${title}`),
    { minLength: 1, maxLength: 3 },
  ),
  ordinal: fc.nat(3),
  status: fc.constantFrom("passed", "failed", "errored", "skipped"),
  duration_ms: fc.nat(1_000_000_000),
  retries: fc.nat(3),
  message: anyText,
  details: anyText,
  output: anyText,
});

test("whatever a case holds, the file is well-formed and comes back with the same statuses, times and retries", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCase, { maxLength: 5 }), async (cases: CaseResult[]) => {
      const text = write(reportFromCases({ name: "run", files: [{ file: "a.py", cases }] }));
      // eslint-disable-next-line no-control-regex
      expect(text).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
      const shown = ({ status, duration_ms, retries }: CaseResult) => ({
        status,
        duration_ms,
        retries: status === "skipped" ? 0 : retries,
      });
      const back = (await read(text))[0]?.cases.map((result) => shown(result));
      expect(back).toEqual(cases.length === 0 ? [{ status: "skipped", duration_ms: 0, retries: 0 }] : cases.map(shown));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("attributes and text keep their white space and their marks", async () => {
  const message = "a\tb\r\nc \"d\" <e> & 'f' \u001b[31mred\u001b[0m";
  const [file] = await read(
    write(reportOf(task("a.py", "failed", [attempt(1, [passed("x", { status: "failed", message, details: `${message}]]>` })])]))),
  );
  expect(file?.cases[0]).toMatchObject({ message: "a\tb\r\nc \"d\" <e> & 'f' red", details: "a\tb\r\nc \"d\" <e> & 'f' red]]>" });
});

test("the final attempt counts; what failed before it is told", () => {
  const failing = passed("x", { status: "failed", message: "no", details: "at x" });
  const text = write(
    reportOf(
      task("flaky.py", "passed", [attempt(1, [failing], { status: "failed" }), attempt(2, [passed("x")])], { flaky: true }),
      task("bad.py", "failed", [attempt(1, [failing]), attempt(2, [failing])]),
    ),
  );
  expect(text).toContain('<flakyFailure message="no" type="retry"><stackTrace>at x</stackTrace></flakyFailure>');
  expect(text).toContain('<rerunFailure message="no" type="retry">');
  expect(text).toContain('tests="2" failures="1" errors="0"');
  expect(text.match(/<testcase /g)).toHaveLength(2);
});

test("a task without a good end shows, whatever its cases say", async () => {
  const crash: Partial<ReportAttempt> = { status: "errored", failure: { kind: "crash", message: "ended by SIGSEGV" } };
  const files = await read(
    write(
      reportOf(
        task("crash.py", "errored", [attempt(1, [passed("x")], crash)]),
        task("never.py", "incomplete", [], { reason: "the run's time was up" }),
        task("stopped.py", "cancelled", []),
        task("red.py", "failed", [attempt(1, [passed("x")])]),
      ),
    ),
  );
  expect(files.map(({ file, cases }) => [file, cases.map(({ status }) => status)])).toEqual([
    ["crash.py", ["passed", "errored"]],
    ["never.py", ["errored"]],
    ["stopped.py", ["errored"]],
    ["red.py", ["passed", "failed"]],
  ]);
  expect(files[1]?.cases[0]?.message).toBe("the run's time was up");
});

test("no two cases share a class and a name", () => {
  const twice = [
    passed("a"),
    passed("a", { ordinal: 1 }),
    passed("a (2)"),
    passed("a\u0001"),
    passed("y".repeat(9000)),
    passed("y".repeat(9000), { ordinal: 1 }),
  ];
  const text = write(
    reportOf(task("a.py", "passed", [attempt(1, twice)]), task("a.py", "passed", [attempt(1, [passed("a")])], { key: "t:a.py" })),
  );
  const names = [...text.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)].map(
    ([, classname, name]) => `${classname} ${name}`,
  );
  expect(names).toHaveLength(7);
  expect(new Set(names).size).toBe(7);
});

test("free text is bounded for the whole file", () => {
  const output = "o".repeat(60_000);
  const cases = Array.from({ length: 3000 }, (_, index) =>
    passed(`c${index}`, { status: "failed", message: "no", details: output, output }),
  );
  expect(write(reportOf(task("a.py", "failed", [attempt(1, cases)]))).length).toBeLessThan(25_000_000);
});

test.skipIf(spawnSync("xmllint", ["--version"]).status !== 0)("the common schema accepts it", () => {
  const sample = sampleReport();
  const odd = task("odd.py", "incomplete", []);
  for (const report of [sample, reportOf(), reportOf(odd)]) {
    const result = spawnSync("xmllint", ["--noout", "--schema", schema, "-"], { input: write(report), encoding: "utf8" });
    expect(result.stderr).toBe("- validates\n");
  }
});

test("artifacts beside the report are attached to the first case that failed, the latest attempt's pictures first", () => {
  const failed = passed("second", { status: "failed", message: "no", output: "printed" });
  const artifact = (path: string, more: { path?: string } = { path }) => ({
    name: path,
    sha256: "0".repeat(64),
    bytes: 1,
    ...more,
  });
  const report = reportOf(
    task("a.js", "failed", [
      attempt(1, [failed], { status: "failed", artifacts: [artifact("1/x.png")] }),
      attempt(2, [passed("first"), failed, passed("third")], {
        status: "failed",
        artifacts: [artifact("2/<a>.log"), artifact("2/x.png"), artifact("not here", {})],
      }),
    ]),
    task("b.js", "passed", [attempt(1, [passed("only")], { artifacts: [artifact("b")] })]),
    task("c.js", "incomplete", []),
  );
  const text = [...writeJunit(report, { attachment: (path) => `/at/${path}` })].join("");
  expect(
    [...text.matchAll(/<testcase [^>]*name="([^"]*)"[^>]*>(?:(?!<testcase)[^])*?<system-out>([^<]*)</g)].map(([, name, out]) => [
      name,
      out,
    ]),
  ).toEqual([
    ["second", "printed\n[[ATTACHMENT|/at/2/x.png]]\n[[ATTACHMENT|/at/2/&lt;a&gt;.log]]\n[[ATTACHMENT|/at/1/x.png]]\n"],
    ["only", "[[ATTACHMENT|/at/b]]\n"],
  ]);
});

test("a test has its browser's name, and what it measured comes back; other properties stay what they are", async () => {
  const metrics = [
    { name: "latency <p50>", value: 8.25, unit: "ms", better: "lower" as const },
    { name: "rate", value: 1.5e-7, unit: "1/s per slot", better: "higher" as const },
    { name: "count", value: -3, unit: "", better: "lower" as const },
  ];
  const text = write(
    reportOf(
      task("a.ts", "passed", [attempt(1, [passed("x", { metrics })])], { browser: "firefox", key: "s:a.ts#firefox" }),
      task("a.ts", "passed", [attempt(1, [passed("x")])], { browser: "chromium", key: "s:a.ts#chromium" }),
    ),
  );
  expect(text).toContain('name="x [firefox]"');
  expect(text).toContain('name="x [chromium]"');
  expect(text).toContain('<property name="metric.rate" value="1.5e-7 1/s per slot (higher is better)"/>');
  const [first] = (await read(text)).flatMap(({ cases }) => cases);
  expect(first?.metrics).toEqual(metrics);
  expect(first?.properties).toEqual({ browser: "firefox" });
});
