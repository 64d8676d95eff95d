import { expect, test } from "vitest";
import { annotationsOf } from "./annotations.ts";
import { reportFromCases } from "./from-cases.ts";
import { sampleReport } from "./sample.test-data.ts";

function only(result: { file?: string; line?: number; details?: string; message?: string }) {
  const report = reportFromCases({
    name: "x",
    allow_empty: false,
    files: [
      {
        suite: "unit",
        file: "src/cart.test.ts",
        cases: [{ path: ["cart", "adds"], ordinal: 0, status: "failed", duration_ms: 1, retries: 0, ...result }],
      },
    ],
  });
  return annotationsOf(report)[0];
}

test("an annotation stands where the test noticed the failure, not where the test begins", () => {
  const details =
    "Error: no\n    at add (/w/src/cart.ts:9:3)\n    at /w/src/cart.test.ts:41:5\n    at run (/w/node_modules/v/x.js:1:1)";
  expect(only({ line: 30, details })).toMatchObject({
    path: "src/cart.test.ts",
    line: 41,
    title: "cart > adds",
    level: "failure",
  });
});

test("without a stack it stands where the test does, and without a place at the file's start", () => {
  expect(only({ line: 30, message: "no" })).toMatchObject({ path: "src/cart.test.ts", line: 30, message: "no" });
  expect(only({ message: "no" })).toMatchObject({ path: "src/cart.test.ts", line: 1 });
});

test("what failed outside of all tests stands where the stack in its message says", () => {
  const report = sampleReport();
  const index = report.tasks.findIndex(({ attempts }) => attempts.at(-1)?.failure?.kind === "crash");
  const place = (frames: string) => {
    const tasks = report.tasks.map((task, at) => {
      const attempts = task.attempts.map((attempt) => ({
        ...attempt,
        failure: { kind: "setup-error" as const, message: `ReferenceError: x is not defined${frames}` },
      }));
      return at === index ? { ...task, attempts } : task;
    });
    const found = annotationsOf({ ...report, tasks }).find(({ message }) => message.includes("x is not defined"));
    return found && `${found.path}:${found.line}`;
  };
  const file = report.tasks[index]?.file ?? "";
  expect(place(`\n    at deep (/w/src/cart.ts:9:3)\n    at /w/${file}:41:5`)).toBe(`${file}:41`);
  expect(place("\n    at deep (src/cart.ts:9:3)")).toBe("src/cart.ts:9");
  expect(place("")).toBe(`${file}:1`);
});

test("a path outside the workspace is nobody's line", () => {
  expect(only({ file: "../other/x.ts", message: "no" })).toMatchObject({ path: "src/cart.test.ts" });
});

test("each fault of a report has one annotation with a text", () => {
  const annotations = annotationsOf(sampleReport());
  expect(annotations.length).toBeGreaterThan(5);
  for (const { message, path, line } of annotations) {
    expect(message).not.toBe("");
    expect(path).not.toBe("");
    expect(line).toBeGreaterThan(0);
  }
});
