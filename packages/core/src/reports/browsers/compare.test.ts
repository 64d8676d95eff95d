import { expect, test } from "vitest";
import type { CaseResult } from "../../model/case.ts";
import { reportFromCases } from "../from-cases.ts";
import { runReportSchema, type ReportTask } from "../run-report.ts";
import { browsersSample, measured, passedCase, skippedIn, taskIn } from "../sample-browsers.test-data.ts";
import { compareBrowsers } from "./compare.ts";

const file = "a.browser.ts";
const compare = (...tasks: ReportTask[]) => {
  const made = compareBrowsers({ ...reportFromCases({ name: "run", files: [] }), tasks });
  if (made === undefined) throw new Error("nothing was compared");
  return made;
};
const shown = (made: ReturnType<typeof compare>) =>
  made.tests.map(
    ({ path, differs, cells }) =>
      `${path?.join(" > ") ?? "-"}: ${cells.map(({ status }) => status).join(" ")}${differs ? " !" : ""}`,
  );

test("tests of one file in several browsers are told apart by what became of them, what differs first", () => {
  const failing = (name: string): CaseResult => passedCase([name], { status: "failed", message: "no" });
  const made = compare(
    taskIn("chromium", file, [passedCase(["same"]), failing("broken"), passedCase(["one"]), passedCase(["only here"])]),
    taskIn("firefox", file, [passedCase(["same"]), failing("broken"), failing("one")]),
  );
  expect(shown(made)).toEqual([
    "one: passed failed !",
    "only here: passed absent !",
    "broken: failed failed",
    "same: passed passed",
  ]);
  expect(made.totals).toMatchObject({ tests: 4, tests_differing: 2 });
});

test("a browser that nobody offers is skipped, with the reason, and different from none", () => {
  const made = compare(
    taskIn("firefox", file, [passedCase(["a"])]),
    taskIn("chromium", file, [passedCase(["a"])]),
    skippedIn("edge", file),
  );
  expect(made.browsers.map(({ browser, reason }) => [browser, reason])).toEqual([
    ["chromium", undefined],
    ["edge", "no worker offers edge"],
    ["firefox", undefined],
  ]);
  expect(made.tests[0]?.cells[1]).toEqual({ key: `kernels:${file}#edge`, status: "skipped", reason: "no worker offers edge" });
  expect(made.totals.tests_differing).toBe(0);
});

test("a file that broke off in one browser leaves its other tests without a result there, and says why", () => {
  const broken = taskIn("firefox", file, [passedCase(["a"])], { status: "errored", reason: "the browser was gone" });
  const made = compare(taskIn("chromium", file, [passedCase(["a"]), passedCase(["b"])]), broken);
  expect(shown(made)).toEqual(["b: passed absent !", "a: passed passed"]);
  expect(made.tests[0]?.cells[1]?.reason).toBe("the browser was gone");
});

test("files in one browser, with other arguments, or without a browser are not compared", () => {
  const { tasks } = reportFromCases({ name: "run", files: [{ file: "b.ts", cases: [passedCase(["x"])] }] });
  const tasksApart = [
    taskIn("chromium", file, [passedCase(["a"])]),
    taskIn("firefox", file, [passedCase(["a"])], { args: ["--x"] }),
  ];
  expect(compareBrowsers({ tasks: [...tasks, ...tasksApart] })).toBeUndefined();
});

test("values agree within their tolerance, and are compared with the browser that most agree with", () => {
  const computing = (values: number[]) =>
    passedCase(["a"], { computed: [{ name: "sum", values, tolerance: { absolute: 0.01, relative: 0 } }] });
  const made = compare(
    taskIn("chrome", file, [computing([5, 2])]),
    taskIn("chromium", file, [computing([1, 2])]),
    taskIn("firefox", file, [computing([1.005, 2])]),
    taskIn("webkit", file, [computing([1, 2, 3])]),
  );
  expect(made.values).toEqual([
    expect.objectContaining({
      name: "sum",
      reference: "chromium",
      differs: true,
      cells: [
        { agrees: false, at: 0, value: 5, expected: 1, outside: 1, length: 2 },
        { agrees: true, outside: 0, length: 2 },
        { agrees: true, at: 0, value: 1.005, expected: 1, outside: 0, length: 2 },
        { agrees: false, outside: 3, length: 3 },
      ],
    }),
  ]);
});

