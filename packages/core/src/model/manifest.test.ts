import { expect, test } from "vitest";
import { manifestText, type ManifestSource } from "./manifest.ts";

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
