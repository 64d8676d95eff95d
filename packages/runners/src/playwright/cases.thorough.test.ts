import { afterEach, expect, test } from "vitest";
import { imports, run, summary, Workspace } from "./testing/workspace.ts";

let workspace: Workspace | undefined;
afterEach(async () => {
  await workspace?.remove();
  workspace = undefined;
});

/** Titles that are patterns, separators, quotes and shell signs to somebody. */
const odd = [
  `a`,
  `a b`,
  `.*`,
  `^(a|b)$ [x]`,
  `"double" 'single' \`back\``,
  `$HOME $(date) \\ ; & | > < ! #`,
  `x › y`,
  `x > y`,
  `line:12:5`,
  ` padded `,
  `@tag`,
  `naïve 日本 🎉`,
];

test("the cases of a file are listed as they run, and any group of them runs alone, exactly", async () => {
  workspace = await Workspace.make({
    "a.spec.ts": `${imports}console.log("loaded");
for (const title of ${JSON.stringify(odd)}) test(title, () => { console.log("ran " + title); });
test.describe("a", () => { test("b", () => {}); test("a", () => {}); test.describe("b", () => { test("c", () => {}); }); });
test.describe.serial("turns", () => { test("one", () => {}); test.describe(() => { test("two", () => {}); }); test("three", () => {}); });
test.skip("skipped", () => {});
`,
    "only.spec.ts": `${imports}test("out", () => {}); test.describe.only("in", () => { test("x", () => {}); test.only("y", () => {}); });`,
    "broken.spec.ts": `throw new Error("does not load");`,
  });
  const inner = [
    ["a", "b"],
    ["a", "a"],
    ["a", "b", "c"],
  ];
  const listed = await workspace.listCases("a.spec.ts");
  expect(listed.map(({ path }) => path)).toEqual([...odd.map((title) => [title]), ...inner, ["turns", "one"], ["skipped"]]);
  expect(listed.map(({ line }) => line)).toEqual([...odd.map(() => 3), 4, 4, 4, 5, 6]);

  const session = await workspace.open();
  const even = listed.filter((_, index) => index % 2 === 0).map(({ path }) => path);
  const rest = listed.filter((_, index) => index % 2 === 1).map(({ path }) => path);
  const task = { file: "a.spec.ts", args: [] };
  const ran = await run(session, { ...task, cases: even }, { ...task, cases: rest }, "a.spec.ts", { ...task, cases: [["a"]] });
  const pathsOf = (index: number) => (ran[index]?.cases ?? []).map(({ path }) => JSON.stringify(path));
  const withTurns = (paths: readonly (readonly string[])[]) =>
    paths.flatMap((path) => (path[0] === "turns" ? ["one", "two", "three"].map((title) => ["turns", title]) : [path]));
  expect(pathsOf(0)).toEqual(withTurns(even).map((path) => JSON.stringify(path)));
  expect(pathsOf(1)).toEqual(withTurns(rest).map((path) => JSON.stringify(path)));
  expect([...pathsOf(0), ...pathsOf(1)].sort()).toEqual(pathsOf(2).sort());
  expect(pathsOf(3)).toEqual([`["a"]`]);
  expect(ran.map(({ result }) => result?.outcome)).toEqual(["passed", "passed", "passed", "passed"]);

  expect((await workspace.listCases("only.spec.ts")).map(({ path }) => path)).toEqual([["in", "y"]]);
  expect((await run(session, "only.spec.ts")).map(summary)).toEqual([["in > y: passed"]]);
  await expect(workspace.listCases("broken.spec.ts")).rejects.toMatchObject({
    code: "discovery-failed",
    message: expect.stringContaining("does not load"),
  });
});

test("a case that nobody knew of is run by the task that leaves out all that is named elsewhere; one that is gone is missed", async () => {
  workspace = await Workspace.make({
    "a.spec.ts": `${imports}import { existsSync } from "node:fs";
const has = (name: string) => existsSync(__dirname + "/" + name);
test("one", () => {});
if (!has("gone")) test("two", () => {});
test.describe.serial("turns", () => { test("first", () => {}); test("second", () => {}); if (has("more")) test("third", () => {}); });
if (has("more")) test("new", () => { expect(has("good")).toBe(true); });`,
    "only.spec.ts": `${imports}test("out", () => {}); test.only("in", () => {}); test.only("and", () => {});`,
  });
  const paths = (await workspace.listCases("a.spec.ts")).map(({ path }) => path);
  expect(paths).toEqual([["one"], ["two"], ["turns", "first"]]);
  const task = { file: "a.spec.ts", args: [] };
  const named = [["two"], ["turns", "first"]];
  const tasks = [
    { ...task, cases: named },
    { ...task, except: named },
    { ...task, except: paths },
  ];
  const ranAs = async () => {
    // A host loads a file once.
    await workspace?.closeSessions();
    const session = await workspace?.open();
    const ran = session === undefined ? [] : await run(session, ...tasks);
    return ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
  };
  expect(await ranAs()).toEqual(["two first second passed", "one passed", "skipped"]);
  await workspace.write({ more: "" });
  expect(await ranAs()).toEqual(["two first second third passed", "one new failed", "new failed"]);
  await workspace.write({ good: "" });
  expect(await ranAs()).toEqual(["two first second third passed", "one new passed", "new passed"]);
  await workspace.write({ gone: "" });
  expect(await ranAs()).toEqual(["first second third errored", "one new passed", "new passed"]);

  const only = await run(await workspace.open(), { file: "only.spec.ts", args: [], except: [["in"]] });
  expect(only.map(summary)).toEqual([["and: passed"]]);
});

test("what an earlier attempt finished is left out, of what depends on each other all or none; what is not there is no green", async () => {
  workspace = await Workspace.make({
    "a.spec.ts": `${imports}test("one", () => {}); test("two", () => {});
test.describe.serial("turns", () => { test("first", () => {}); test("second", () => {}); });
test.skip("off", () => {});`,
  });
  const task = { file: "a.spec.ts", args: [] };
  const turns = [
    ["turns", "first"],
    ["turns", "second"],
  ];
  const ran = await run(
    await workspace.open(),
    { ...task, finished: [["one"], ["turns", "first"]] },
    { ...task, finished: [["one"], ...turns] },
    { ...task, finished: [["one"], ["two"], ["off"], ...turns] },
    { ...task, cases: [["two"], ["turns", "first"]], finished: [["two"]] },
    { ...task, finished: [["gone"]] },
  );
  const told = ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
  expect(told.slice(0, 4)).toEqual(["two first second off passed", "two off passed", "skipped", "first second passed"]);
  expect(ran[4]?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
});

test("the repetitions of a case run together, in each project by its own grep", async () => {
  workspace = await Workspace.make({
    "playwright.config.ts": `export default { repeatEach: 2, projects: [{ name: "all" }, { name: "some", grep: /two/ }] };`,
    "a.spec.ts": `${imports}test("one", () => {}); test("two", () => {});`,
  });
  expect(await workspace.listCases("a.spec.ts", ["--project=some"])).toEqual([
    { path: ["two"], line: 2 },
    { path: ["two"], line: 2 },
  ]);
  const task = { file: "a.spec.ts", args: ["--project=all"], cases: [["two"]] };
  const [ran] = await run(await workspace.open(), task);
  expect(ran?.cases.map(({ path, ordinal }) => [...path, ordinal])).toEqual([
    ["two", 0],
    ["two", 1],
  ]);
});