test("what is clearly slower is called so with an interval, what is not is not", () => {
  const measuring = (slow: number, alike: number, rate: number, seed: number) =>
    passedCase(["a"], {
      metrics: [
        measured("slow", slow, { seed }),
        measured("alike", alike, { seed }),
        measured("rate", rate, { seed, unit: "1/s", better: "higher" }),
      ],
    });
  const made = compare(
    taskIn("chromium", file, [measuring(10, 10, 100, 1)]),
    taskIn("firefox", file, [measuring(20, 10, 200, 2)]),
  );
  const cells = new Map(made.speed.map(({ name, cells: [, cell] }) => [name, cell]));
  expect(cells.get("slow")?.judgement).toBe("slower");
  expect(cells.get("slow")?.ratio).toBeCloseTo(2, 1);
  expect(cells.get("slow")?.low).toBeGreaterThan(1.9);
  expect(cells.get("slow")?.high).toBeLessThan(2.1);
  expect(cells.get("rate")?.judgement).toBe("faster");
  expect(cells.get("alike")).toMatchObject({ judgement: "none" });
  expect((cells.get("alike")?.low ?? 2) <= 1 && (cells.get("alike")?.high ?? 0) >= 1).toBe(true);
  expect(made.totals.ratios).toEqual({ slower: 1, faster: 1, none: 1, unsure: 0, unlike: 0 });
});

test("few measurements, a partial one and other units bring no verdict", () => {
  const metrics = (seed: number, unit: string) => [
    measured("few", seed * 10, { n: 3, seed }),
    measured("cut off", seed * 10, { seed, partial: true }),
    measured("size", seed * 10, { seed, unit }),
    measured("zero", 0, { seed }),
  ];
  const made = compare(
    taskIn("chromium", file, [passedCase(["a"], { metrics: metrics(1, "ms") })]),
    taskIn("firefox", file, [passedCase(["a"], { metrics: metrics(2, "s") })]),
  );
  expect(made.speed.map(({ name, cells: [, cell] }) => [name, cell?.judgement, cell?.low])).toEqual([
    ["few", "unsure", undefined],
    ["zero", "unsure", undefined],
  ]);
  expect(made.level).toBeUndefined();
  expect(made.notes.join(" ")).toContain("2 metrics of only one browser, or with another unit");
});

test("hardware is never judged against software, and other workers are named", () => {
  const on = (adapter: string | undefined, value: number, seed: number) =>
    passedCase(["a"], {
      metrics: [measured("kernel", value, { seed, ...(adapter !== undefined && { dimensions: { adapter } }) })],
    });
  const software = taskIn("firefox", file, [on("software", 90, 2)]);
  for (const attempt of software.attempts) attempt.worker = "gpu-2";
  const made = compare(taskIn("chromium", file, [on("hardware", 3, 1)]), software, taskIn("webkit", file, [on(undefined, 3, 3)]));
  expect(made.speed[0]?.cells.map((cell) => cell?.judgement)).toEqual([undefined, "unlike", "unlike"]);
  expect(made.totals.ratios).toMatchObject({ slower: 0, faster: 0, unlike: 2 });
  expect(made.notes.join("\n")).toMatch(/not judged[^]*software adapter[^]*different workers/);
  expect(made.browsers[0]?.adapters).toEqual(["hardware"]);
});

test("of many ratios without any difference hardly one is called different", () => {
  const cases = (from: number) =>
    Array.from({ length: 400 }, (_, index) =>
      passedCase([`t${index}`], { metrics: [measured("m", 10, { seed: from + index })] }),
    );
  const { ratios } = compare(taskIn("chromium", file, cases(1)), taskIn("firefox", file, cases(100_000))).totals;
  expect(ratios.none + ratios.slower + ratios.faster).toBe(400);
  expect(ratios.slower + ratios.faster).toBeLessThanOrEqual(1);
});

test("the sample's comparison is part of the report's schema, and the same after it was written and read", () => {
  const report = browsersSample();
  const browsers = compareBrowsers(report);
  const read = runReportSchema.parse(JSON.parse(JSON.stringify({ ...report, browsers })));
  expect(read.browsers).toEqual(JSON.parse(JSON.stringify(browsers)));
  expect(browsers?.totals).toMatchObject({ tests: 6, tests_differing: 1, values: 4, values_differing: 1, metrics: 7 });
});

test("thousands of cases in three browsers are compared in lists of bounded length", () => {
  const cases = Array.from({ length: 3000 }, (_, index) =>
    passedCase([`case ${index}`], { metrics: [measured("m", 10, { n: 10, seed: index })] }),
  );
  const made = compare(taskIn("chromium", file, cases), taskIn("firefox", file, cases), taskIn("webkit", file, cases));
  expect(made.totals).toMatchObject({ tests: 3000, metrics: 3000 });
  expect(made.totals.ratios).toMatchObject({ none: 2000, unsure: 4000 });
  expect([made.tests.length, made.speed.length]).toEqual([1000, 1000]);
  expect(made.notes.join("\n")).toContain("4,000 ratios beyond the first 2000");
});
