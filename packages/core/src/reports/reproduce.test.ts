import { expect, test } from "vitest";
import { faultsOf } from "./faults.ts";
import { reportFromCases } from "./from-cases.ts";
import { reproductions } from "./reproduce.ts";
import type { ReportSuite } from "./run-report.ts";

interface Told extends Partial<ReportSuite> {
  readonly runner: string;
  readonly file?: string;
  readonly path?: readonly string[];
  readonly line?: number;
  readonly args?: readonly string[];
  readonly log?: string;
}

function commandsFor({ file = "test/cart.js", path = ["cart", "adds (2)"], line, args = [], log, ...suite }: Told) {
  const cases = [{ path: [...path], ordinal: 0, status: "failed" as const, duration_ms: 1, retries: 0, ...(line && { line }) }];
  const report = reportFromCases({ name: "x", runner: suite.runner, files: [{ suite: "unit", file, cases, log }] });
  const tasks = report.tasks.map((task) => ({ ...task, args: [...args] }));
  const suites = [{ name: "unit", directory: ".", options: {}, ...suite }];
  return faultsOf({ ...report, tasks }).map(reproductions({ suites }))[0];
}

test.each<[Told, string]>([
  [{ runner: "vitest" }, String.raw`npx vitest run test/cart.js -t '^cart( >)? adds \(2\)$'`],
  [
    { runner: "vitest", options: { config: "v.ts" }, args: ["--project=web"], log: 'Running tests with seed "42"' },
    String.raw`npx vitest run test/cart.js -t '^cart( >)? adds \(2\)$' --config v.ts --project=web --sequence.seed=42`,
  ],
  [{ runner: "jest" }, String.raw`npx jest -t '^cart adds \(2\)$' --runTestsByPath test/cart.js`],
  [
    {
      runner: "mocha",
      command: ["npx", "mocha", "--require", "./setup.js"],
      environment: { NODE_ENV: "test", TZ: "Asia/Tokyo x" },
    },
    String.raw`NODE_ENV=test TZ='Asia/Tokyo x' npx mocha --require ./setup.js test/cart.js --grep '^cart adds \(2\)$'`,
  ],
  [
    { runner: "node-test", directory: "packages/a", file: "packages/a/t.js", options: { args: ["--import=tsx"] } },
    String.raw`cd packages/a && node --import=tsx --test '--test-name-pattern=^cart adds \(2\)$' t.js`,
  ],
  [
    { runner: "playwright", line: 7, args: ["--project=firefox"] },
    String.raw`npx playwright test 'test/cart\.js:7' -g 'adds \(2\)(?= @|$)' --project=firefox`,
  ],
  [
    { runner: "pytest", file: "tests/test_a.py", path: ["TestA", "test_b[it's]"], options: { args: ["-m", "not slow"] } },
    String.raw`python3 -m pytest -m 'not slow' 'tests/test_a.py::TestA::test_b[it'\''s]'`,
  ],
  [
    { runner: "go", file: "pkg/store", path: ["TestPut", "a/b"], options: { args: ["-race", "-tags", "it", "./..."] } },
    "go test -race -tags it -count=1 '-run=^TestPut$/^a/b$' ./pkg/store",
  ],
  [{ runner: "command", options: { command: "bin/check --junit {junit} {file}" } }, "bin/check --junit junit.xml test/cart.js"],
  [{ runner: "own" }, "npx shardwright run --runner own --test-dir test/cart.js --workers=1"],
])("%o", (told, command) => {
  expect(commandsFor(told)?.command).toBe(command);
});

test("beside the test's own stands the command for its file, and a file that failed itself has that alone", () => {
  expect(commandsFor({ runner: "vitest" })?.file_command).toBe("npx vitest run test/cart.js");
  const report = reportFromCases({ name: "x", files: [{ suite: "unit", file: "a.js", cases: [] }] });
  const [task] = report.tasks;
  const broken = { ...report, tasks: task === undefined ? [] : [{ ...task, status: "errored" as const }] };
  const suites = [{ name: "unit", runner: "vitest", directory: ".", options: {} }];
  expect(faultsOf(broken).map(reproductions({ suites }))).toEqual([{ command: "npx vitest run a.js" }]);
});

test("of a suite that the report does not know nothing is said", () => {
  const cases = [{ path: ["a"], ordinal: 0, status: "failed" as const, duration_ms: 1, retries: 0 }];
  const report = reportFromCases({ name: "x", files: [{ suite: "unit", file: "a.js", cases }] });
  expect(faultsOf(report).map(reproductions({}))).toEqual([undefined]);
});
