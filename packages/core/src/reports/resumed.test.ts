import { expect, test } from "vitest";
import type { CaseResult } from "../model/case.ts";
import { reportFromCases } from "./from-cases.ts";
import { writeMarkdown } from "./markdown.ts";
import { mergeReports } from "./merge.ts";
import { observationsOf } from "./observations.ts";
import { type ReportAttempt, type RunReport, runReportSchema } from "./run-report.ts";

const result = (name: string, status: CaseResult["status"] = "passed"): CaseResult => ({
  path: [name],
  ordinal: 0,
  status,
  duration_ms: 5,
  retries: 0,
});

/** A file whose first worker was lost half-way. */
function report(kept: readonly CaseResult[], own: readonly CaseResult[], submitted_at_ms = 1000): RunReport {
  const made = reportFromCases({ name: "unit", files: [{ file: "a.ts", cases: [...kept, ...own] }], submitted_at_ms });
  const [task] = made.tasks;
  if (task === undefined) throw new Error("no task");
  const [last] = task.attempts;
  if (last === undefined) throw new Error("no attempt");
  const lost: ReportAttempt = { ...last, attempt: 1, worker: "one", status: "lost", cases: [...kept] };
  task.attempts = [lost, { ...last, attempt: 2, worker: "two", resumed: { attempt: 1, cases: kept.length } }];
  return runReportSchema.parse(made);
}

test("a summary says which attempt went on from which, and with how much", () => {
  const text = writeMarkdown(report([result("a"), result("b")], [result("c")]));
  expect(text).toContain("Resumed where another worker had stopped");
  expect(text).toContain("| <code>a.ts</code> | 2, on <code>two</code> | 2 of 3 cases from attempt 1 |");
});

test("in a merged report the attempts still point at each other", () => {
  const [early, late] = [1000, 9000].map((at_ms) => report([result("a")], [result("b")], at_ms));
  if (early === undefined || late === undefined) throw new Error("no report");
  const [task] = mergeReports([late, early]).tasks;
  expect(task?.attempts.map(({ attempt, resumed }) => [attempt, resumed?.attempt])).toEqual([
    [1, undefined],
    [2, 1],
    [3, undefined],
    [4, 3],
  ]);
});

test("what failed before it was taken over is not held against the worker that took it over", () => {
  const workersOf = (made: RunReport) => observationsOf(made).observations.map(({ worker, passed }) => `${worker} ${passed}`);
  expect(workersOf(report([result("a", "failed")], [result("b")]))).toEqual(["one false"]);
  expect(workersOf(report([result("a")], [result("b", "failed")]))).toEqual(["two false"]);
  const doubtful = report([result("a")], [result("b", "failed")]);
  for (const attempt of doubtful.tasks[0]?.attempts ?? [])
    if (attempt.resumed !== undefined) attempt.recovery = { action: "again", level: 1, charged: "machine", because: "resumed" };
  expect(workersOf(doubtful)).toEqual([]);
});
