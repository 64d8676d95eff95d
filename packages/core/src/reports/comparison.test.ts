import { expect, test } from "vitest";
import type { CaseResult } from "../model/case.ts";
import type { Failure } from "../model/attempt.ts";
import { compareReports } from "./comparison.ts";
import { changeKinds, runComparisonSchema, type RunComparison } from "./comparison-schema.ts";
import { reportFromCases } from "./from-cases.ts";
import type { RunReport } from "./run-report.ts";

type Told = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Results by file and name: `passed`, `failed`, `skipped`, `flaky`, or a duration. */
function run(key: string, told: Told): RunReport {
  const files = Object.entries(told).map(([file, cases]) => ({
    suite: "unit",
    file,
    cases: Object.entries(cases).map(([name, said]): CaseResult => {
      const status = said === "failed" || said === "skipped" ? said : "passed";
      return { path: ["group", name], ordinal: 0, status, duration_ms: Number(said) || 5, retries: said === "flaky" ? 1 : 0 };
    }),
  }));
  const report = reportFromCases({ name: key, files });
  return { ...report, run: { ...report.run, context: { branch: "main", commit: `${key}0000` } } };
}

function crashed(report: RunReport, file: string, failure: Failure = { kind: "crash", message: "SIGSEGV" }): RunReport {
  const tasks = report.tasks.map((task) =>
    task.file === file
      ? {
          ...task,
          status: "errored" as const,
          attempts: task.attempts.map((attempt) => ({ ...attempt, status: "errored" as const, failure })),
        }
      : task,
  );
  return { ...report, tasks, verdict: "errored" };
}

/** What is said of which test, without what is empty. */
function told(comparison: RunComparison): Partial<Record<string, string[]>> {
  expect(runComparisonSchema.parse(comparison)).toEqual(comparison);
  return Object.fromEntries(
    changeKinds.flatMap((kind) => {
      const names = comparison[kind].map(({ file, path }) => [file, ...(path?.slice(1) ?? [])].join(" "));
      return names.length === 0 ? [] : [[kind, names.toSorted()]];
    }),
  );
}

test("a failure is new only where the base has always passed; else it is said what the base does", () => {
  const base = [
    run("b3", { "a.js": { solid: "passed", broken: "failed", moody: "passed", mended: "failed", unsure: "passed" } }),
    run("b2", { "a.js": { solid: "passed", broken: "failed", moody: "failed", mended: "failed", unsure: "flaky" } }),
    run("b1", { "a.js": { solid: "passed", broken: "passed", moody: "passed", mended: "passed", unsure: "passed" } }),
  ];
  const head = run("h", { "a.js": { solid: "failed", broken: "failed", moody: "failed", mended: "passed", unsure: "failed" } });
  const comparison = compareReports(base, head);
  expect(told(comparison)).toEqual({
    newly_failing: ["a.js solid"],
    still_failing: ["a.js broken"],
    failing_at_times: ["a.js moody", "a.js unsure"],
    fixed: ["a.js mended"],
  });
  expect(comparison.newly_failing[0]?.base).toEqual({ of: 3, failed: 0, flaky: 0 });
  expect(comparison.failing_at_times.map(({ base: { failed, flaky } }) => [failed, flaky])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(comparison.base).toMatchObject({ branch: "main", origin: "given" });
  expect(comparison.base.runs.map(({ key }) => key)).toEqual(["b3", "b2", "b1"]);
});

test("a test that flips on the base is not fixed by passing once, nor is it broken there for good", () => {
  const base = ["failed", "passed", "failed"].map((said, index) => run(`b${index}`, { "a.js": { moody: said } }));
  expect(told(compareReports(base, run("h", { "a.js": { moody: "failed" } })))).toEqual({ failing_at_times: ["a.js moody"] });
  expect(told(compareReports(base, run("h", { "a.js": { moody: "passed" } })))).toEqual({});
});

test("what is gone, new or skipped is said where both runs had all of the suite", () => {
  const base = [run("b", { "a.js": { one: "passed", two: "passed", three: "passed" }, "gone.js": { x: "passed", y: "passed" } })];
  const head = run("h", { "a.js": { one: "skipped", two: "passed", four: "failed" }, "new.js": { z: "passed" } });
  const comparison = compareReports(base, head);
  expect(told(comparison)).toEqual({
    newly_failing: ["a.js four"],
    newly_skipped: ["a.js one"],
    removed: ["a.js three", "gone.js"],
    added: ["a.js four", "new.js z"],
  });
  expect(comparison.newly_failing[0]).toMatchObject({ is_new: true, base: { of: 0 } });
  expect(comparison.totals).toMatchObject({ removed: 3, added: 2 });
});

test("of a selection, a share, a crashed file and a suite that did not run, nothing is called removed or new", () => {
  const base = [run("b", { "a.js": { one: "passed", two: "passed" }, "b.js": { x: "passed" } })];
  const head = run("h", { "a.js": { one: "failed", three: "passed" } });
  const selected = { ...head, suites: [{ name: "unit", runner: "junit", directory: ".", options: {}, selection: "a.js" }] };
  expect(told(compareReports(base, selected))).toEqual({ newly_failing: ["a.js one"] });
  expect(compareReports(base, selected).notes.join()).toContain("unit");
  // With the same selection on both sides they are wholes again.
  const alike = base.map((report) => ({ ...report, suites: selected.suites }));
  expect(told(compareReports(alike, selected))).toMatchObject({ removed: ["a.js two", "b.js"], added: ["a.js three"] });

  const share = { ...head, run: { ...head.run, share: { plan: "p", index: 0, total: 2 } } };
  expect(told(compareReports(base, share))).toMatchObject({ removed: ["a.js two"] });

  const broken = crashed(head, "a.js");
  const comparison = compareReports(base, broken);
  expect(told(comparison)).toEqual({ newly_failing: ["a.js", "a.js one"], added: ["a.js three"], removed: ["b.js"] });
  expect(comparison.unknown_files).toBe(1);
  const bare = crashed(run("b", { "a.js": { one: "passed" } }), "a.js");
  expect(told(compareReports([bare], run("h", { "a.js": { one: "passed", two: "failed" } })))).toEqual({
    failing_unknown: ["a.js two"],
    fixed: ["a.js"],
  });

  const other = reportFromCases({ name: "other", files: [] });
  expect(told(compareReports([other], head))).toEqual({ failing_unknown: ["a.js one"] });
});

test("a file that went on crashing is no news", () => {
  const make = (key: string) => crashed(run(key, { "a.js": {} }), "a.js");
  expect(told(compareReports([make("b2"), make("b1")], make("h")))).toEqual({ still_failing: ["a.js"] });
});

test("lists are bounded, totals are not", () => {
  const many = (said: string) => Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`t${index}`, said]));
  const comparison = compareReports([run("b", { "a.js": many("passed") })], run("h", { "a.js": many("failed") }));
  expect(comparison.newly_failing).toHaveLength(1000);
  expect(comparison.totals.newly_failing).toBe(1500);
});
