import { expect, test } from "vitest";
import type { CaseResult } from "../runner.ts";
import { CaseCollector } from "./case-collector.ts";

const places = new Map(
  ["TestA", "TestB", "TestC", "BenchmarkA"].map((name, index) => [name, { file: "a_test.go", line: index + 1 }]),
);

/** The cases of what a binary printed; `^` stands for the mark of a frame. */
function collect(text: string): { readonly cases: CaseResult[]; readonly collector: CaseCollector } {
  const cases: CaseResult[] = [];
  const collector = new CaseCollector({ folder: "a", places, processors: [8], onCase: (result) => cases.push(result) });
  collector.push(Buffer.from(text.replaceAll("^", "\u0016")));
  collector.end();
  return { cases, collector };
}

const said = (text: string) =>
  collect(text).cases.map(({ path, status, message = "" }) => `${path.join("/")} ${status}: ${message}`);

test("a panic that is printed after the frames of a subtest and its parents explains them all", () => {
  const text = `^=== RUN   TestA
^=== RUN   TestA/inner
^--- FAIL: TestA/inner (0.00s)
^--- FAIL: TestA (0.00s)
panic: out of order [recovered]
	panic: out of order
`;
  expect(said(text)).toEqual(["TestA/inner failed: panic: out of order", "TestA failed: panic: out of order"]);
  expect(collect(text).collector.panic).toBe("panic: out of order");
});

test("of a failed test, the last thing logged is the message; of an assertion of testify's, its row", () => {
  const log = (name: string, text: string) => `^=== RUN   ${name}\n${text}\n^--- FAIL: ${name} (0.00s)\n`;
  expect(said(log("TestA", "    a_test.go:1: one\n    a_test.go:2: two\n        lines\nprinted"))).toEqual([
    "TestA failed: two\nlines",
  ]);
  const table = [
    "Error Trace:\t/tmp/a_test.go:9",
    "Error:      \tNot equal: ",
    "            \texpected: 1",
    "            \tactual  : 2",
    "Test:       \tTestA",
    "Messages:   \tthe sum",
  ];
  expect(said(log("TestA", `    a_test.go:9: \n${table.map((row) => `        \t${row}`).join("\n")}`))).toEqual([
    "TestA failed: Not equal:\nexpected: 1\nactual  : 2\nthe sum",
  ]);
  expect(said(log("TestA", "printed"))).toEqual(["TestA failed: It failed and logged no reason."]);
});

test("tests that are still open when the binary ends are told apart from those that waited", () => {
  const { cases, collector } = collect(`^=== RUN   TestA
^=== PAUSE TestA
^=== RUN   TestB
^=== RUN   TestB/x
last words
`);
  expect(collector.settle("errored", "gone")).toBe(1);
  expect(cases).toMatchObject([{ path: ["TestB", "x"], status: "errored", message: "gone", output: "last words\n", line: 2 }]);
});

test("a test of the package's own is never taken for another's, though the end before it was lost", () => {
  expect(
    said("=== RUN   TestA\n=== RUN   TestB\n--- PASS: TestB (0.00s)\n=== RUN   other\n--- FAIL: other (0.00s)\nPASS\n"),
  ).toEqual(["TestB passed: "]);
});

test("benchmarks are known by their names without processors, with their measurements, before Go 1.20 and after", () => {
  const result = "BenchmarkA/n-2-8   \t      10\t        52.10 ns/op\t       3.500 frobs/op\n";
  const before = `BenchmarkA\nBenchmarkA/n-2\n    a_test.go:3: noted\n${result}PASS\n`;
  const after = `^=== RUN   BenchmarkA\nBenchmarkA\n^=== RUN   BenchmarkA/n-2\nBenchmarkA/n-2\n    a_test.go:3: noted\n${result}^=== NAME  \n^PASS\n`;
  for (const text of [before, after]) {
    const { cases, collector } = collect(text);
    expect(cases).toMatchObject([
      {
        path: ["BenchmarkA", "n-2"],
        status: "passed",
        duration_ms: 0.001,
        properties: { iterations: "10", "ns/op": "52.10", "frobs/op": "3.500" },
      },
    ]);
    expect(collector.settle("errored", "")).toBe(0);
  }
});

test("of more text than a case may carry, the beginning and the end are kept", () => {
  const line = "0123456789".repeat(10);
  const text = `^=== RUN   TestA\n${`${line}\n`.repeat(2000)}    a_test.go:1: the reason\n^--- FAIL: TestA (0.00s)\n`;
  const [only] = collect(text).cases;
  expect(only?.message).toBe("the reason");
  expect(only?.details?.length).toBeLessThan(65_736);
  expect(only?.details).toMatch(/^0123[\s\S]*\n… \d+ more characters …\n[\s\S]*the reason$/);
});

test("durations are measured within what the frames round away", () => {
  const [only] = collect("^=== RUN   TestA\n^--- PASS: TestA (12.34s)\n").cases;
  expect(only?.duration_ms).toBe(12_335);
});

test("attributes become properties", () => {
  expect(collect("^=== RUN   TestA\n^=== ATTR  TestA owner the team\n^--- PASS: TestA (0.00s)\n").cases[0]?.properties).toEqual({
    owner: "the team",
  });
});
