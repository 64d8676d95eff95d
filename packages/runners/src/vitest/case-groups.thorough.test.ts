import { afterEach, beforeEach, expect, test } from "vitest";
import type { CaseResult } from "../runner.ts";
import { TestProject } from "./testing/project.ts";
import { runIn } from "../testing/test-folder.ts";

const imports = `import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { appendFileSync } from "node:fs";
const log = (line: string) => appendFileSync("log", line + "\\n");\n`;

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const names = [
  "a",
  "a b",
  "a b c",
  "a > b",
  "(re.g|e[x]p)+? ^\\d{2}$ /x/g",
  `quotes ' " \` \\" $HOME $(rm) ; & | < > * ? # ! ~ %PATH% ^`,
  "Ünïcode 測試 🦊",
  "line\nbreak\ttab",
  "%s $& %%",
  " ",
];

const file = `${imports}
beforeAll(() => log("all"));
beforeEach(() => log("each"));
const names = ${JSON.stringify(names)};
for (const name of names) test(name, () => log("ran " + JSON.stringify(name)));
describe("a", () => {
  beforeAll(() => log("inner"));
  afterAll(() => log("inner done"));
  test("b", () => log("ran a > b"));
  test("same", () => log("ran same"));
  test("same", () => log("ran same"));
  test.skip("skipped", () => {});
  test.todo("later");
  test.fails("expected", () => { throw new Error("known"); });
});
describe("a b", () => { beforeAll(() => log("other")); test("c", () => log("ran a b > c")); });
describe("a", () => { test("b c", () => log("ran a > b c")); });
describe.each([1, 2])("n %i", (n) => { test.each([[1, "x"], [2, "y"]])("%i %s", (m) => log("ran n" + n + m)); });
describe.shuffle("shuffled", () => { test("1", () => log("ran s1")); test("2", () => log("ran s2")); });
describe.concurrent("together", () => { test("1", async () => log("ran t1")); test("2", { concurrent: false }, () => log("ran t2")); });
test.concurrent("beside", async () => log("ran beside"));
afterAll(() => log("all done"));
`;
const inGroups = [
  ...[["b"], ["same"], ["same"], ["skipped"], ["later"], ["expected"]].map((path) => ["a", ...path]),
  ["a b", "c"],
  ["a", "b c"],
  ...[1, 2].flatMap((n) => ["1 x", "2 y"].map((name) => [`n ${n}`, name])),
  ...["shuffled", "together"].flatMap((name) => [
    [name, "1"],
    [name, "2"],
  ]),
  ["beside"],
];

const paths = [...names.map((name) => [name]), ...inGroups];

test("the cases of a file are listed without running any", async () => {
  await project.write({ "a.test.ts": file });
  const listed = await project.list("a.test.ts");
  expect(listed.map(({ path }) => path)).toEqual(paths);
  expect(listed.slice(names.length, names.length + 3).map(({ line }) => line)).toEqual([12, 13, 14]);
  expect(await project.log()).toEqual([]);
});

