import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { annotationsOf } from "../reports/annotations.ts";
import { reportFromCases } from "../reports/from-cases.ts";
import { locateCases } from "./locate-cases.ts";
import { projectFiles } from "./project-files.ts";
import { isGoTest, readGoTest } from "./read-go-test.ts";
import { junitFiles } from "./read-junit.ts";

const text = readFileSync(join(import.meta.dirname, "producers", "go-test.jsonl"), "utf8");
const line = (event: object) => `${JSON.stringify(event)}\n`;
const cases = (stream: string) =>
  readGoTest([stream], "x").suites.flatMap(({ name, cases: found }) =>
    found.map(
      ({ result }) =>
        `${name} ${result.path.join()} ${result.status}${result.message === undefined ? "" : `: ${result.message}`}`,
    ),
  );

test("tests, subtests, skips, a panic, and a package that was not built", () => {
  expect(isGoTest(text)).toBe(true);
  expect(cases(text)).toEqual([
    "example.com/shop/broken (package) errored: The package failed, and none of its tests did.",
    "example.com/shop/cart TestAdds passed",
    "example.com/shop/cart TestRemoves/empty failed: got 2, want 3",
    "example.com/shop/cart TestRemoves failed",
    "example.com/shop/cart TestSkipped skipped: later",
    "example.com/shop/panics TestPanics failed: panic: assignment to entry in nil map [recovered]",
  ]);
  for (const size of [1, 7, 1000]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    expect(readGoTest(pieces, "x")).toEqual(readGoTest([text], "x"));
  }
});

test("failures are shown at their lines", () => {
  const files = projectFiles({ names: ["cart/cart_test.go", "panics/panics_test.go"], roots: [], prefixes: [], folder: "" });
  const report = reportFromCases({ name: "go", files: junitFiles(locateCases(readGoTest([text], "x"), files)) });
  expect(annotationsOf(report).map(({ path, line: at, title }) => `${path}:${at} ${title}`)).toEqual(
    expect.arrayContaining(["cart/cart_test.go:9 TestRemoves/empty", "panics/panics_test.go:7 TestPanics"]),
  );
  expect(report.verdict).toBe("errored");
});

test("what has no end is no success", () => {
  const start =
    line({ Action: "run", Package: "p", Test: "TestA" }) +
    line({ Action: "output", Package: "p", Test: "TestA", Output: "half\n" });
  expect(cases(start)).toEqual([
    "p TestA errored: It has no end: the package's process was gone before.",
    "p (package) errored: The package has no end: what ran it was gone before.",
  ]);
  const passed = start + line({ Action: "pass", Package: "p", Test: "TestA", Elapsed: 0.25 });
  expect(cases(passed)).toEqual(["p TestA passed", "p (package) errored: The package has no end: what ran it was gone before."]);
  expect(cases(passed + line({ Action: "pass", Package: "p", Elapsed: 1 }))).toEqual(["p TestA passed"]);
  expect(cases(passed + line({ Action: "fail", Package: "p" }))).toHaveLength(2);
});

test("a package that newer versions of Go could not build says why", () => {
  const stream =
    line({ ImportPath: "p [p.test]", Action: "build-output", Output: "./p_test.go:5:32: undefined: x\n" }) +
    line({ ImportPath: "p [p.test]", Action: "build-fail" }) +
    line({ Action: "start", Package: "p" }) +
    line({ Action: "fail", Package: "p", Elapsed: 0, FailedBuild: "p [p.test]" }) +
    line({ Action: "start", Package: "none" }) +
    line({ Action: "skip", Package: "none" });
  const [suite, ...others] = readGoTest([stream], "x").suites;
  expect(others).toEqual([]);
  expect(suite?.cases[0]?.result.details).toContain("undefined: x");
});

test("what is none is refused", () => {
  expect(() => readGoTest(["ok  \tp\t0.1s\n"], "x.json")).toThrow("it holds no event");
  expect(isGoTest('{"version":1,"run":{"Package":"x"}}')).toBe(false);
});
