import { expect, test } from "vitest";
import { invocationsFor, levelsOf } from "./test-patterns.ts";

const flagsOf = (...args: Parameters<typeof invocationsFor>) => invocationsFor(...args).map((flags) => Object.fromEntries(flags));

test("without cases, all that the suite asks for runs once", () => {
  expect(flagsOf(new Map([["run", "A/b"]]), undefined)).toEqual([{ run: "A/b" }]);
});

test("cases are named whole, and keep what the suite asks of their subtests", () => {
  expect(flagsOf(new Map(), [["TestA"], ["TestAB"], ["TestA"]])).toEqual([{ run: "^(TestA|TestAB)$" }]);
  expect(flagsOf(new Map([["run", "Test[/]?.*/sub"]]), [["TestA"]])).toEqual([{ run: "^(TestA)$/sub" }]);
  expect(flagsOf(new Map(Object.entries({ short: "true", bench: ".", run: "^$" })), [["BenchmarkA"], ["TestA"]])).toEqual([
    { short: "true", bench: "^(BenchmarkA)$", run: "^$" },
    { short: "true", run: "^(TestA)$" },
  ]);
});

test("subtests are named below their parent alone", () => {
  expect(flagsOf(new Map(), [["TestA", "x.y"], ["TestB", "x"], ["TestA", "(z)"], ["TestC"]])).toEqual([
    { run: String.raw`^TestA$/^(x\.y|\(z\))$` },
    { run: "^TestB$/^(x)$" },
    { run: "^(TestC)$" },
  ]);
});

test("more names than a command line holds come in several runs", () => {
  const names = Array.from({ length: 5000 }, (_, index) => `TestWithALongName${index}`);
  const runs = flagsOf(
    new Map(),
    names.map((name) => [name]),
  ).map(({ run = "" }) => run);
  expect(runs.length).toBeGreaterThan(1);
  expect(Math.max(...runs.map((run) => run.length))).toBeLessThan(25_000);
  expect(runs.flatMap((run) => run.slice(2, -2).split("|"))).toEqual(names);
});

test("a pattern's first level is what top-level names are matched with", () => {
  expect(levelsOf("A|B")).toEqual({ first: "A|B", rest: "" });
  expect(levelsOf(String.raw`A(b/c|d)[/]\//x/y`)).toEqual({ first: String.raw`A(b/c|d)[/]\/`, rest: "/x/y" });
  expect(levelsOf("A/x|B/y")).toBeUndefined();
});
