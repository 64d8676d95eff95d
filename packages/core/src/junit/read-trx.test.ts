import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { locateCases } from "./locate-cases.ts";
import { projectFiles } from "./project-files.ts";
import { junitFiles, readJunit } from "./read-junit.ts";

const text = readFileSync(join(import.meta.dirname, "producers", "trx.xml"), "utf8");
const read = (xml: string) => readJunit(xml, { path: "results.trx" });
const resultsOf = async (xml: string) => (await read(xml)).suites.flatMap(({ cases }) => cases.map(({ result }) => result));
const run = (results: string, summary: string) => `<TestRun><Results>${results}</Results>${summary}</TestRun>`;

test("every outcome, rows of data, times, what was printed", async () => {
  const report = await read(text);
  expect(report.name).toBeUndefined();
  expect(report.suites[0]).toMatchObject({ hostname: "box", started_at_ms: Date.UTC(2026, 2, 1, 10, 0, 1) });
  const shop = "Acme.Shop.Tests.CartTests";
  expect(await resultsOf(text)).toMatchObject([
    { path: [shop, "Adds(count: 1)"], status: "passed", duration_ms: 1.5 },
    {
      path: [shop, "Removes"],
      status: "failed",
      duration_ms: 62_500,
      message: "Assert.Equal() Failure: Values differ",
      details: expect.stringContaining("CartTests.cs:line 14") as string,
      output: "taking it out",
    },
    { path: [shop, "Later"], status: "skipped", message: "not on Linux" },
    { path: [shop, "Rows (1)"], status: "passed" },
    { path: [shop, "Rows (2)"], status: "errored", message: "Its outcome is Timeout." },
    { path: ["Nothing"], status: "errored", message: "Its outcome is not told." },
  ]);
});

test("a case stands in the file of its class, and what failed at the line of its stack", async () => {
  const names = ["test/Shop.Tests/CartTests.cs"];
  const files = projectFiles({ names, roots: ["/repo"], prefixes: [], folder: "" });
  const [first] = junitFiles(locateCases(await read(text), files));
  expect(first?.file).toBe("test/Shop.Tests/CartTests.cs");
  expect(first?.cases[1]).toMatchObject({ file: "test/Shop.Tests/CartTests.cs", line: 14 });
});

test("a run that failed is red though no test of it shows why; one without tests has none", async () => {
  const passed = '<UnitTestResult testId="1" testName="a" outcome="Passed"/>';
  const crash =
    '<ResultSummary outcome="Failed"><RunInfos><RunInfo outcome="Error"><Text>host crashed</Text></RunInfo></RunInfos></ResultSummary>';
  expect(await resultsOf(run(passed, crash))).toMatchObject([
    { status: "passed" },
    { status: "errored", message: "host crashed" },
  ]);
  expect(await resultsOf(run("", '<ResultSummary outcome="Aborted"/>'))).toMatchObject([{ path: ["(run)"], status: "errored" }]);
  const hidden = `<UnitTestResult testName="t" outcome="Failed"><InnerResults>${passed}</InnerResults></UnitTestResult>`;
  expect(await resultsOf(run(hidden, ""))).toMatchObject([{ status: "passed" }, { path: ["t"], status: "failed" }]);
  expect((await read(run("", '<ResultSummary outcome="Completed"/>'))).suites).toEqual([]);
});
