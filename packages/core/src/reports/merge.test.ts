import { expect, test } from "vitest";
import { accountFor, addsUp } from "../model/account.ts";
import type { CaseResult } from "../model/case.ts";
import { reportFromCases } from "./from-cases.ts";
import { mergeReports } from "./merge.ts";
import type { RunReport } from "./run-report.ts";
import { sampleReport } from "./sample.test-data.ts";

const result = (status: CaseResult["status"], retries = 0): CaseResult => ({
  path: ["works"],
  ordinal: 0,
  status,
  duration_ms: 5,
  retries,
});

function shard(submitted_at_ms: number, files: Readonly<Record<string, CaseResult["status"]>>): RunReport {
  const entries = Object.entries(files).map(([file, status]) => ({ file, cases: [result(status)] }));
  return reportFromCases({ name: "unit", files: entries, submitted_at_ms, duration_ms: 100 });
}

test("shards become one account that adds up, on one clock", () => {
  const merged = mergeReports([shard(5000, { "b.ts": "failed" }), shard(4000, { "a.ts": "passed", "c.ts": "skipped" })]);
  expect(merged.account).toMatchObject({ discovered: 3, passed: 1, failed: 1, skipped: 1 });
  expect(addsUp(merged.account)).toBe(true);
  expect(merged).toMatchObject({ verdict: "failed", reason: "1 of 3 tasks failed.", cases: { total: 3 } });
  expect(merged.run).toMatchObject({ key: "unit", submitted_at_ms: 4000, duration_ms: 1100 });
  expect(merged.tasks.find((task) => task.file === "b.ts")?.attempts[0]?.started_ms).toBe(1000);
});

test("of two results for one task the later counts, whatever the order of the files, and a notice says so", () => {
  const early = shard(1000, { "a.ts": "failed" });
  const late = shard(9000, { "a.ts": "passed" });
  for (const reports of [
    [early, late],
    [late, early],
  ]) {
    const merged = mergeReports(reports);
    expect(merged.account).toMatchObject({ discovered: 1, flaky: 1 });
    expect(merged.tasks[0]?.attempts.map((attempt) => [attempt.attempt, attempt.status])).toEqual([
      [1, "failed"],
      [2, "passed"],
    ]);
    expect(merged.notices.map((notice) => notice.message).join()).toContain("1 task came in more than one report");
    // One of them said "failed": the merged verdict is not better.
    expect(merged.verdict).toBe("failed");
  }
});

test("a result is not replaced by a later lack of one", () => {
  const late = shard(9000, { "a.ts": "passed" });
  for (const task of late.tasks) Object.assign(task, { status: "incomplete", attempts: [] });
  Object.assign(late, { account: accountFor(late.tasks), verdict: "incomplete" });
  const merged = mergeReports([shard(1000, { "a.ts": "passed" }), late]);
  expect(merged).toMatchObject({ account: { passed: 1 }, verdict: "incomplete" });
});

test("a report whose account is not that of its tasks makes the merge errored", () => {
  const cut = shard(1000, { "a.ts": "passed", "b.ts": "passed" });
  cut.tasks.pop();
  const merged = mergeReports([cut, shard(1000, { "c.ts": "passed" })]);
  expect(merged.verdict).toBe("errored");
  expect(merged.notices[0]?.message).toMatch(/says “2 discovered = 2 passed”, but holds 1 discovered/);
});

test("workers of the same name stay two workers", () => {
  const merged = mergeReports([sampleReport({ files: 8, faults: false }), sampleReport({ files: 8, faults: false })]);
  const names = merged.workers.map((worker) => worker.name);
  expect(new Set(names).size).toBe(8);
  for (const attempt of merged.tasks.flatMap((task) => task.attempts)) expect(names).toContain(attempt.worker);
});

test("nothing to merge is an error with a remedy", () => {
  expect(() => mergeReports([])).toThrow(expect.objectContaining({ code: "usage" }));
});

test("bare cases become a report: status of a file, duplicates of its name, framework retries", () => {
  const report = reportFromCases({
    name: "junit",
    files: [
      { file: "a", cases: [result("passed", 1), result("skipped")] },
      { file: "a", cases: [result("failed"), result("errored")] },
      { file: "none", cases: [] },
    ],
  });
  expect(report.tasks.map(({ key, status, flaky }) => [key, status, flaky])).toEqual([
    ["junit:a", "passed", true],
    ["junit:a#2", "errored", false],
    ["junit:none", "skipped", false],
  ]);
  expect(report).toMatchObject({
    verdict: "errored",
    account: { discovered: 3, flaky: 1, errored: 1, skipped: 1 },
    cases: { total: 4, flaky: 1 },
  });
  expect(reportFromCases({ name: "empty", files: [] }).verdict).toBe("errored");
});