test.each([
  ["forks", true],
  ["forks", false],
  ["vmThreads", true],
])("any group of a file's cases runs alone (pool %s, isolate %s)", async (pool, isolate) => {
  await project.write({
    "a.test.ts": file,
    "vitest.config.ts": `export default { test: { pool: "${pool}", isolate: ${isolate}, setupFiles: ["./own.ts"] } };`,
    "own.ts": imports,
  });
  const all = [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
  // Those that look like each other are in different groups; what is left is one more, so that none runs twice.
  const groups = [0, 1, 2].map((part) => all.filter((_path, index) => index % 3 === part));
  const session = await project.open();
  const [whole, ...parts] = await runIn(session, "a.test.ts", ...groups.map((cases) => ({ file: "a.test.ts", cases })));
  const ran = (await project.log()).filter((line) => line.startsWith("ran "));
  expect(ran.splice(ran.length / 2).toSorted()).toEqual(ran.toSorted());
  const key = ({ path, ordinal, status, note }: CaseResult) => JSON.stringify([path, ordinal, status, note]);
  expect(parts.flatMap(({ cases }) => cases.map(key)).toSorted()).toEqual(whole?.cases.map(key).toSorted());
  expect(parts.map(({ cases }) => new Set(cases.map(({ path }) => JSON.stringify(path))))).toEqual(
    groups.map((group) => new Set(group.map((path) => JSON.stringify(path)))),
  );
  expect(parts.map(({ result }) => result?.outcome)).toEqual(["passed", "passed", "passed"]);
});

test("hooks run for each group, as if the other cases were not there", async () => {
  await project.write({ "a.test.ts": file });
  const session = await project.open();
  await runIn(session, { file: "a.test.ts", cases: [["a", "same"]] });
  const around = ["each", "ran same", "each", "ran same"];
  expect(await project.log()).toEqual(["all", "inner", ...around, "inner done", "all done"]);
  await runIn(session, { file: "a.test.ts", cases: [["a b", "c"]] });
  expect(await project.log()).toEqual(["all", "other", "each", "ran a b > c", "all done"]);
});

test("a group of cases that are gone, or skipped, is not green; snapshots of the others are not obsolete", async () => {
  await project.write({
    "a.test.ts": `${imports}test("is there", () => {}); test.skip("skipped", () => {}); test("bad", () => expect(1).toBe(2));`,
    "b.test.ts": `${imports}test("1", () => {}); test.only("2", () => {});`,
    "c.test.ts": `${imports}for (const name of ["one", "two"]) test(name, () => expect(1).toMatchSnapshot());`,
    "__snapshots__/c.test.ts.snap": `// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html\n\nexports[\`one 1\`] = \`1\`;\n\nexports[\`two 1\`] = \`1\`;\n`,
    "vitest.config.ts": `export default { test: { allowOnly: true } };`,
  });
  const ran = await runIn(
    await project.open(),
    { file: "a.test.ts", cases: [["is there"], ["was there"]] },
    { file: "a.test.ts", cases: [["skipped"]] },
    { file: "a.test.ts", cases: [["bad"]] },
    { file: "b.test.ts", cases: [["1"]] },
    { file: "b.test.ts", cases: [["2"]] },
    { file: "c.test.ts", cases: [["two"]] },
    { file: "a.test.ts", cases: [["is there"]], args: ["--typecheck"] },
    "a.test.ts",
  );
  expect(ran.map(({ result }) => result?.outcome)).toEqual([
    "errored",
    "skipped",
    "failed",
    "skipped",
    "passed",
    "passed",
    "failed",
    "failed",
  ]);
  expect(ran[0]?.result?.failure?.message).toContain("‘was there’");
  expect(ran[6]?.result?.failure?.message).toContain("not for groups");
  expect(ran[7]?.cases).toHaveLength(3);
});

test("a case that nobody knew of is run by the task that leaves out all that is named elsewhere, and by no other", async () => {
  await project.write({
    "a.test.ts": `${imports}import { existsSync } from "node:fs";
describe("a", () => { test("one", () => log("one")); test("two", () => log("two")); });
if (existsSync("more")) describe("a", () => { test("new", () => { log("new"); expect(existsSync("good")).toBe(true); }); });`,
  });
  const paths = (await project.list("a.test.ts")).map(({ path }) => path);
  expect(paths).toEqual([
    ["a", "one"],
    ["a", "two"],
  ]);
  const session = await project.open();
  const file = "a.test.ts";
  const run = async () => {
    const ran = await runIn(session, { file, cases: [["a", "one"]] }, { file, except: [["a", "one"]] }, { file, except: paths });
    return ran.map(({ cases, result }) => [...cases.map(({ path }) => path.at(-1)), result?.outcome].join(" "));
  };
  expect(await run()).toEqual(["one passed", "two passed", "skipped"]);
  await project.log();
  await project.write({ more: "" });
  expect(await run()).toEqual(["one passed", "two new failed", "new failed"]);
  expect(await project.log()).toEqual(["one", "two", "new", "new"]);
  await project.write({ good: "" });
  expect(await run()).toEqual(["one passed", "two new passed", "new passed"]);
});

test("each project of the configuration lists its own cases; a file that cannot be loaded has none, and says why", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { projects: [
      { test: { name: "one", include: ["*.test.ts"], env: { WHO: "one" } } },
      { test: { name: "two", include: ["*.test.ts"], env: { WHO: "two" }, globalSetup: "./setup.ts" } },
      { test: { name: "all", include: ["*.test.ts"], runner: "./runner.ts" } },
    ] } };`,
    "runner.ts": `import { TestRunner } from "vitest";
export default class extends TestRunner { onBeforeRunTask(test: any) { test.mode = "run"; return super.onBeforeRunTask(test); } }`,
    "d.test.ts": `${imports}test("a", () => {}); test("b", () => {});`,
    "setup.ts": `import { appendFileSync } from "node:fs"; export default () => () => appendFileSync("log", "down\\n");`,
    "a.test.ts": `${imports}test("is " + process.env.WHO, () => {});`,
    "b.test.ts": `${imports}import "no-such-package"; test("b", () => {});`,
  });
  expect(await project.list("a.test.ts", ["--project=two"])).toEqual([{ path: ["is two"], line: 4 }]);
  expect(await project.log()).toEqual(["down"]);
  const session = await project.open();
  const task = { file: "a.test.ts", args: ["--project=two"] };
  const [right, wrong, more] = await runIn(
    session,
    { ...task, cases: [["is two"]] },
    { ...task, cases: [["is one"]] },
    { file: "d.test.ts", args: ["--project=all"], cases: [["a"]] },
  );
  expect([right?.result?.outcome, wrong?.result?.outcome]).toEqual(["passed", "errored"]);
  // A runner of the project's own that runs what is to be left out.
  expect(more?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("‘b’") } });
  await expect(project.list("b.test.ts", ["--project=one"])).rejects.toMatchObject({
    code: "discovery-failed",
    message: expect.stringContaining("no-such-package"),
  });
});

test("what an earlier attempt finished is left out: of one path all or none; what is not there is no green", async () => {
  await project.write({
    "a.test.ts": `${imports}describe("a", () => { for (const name of ["same", "same", "one", "two"]) test(name, () => log(name)); test.skip("off", () => {}); });`,
  });
  const paths = (...names: string[]) => names.map((name) => ["a", name]);
  const file = "a.test.ts";
  const ran = await runIn(
    await project.open(),
    { file, finished: paths("same", "one") },
    { file, finished: paths("same", "same", "two") },
    { file, finished: paths("same", "same", "one", "two", "off") },
    { file, cases: paths("one", "two"), finished: paths("one") },
    { file, except: paths("same"), finished: paths("two") },
    { file, finished: [["a", "gone"]] },
    { file, finished: paths("one", "one") },
    { file, finished: paths("one"), args: ["--typecheck"] },
  );
  const told = ran.map(({ cases, result }) =>
    [...cases.map(({ path, ordinal }) => `${path.at(-1)}${ordinal}`), result?.outcome].join(" "),
  );
  expect(told.slice(0, 5)).toEqual([
    "same0 same1 two0 off0 passed",
    "one0 off0 passed",
    "skipped",
    "two0 passed",
    "one0 off0 passed",
  ]);
  expect(ran.slice(5, 7).map(({ result }) => result?.failure?.kind)).toEqual(["runner-error", "runner-error"]);
  expect((await project.log()).slice(0, 6)).toEqual(["same", "same", "two", "one", "two", "one"]);
});
