import { describe, expect, test } from "vitest";
import type { CaseResult } from "../runner.ts";
import { jestRunner } from "./runner.ts";
import {
  versions,
  workspace,
  environment,
  useJest,
  write,
  open,
  listCases,
  run,
  summary,
  emptyResult,
  logging,
  logged,
  manifest,
  plain,
} from "./testing/jest-suite.ts";

describe("groups of cases", () => {
  const names = [
    "a",
    "a b",
    "a.*",
    "^a$",
    "(",
    "[x]",
    "a|b",
    'it\'s "quoted" `$HOME` \\d \u00e9 \u{1F600}',
    "A",
    " ",
    "",
    "%s",
    "$&",
  ];
  const file = () =>
    logging(`
beforeAll(() => log("all"));
beforeEach(() => log("each"));
const names = ${JSON.stringify(names)};
for (const name of names) test(name, () => log("ran " + name));
describe("a", () => {
  beforeAll(() => log("inner"));
  test("b", () => log("ran a > b"));
  test("same", () => { log("ran same"); });
  test("same", () => { log("ran same"); });
  test.skip("skipped", () => {});
  test.todo("later");
});
describe("a b", () => { beforeAll(() => log("other")); test("c", () => log("ran a b > c")); });
describe("a", () => { test("b c", () => log("ran a > b c")); });
describe.each([1, 2])("n %i", (n) => { test.each([[1, "x"], [2, "y"]])("%i %s", (m) => log("ran " + n + m)); });
test.concurrent("together", async () => log("ran together"));
`);

  test.each(versions)("%s lists them without running any, and runs exactly those it is given", async (installed) => {
    await useJest(installed);
    await write({ ...manifest(), "a.test.js": file() });
    const paths =
      (await jestRunner.listCases?.({ workspace, directory: ".", options: {}, environment, file: "a.test.js", args: [] })) ?? [];
    expect(paths.map(({ path }) => path)).toEqual([
      ...names.map((name) => [name]),
      ["a", "b"],
      ["a", "same"],
      ["a", "same"],
      ["a", "skipped"],
      ["a", "later"],
      ["a b", "c"],
      ["a", "b c"],
      ["n 1", "1 x"],
      ["n 1", "2 y"],
      ["n 2", "1 x"],
      ["n 2", "2 y"],
      ["together"],
    ]);
    expect(paths.map(({ line }) => line).slice(-11, -5)).toEqual([10, 11, 12, 13, 15, 16]);
    expect(await logged()).toEqual([]);

    const all = [...new Set(paths.map(({ path }) => JSON.stringify(path)))].map((text) => JSON.parse(text) as string[]);
    const target = await open();
    const whole = (await run(target, "a.test.js"))[0];
    // Each name is in a group of its own kind with some of those that look like it in the other.
    const groups = [all.filter((_path, index) => index % 2 === 0), all.filter((_path, index) => index % 2 === 1)];
    const parts = await run(target, ...groups.map((cases) => ({ file: "a.test.js", cases })));
    const key = ({ path, ordinal, status, note }: CaseResult) => JSON.stringify([path, ordinal, status, note]);
    expect(parts.flatMap(({ cases }) => cases.map(key)).toSorted()).toEqual(whole?.cases.map(key).toSorted());
    expect(parts.map(({ cases }) => new Set(cases.map(({ path }) => JSON.stringify(path))))).toEqual(
      groups.map((group) => new Set(group.map((path) => JSON.stringify(path)))),
    );
    expect(parts.map(({ result }) => result?.outcome)).toEqual(["passed", "passed"]);
  });

  test("what is around them runs as if the others were not there", async () => {
    await write({ ...manifest(), "a.test.js": file() });
    const target = await open();
    await run(target, { file: "a.test.js", cases: [["a", "same"]] });
    expect(await logged()).toEqual(["all", "inner", "each", "ran same", "each", "ran same"]);
  });

  test("a group of cases that are gone, or skipped, is not green", async () => {
    await write({
      ...manifest(),
      "a.test.js": `test("is there", () => {}); test.skip("skipped", () => {});`,
      "b.test.js": `test("1", () => {}); test.only("2", () => {});`,
      "jasmine.js": `module.exports = async (global, config, environment, runtime, path) => ({ ${emptyResult}, testFilePath: path, numPassingTests: 1, testResults: [{ ancestorTitles: [], title: "x", fullName: "x", status: "passed", failureMessages: [], duration: 1 }] });`,
      "other/package.json": { jest: { ...plain, testRunner: "<rootDir>/../jasmine.js" } },
      "other/c.test.js": "",
    });
    const ran = await run(
      await open(),
      { file: "a.test.js", cases: [["is there"], ["was there"]] },
      { file: "a.test.js", cases: [["skipped"]] },
      { file: "b.test.js", cases: [["1"]] },
      { file: "b.test.js", cases: [["2"]] },
    );
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["errored", "skipped", "skipped", "passed"]);
    expect(ran[0]?.result?.failure?.message).toContain("was there");
    const other = await run(await open({ directory: "other" }), "other/c.test.js", { file: "other/c.test.js", cases: [["x"]] });
    expect(other.map(({ result }) => result?.outcome)).toEqual(["passed", "errored"]);
    expect(summary(other[0])).toEqual(["x: passed"]);
    expect(other[1]?.result?.failure?.message).toContain("Only jest-circus");
  });

  test.each(versions)(
    "%s runs a case that nobody knew of in the task that leaves out all that is named elsewhere",
    async (installed) => {
      await useJest(installed);
      await write({
        ...manifest(),
        "a.test.js": `const { existsSync } = require("node:fs");
describe("a", () => { test("one", () => {}); test("two", () => {}); });
if (existsSync(__dirname + "/more")) describe("a", () => { test("new", () => expect(existsSync(__dirname + "/good")).toBe(true)); });`,
      });
      expect(await listCases("a.test.js")).toEqual(["a > one:2", "a > two:2"]);
      const target = await open();
      const named = [["a", "one"]];
      const ranAs = async () => {
        const tasks = [{ cases: named }, { except: named }, { except: [...named, ["a", "two"]] }];
        const ran = await run(target, ...tasks.map((task) => ({ file: "a.test.js", ...task })));
        return ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
      };
      expect(await ranAs()).toEqual(["one passed", "two passed", "skipped"]);
      await write({ more: "" });
      expect(await ranAs()).toEqual(["one passed", "two new failed", "new failed"]);
      await write({ good: "" });
      expect(await ranAs()).toEqual(["one passed", "two new passed", "new passed"]);
    },
  );

  test.each(versions)("%s leaves out what an earlier attempt finished, of one path all or none", async (installed) => {
    await useJest(installed);
    await write({
      ...manifest(),
      "a.test.js": `describe("a", () => { for (const name of ["same", "same", "one", "two"]) test(name, () => {}); test.skip("off", () => {}); });`,
    });
    const paths = (...names: string[]) => names.map((name) => ["a", name]);
    const file = "a.test.js";
    const ran = await run(
      await open(),
      { file, finished: paths("same", "one") },
      { file, finished: paths("same", "same", "one", "two", "off") },
      { file, cases: paths("one", "two"), finished: paths("one") },
      { file, finished: [["a", "gone"]] },
    );
    const told = ran.map(({ cases, result }) =>
      [...cases.map(({ path, ordinal }) => `${path.at(-1)}${ordinal}`), result?.outcome].join(" "),
    );
    expect(told.slice(0, 3)).toEqual(["same0 same1 two0 off0 passed", "skipped", "two0 passed"]);
    expect(ran[3]?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
  });

  test("a file that cannot be loaded has no list", async () => {
    await write({ ...manifest(), "a.test.js": `require("no-such-package");`, "b.test.js": `test("b", () => {}, "x" +);` });
    await expect(listCases("a.test.js")).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("no-such-package"),
    });
    await expect(listCases("b.test.js")).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("b.test.js"),
    });
  });
});
