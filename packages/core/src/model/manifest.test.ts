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
  const part = (index: number, choice: { cases: string[][] } | { except: string[][] }, more: object = {}) => ({
    ...task,
    key: `unit:a ${index}`,
    part: { of: "unit:a", index, count: 3, ...choice, expected_ms: 1, ...more },
  });
  const first = part(0, { cases: [["x"], ["y"]] });
  const second = part(1, { cases: [["z"]] });
  const rest = part(2, { except: [["z"], ["x"], ["y"]] });
  expect(manifestText({ suites: [], tasks: [rest, second, first] })).toBe(manifestText({ suites: [], tasks: [task] }));
  expect(brokenFiles([first, second, rest])).toEqual([]);
  const other = [first, second, rest].map(({ part: share, ...each }) => ({ ...each, part: { ...share, of: "unit:b" } }));
  expect(brokenFiles([task, ...other])).toEqual([]);
  const broken = [
    [first],
    [first, second],
    [first, second, rest, rest],
    [first, { ...second, hash: "b".repeat(64) }, rest],
    [task, first, second, rest],
    // A case that no part runs, or that two do.
    [first, second, part(2, { cases: [["w"]] })],
    [first, second, part(2, { except: [["x"], ["y"], ["z"], ["w"]] })],
    [first, second, part(2, { except: [["x"], ["y"]] })],
    [first, second, part(2, { except: [["x"], ["y"], ["y"]] })],
    [first, part(1, { cases: [["y"]] }), rest],
    [first, part(1, { except: [["x"], ["y"]] }), part(2, { cases: [["z"]] })],
    [first, part(1, { except: [["x"], ["y"], ["z"]] }), rest],
  ];
  for (const tasks of broken) expect(brokenFiles(tasks)).toEqual(["unit:a"]);
});