function share(index: number, files: Readonly<Record<string, CaseResult["status"]>>, more: object = {}): RunReport {
  const report = shard(1000 + index, files);
  const context = { ...report.run.context, commit: "c0ffee0" };
  const cut = { plan: "abc", index, total: 3, run_key: "pipeline", ...more };
  return { ...report, run: { ...report.run, key: `local-${index}`, context, share: cut } };
}

test("shares of one plan are a whole only when all are there, or the whole run's report is", () => {
  const shares = ["a.ts", "b.ts", "c.ts"].map((file, index) => share(index, { [file]: "passed" }));
  const [first, second, third] = shares as [RunReport, RunReport, RunReport];
  expect(mergeReports(shares)).toMatchObject({ verdict: "passed", account: { discovered: 3, passed: 3 }, notices: [] });
  // One that was run again counts once.
  expect(mergeReports([first, second, third, share(1, { "b.ts": "passed" })]).verdict).toBe("passed");
  const missing = "Of the 3 shares of plan abc, no report is there of share 2.";
  const cut = mergeReports([first, third]);
  expect(cut).toMatchObject({ verdict: "incomplete", reason: missing, notices: [{ code: "missing-share", message: missing }] });
  expect(mergeReports([second])).toMatchObject({ verdict: "incomplete", reason: expect.stringContaining("shares 1, 3.") });
  expect(mergeReports([cut, second]).verdict).toBe("incomplete");
  const whole = shard(5000, { "a.ts": "passed", "b.ts": "failed", "c.ts": "passed" });
  const run = { ...whole.run, key: "pipeline" };
  expect(mergeReports([{ ...whole, run }, first])).toMatchObject({ verdict: "failed", account: { discovered: 3 } });
  expect(mergeReports([whole, first]).verdict).toBe("incomplete");
});

test.each([
  ["plan", { plan: "def" }, "the second is share 2 of 3 of the plan def"],
  ["run", { run_key: "other" }, "the second is share 2 of 3 of the run other"],
])("shares of another %s are refused by name", (aspect, more, message) => {
  const reports = [shard(1, { "x.ts": "passed" }), share(0, { "a.ts": "passed" }), share(1, { "b.ts": "passed" }, more)];
  const merge = () => mergeReports(reports, ["beside", "the first", "the second"]);
  expect(merge).toThrow(expect.objectContaining({ code: "shares-differ", message: expect.stringContaining(message) }));
  expect(merge).toThrow(`the first is share 1 of 3 of the ${aspect} `);
});

test("so are shares of another commit", () => {
  const [first, second] = [share(0, { "a.ts": "passed" }), share(1, { "b.ts": "passed" })];
  const other = { ...second, run: { ...second.run, context: { commit: "decaf00" } } };
  expect(() => mergeReports([first, other])).toThrow("local-1 is share 2 of 3 of the commit decaf00");
});

test("merged shares of a plan are the whole suite again; other parts of one selected several things", () => {
  const part = (file: string, selection: string | undefined, share?: RunReport["run"]["share"]): RunReport => {
    const report = reportFromCases({
      name: "unit",
      files: [{ file, cases: [{ path: ["x"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 }] }],
    });
    const suites = [{ name: "unit", runner: "vitest", directory: ".", options: {}, ...(selection && { selection }) }];
    return { ...report, suites, run: { ...report.run, ...(share && { share }) } };
  };
  const share = (index: number) => ({ plan: "p", index, total: 2 });
  const whole = mergeReports([part("a.js", "share 1 of 2", share(0)), part("b.js", "share 2 of 2", share(1))]);
  expect(whole.suites).toEqual([{ name: "unit", runner: "vitest", directory: ".", options: {} }]);
  expect(mergeReports([part("a.js", "a"), part("b.js", "b")]).suites).toMatchObject([{ selection: "several" }]);
  expect(mergeReports([part("a.js", "a"), part("b.js", "a")]).suites).toMatchObject([{ selection: "a" }]);
});
