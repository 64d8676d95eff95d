import { type CaseResult, type RunReport, reportFromCases } from "@shardwright/core";
import { expect, test } from "vitest";
import { summaryText } from "./summary.ts";
import { chooseColors } from "./text.ts";

const failing: CaseResult = { path: ["adds"], ordinal: 0, status: "failed", duration_ms: 1, retries: 0, message: "3 is not 4" };
const passing: CaseResult = { path: ["adds"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 };

/** Of files by their names; those that are stopped came to no end. */
function summaryOf(files: Readonly<Record<string, CaseResult>>, stopped: readonly string[]): string[] {
  const report = reportFromCases({ name: "x", files: Object.entries(files).map(([file, one]) => ({ file, cases: [one] })) });
  const tasks: RunReport["tasks"] = report.tasks.map((task) =>
    stopped.includes(task.file) ? { ...task, status: "cancelled", reason: "stopped by the user" } : task,
  );
  const options = { colors: chooseColors(false, {}), provider: "none", reports: [], now_s: 0 } as const;
  return summaryText({ ...report, tasks }, options).split("\n");
}

test("what has no result is listed apart from what failed, and is nobody's cause", () => {
  const lines = summaryOf({ "a.test.js": failing, "b.test.js": passing, "c.test.js": passing }, ["b.test.js", "c.test.js"]);
  expect(lines).toContain("Failures (1)");
  expect(lines).toContain("Without a result (2)");
  expect(lines).toContain("  b.test.js cancelled: stopped by the user");
  expect(lines.join("\n")).not.toContain("× stopped by the user");
});

test("of a test that had failed when its file was stopped both are said", () => {
  const lines = summaryOf({ "a.test.js": failing, "b.test.js": passing }, ["a.test.js"]);
  expect(lines).toContain("Failures (1)");
  expect(lines.join("\n")).toContain("3 is not 4");
  expect(lines).toContain("Without a result (1)");
});

test("a run of which nothing failed has no failures, though it was stopped", () => {
  const lines = summaryOf({ "a.test.js": passing }, ["a.test.js"]);
  expect(lines.join("\n")).not.toContain("Failures");
  expect(lines).toContain("Without a result (1)");
});
