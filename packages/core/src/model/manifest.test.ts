import { expect, test } from "vitest";
import { brokenFiles, manifestText, type ManifestSource } from "./manifest.ts";

const task = {
  key: "unit:a.ts",
  suite: "unit",
  hash: "0".repeat(64),
  args: ["x"],
  requirements: { os: "linux", tags: ["cuda"] },
} as const;
const suite = { name: "unit", runner: "command", directory: ".", options: { command: "./check {file}", report: "exit-code" } };
const source = (
  changes: Partial<Omit<ManifestSource["tasks"][number], "args">> = {},
  suites: ManifestSource["suites"] = [suite],
): ManifestSource => ({
  tasks: [{ ...task, args: ["x"], requirements: { os: "linux", tags: ["cuda"] }, ...changes }],
  suites,
});

test("the order of tasks, suites and fields makes no difference", () => {
  const other = { ...suite, name: "other" };
  const second = { ...source().tasks[0]!, key: "unit:b.ts" };
  const one = { tasks: [source().tasks[0]!, second], suites: [suite, other] };
  const reversed = {
    tasks: [second, ...source({ requirements: { tags: ["cuda"], os: "linux" } }).tasks],
    suites: [other, { ...suite, options: { report: "exit-code", command: "./check {file}" } }],
  };
  expect(manifestText(reversed)).toBe(manifestText(one));
});

test("what is run, with what and on what does", () => {
  const texts = [
    source(),
    source({ hash: "1".repeat(64) }),
    source({ requirements: { os: "win32", tags: ["cuda"] } }),
    source({ requirements: {} }),
    source({}, [{ ...suite, options: { ...suite.options, command: "true" } }]),
    source({}, [{ ...suite, runner: "pytest" }]),
    source({}, [{ ...suite, directory: "sub" }]),
  ].map(manifestText);
  expect(new Set(texts).size).toBe(texts.length);
});

test("how a file was split is no matter for the hash, but its parts must make up the whole", () => {
  const task = { key: "unit:a", suite: "unit", file: "a", hash: "a".repeat(64), args: [], requirements: {} };
  const part = (index: number, more: object = {}) => ({
    ...task,
    key: `unit:a ${index}`,
    part: { of: "unit:a", index, count: 2, cases: [["x"]], expected_ms: 1 },
    ...more,
  });
  expect(manifestText({ suites: [], tasks: [part(1), part(0)] })).toBe(manifestText({ suites: [], tasks: [task] }));
  expect(
    brokenFiles([
      task,
      part(0, { part: { ...part(0).part, of: "unit:b" } }),
      part(1, { part: { ...part(1).part, of: "unit:b" } }),
    ]),
  ).toEqual([]);
  expect(brokenFiles([part(0)])).toEqual(["unit:a"]);
  expect(brokenFiles([part(0), part(1), part(1)])).toEqual(["unit:a"]);
  expect(brokenFiles([part(0), part(1, { hash: "b".repeat(64) })])).toEqual(["unit:a"]);
  expect(brokenFiles([task, part(0), part(1)])).toEqual(["unit:a"]);
});
