import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { vitestRunner } from "../vitest/runner.ts";
import { findMocha } from "./manifest-script.ts";
import { summary, TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

describe("discovery", () => {
  test.each<[string, Record<string, string>]>([
    [".mocharc.js", { ".mocharc.js": `module.exports = { spec: ["checks/*.check.js"], ignore: ["**/b.*"] };` }],
    [".mocharc.cjs", { ".mocharc.cjs": `module.exports = { spec: "checks/*.check.js", exclude: "checks/b.check.js" };` }],
    [".mocharc.mjs", { ".mocharc.mjs": `export default { spec: ["checks/*.check.js", "!x"], ignore: ["checks/b*"] };` }],
    [
      ".mocharc.json",
      { ".mocharc.json": `{ "spec": ["checks"], "recursive": true, "ignore": "checks/b.check.js", "extension": [".check.js"] }` },
    ],
    [".mocharc.jsonc", { ".mocharc.jsonc": `{ /* all */ "spec": "checks/*.check.js", "ignore": ["checks/b.check.js"] }` }],
    [".mocharc.yml", { ".mocharc.yml": `spec: ["checks/*.check.js"]\nignore: ["checks/b.check.js"]\n` }],
    [".mocharc.yaml", { ".mocharc.yaml": `spec:\n  - checks/a.check.js\n` }],
    [
      "the mocha key of package.json",
      { "package.json": `{ "mocha": { "spec": ["checks/*.check.js"], "ignore": ["**/b.check.js"] } }` },
    ],
    [
      "the script ‘test’ of package.json",
      { "package.json": `{ "scripts": { "test": "mocha 'checks/**/*.check.js' --ignore '**/b.*'" } }` },
    ],
  ])("follows %s, and loads no test", async (sign, files) => {
    await project.write({
      ...files,
      "checks/a.check.js": `throw new Error("loaded");`,
      "checks/b.check.js": "",
      "test/default.js": "",
    });
    expect(await project.detect()).toBe(sign);
    expect(await project.discover()).toEqual(["checks/a.check.js"]);
  });

  test.each(["mocha-10", "mocha-11", "mocha"] as const)("takes what mocha takes by default (%s)", async (version) => {
    await project.remove();
    project = await TestProject.create({ mocha: version });
    await project.write({ "package.json": "{}", "pkg/package.json": "{}" });
    expect(await project.discover({}, "pkg")).toEqual([]);
    await project.write({ "pkg/test/b.cjs": "", "pkg/test/a.js": "", "pkg/test/c.mjs": "", "pkg/test/deep/d.js": "" });
    await project.write({ "pkg/test/e.ts": "", "pkg/test/.f.js": "", "pkg/test/first.js": "" });
    await project.write({ "pkg/.mocharc.json": `{ "file": ["test/first.js"] }` });
    expect(await project.discover({}, "pkg")).toEqual(["pkg/test/a.js", "pkg/test/b.cjs", "pkg/test/c.mjs"]);
  });

  test("is limited or replaced by the selection, or has another configuration", async () => {
    await project.write({ "package.json": "{}", "test/b.cjs": "", "test/a.js": "", "test/deep/d.js": "" });
    expect(await project.discover({ excludes: ["**/*.cjs"] })).toEqual(["test/a.js"]);
    expect(await project.discover({ directories: ["test/deep"] })).toEqual([]);
    expect(await project.discover({ patterns: ["test/deep/*.js"] })).toEqual(["test/deep/d.js"]);
    const options = { config: "other.json", args: ["--no-package"] };
    expect(await project.discover({}, ".", options).catch(String)).toContain("other.json");
    await project.write({ "other.json": `{ "spec": "test/deep" }` });
    expect(await project.discover({}, ".", options)).toEqual(["test/deep/d.js"]);
  });

  test("a file that goes first must be there, and the workspace is not left", async () => {
    await project.write({ ".mocharc.json": `{ "file": ["none.js"] }`, "test/a.js": "", "inner/test/b.js": "" });
    await expect(project.discover()).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("none.js"),
    });
    await project.write({ ".mocharc.json": `{ "spec": "../*/package.json" }`, "package.json": "{}" });
    await expect(project.discover()).rejects.toMatchObject({ code: "path-outside-workspace" });
  });
});

describe("detection", () => {
  test.each<[string | undefined, Record<string, string>]>([
    [
      "the script ‘unit’ of package.json",
      { "package.json": `{"scripts":{"lint":"eslint test/mocha","unit":"A=1 npx mocha -R dot"}}` },
    ],
    ["the script ‘test’ of package.json", { "package.json": `{"scripts":{"all":"mocha","test":"c8 --reporter lcov mocha"}}` }],
    [
      undefined,
      { "package.json": `{"scripts":{"test":"npm run mocha","watch":"mocha --watch"},"devDependencies":{"mocha":"12"}}` },
    ],
    [undefined, { "package.json": `{"scripts":{"test":"vitest run"}}`, "vitest.config.ts": "", "test/a.js": "" }],
    [undefined, { "package.json": `not json`, "mocha.opts": "" }],
  ])("finds %s", async (sign, files) => {
    await project.write(files);
    expect(await project.detect()).toBe(sign);
  });

  test("a configuration of mocha's is nobody else's, and none without mocha", async () => {
    await project.write({ ".mocharc.yml": "spec: checks", "package.json": `{"scripts":{"test":"mocha"}}` });
    expect(await vitestRunner.detect({ workspace: project.path, directory: "." })).toBeUndefined();
    await project.remove();
    project = await TestProject.create({});
    await project.write({ ".mocharc.yml": "spec: checks" });
    expect(await project.detect()).toBeUndefined();
    await project.write({ "package.json": `{"devDependencies":{"mocha":"12"}}` });
    expect(await project.detect()).toBe(".mocharc.yml");
  });

  test.each<[string, object | readonly object[] | undefined]>([
    ["mocha", { nodeArgs: [], args: [], environment: {} }],
    [
      "NODE_ENV=test node --import tsx --max-old-space-size=100 ./node_modules/.bin/_mocha 'a b' -g \"x y\" && rm -rf out",
      { nodeArgs: ["--import=tsx", "--max-old-space-size=100"], args: ["a b", "-g", "x y"], environment: { NODE_ENV: "test" } },
    ],
    [
      "cross-env A=1 nyc --reporter text -- mocha spec > out.txt",
      { nodeArgs: [], args: ["spec"], environment: { A: "1" }, tool: { name: "nyc", args: ["--reporter", "text"] } },
    ],
    [
      "yarn mocha a; pnpm exec mocha b",
      [
        { nodeArgs: [], args: ["a"], environment: {} },
        { nodeArgs: [], args: ["b"], environment: {} },
      ],
    ],
    ["yarn run mocha", undefined],
    ["node scripts/mocha.js", undefined],
    ["node run.js mocha", undefined],
    ["echo mocha", undefined],
    ["mocha --inspect-brk", undefined],
    ["mocha 'unclosed", undefined],
  ])("a script: %s", (script, expected) => {
    expect(findMocha(script)).toEqual([expected ?? []].flat());
  });
});

describe("cases", () => {
  const names = [
    "a",
    "a b",
    "a b c",
    `(re.g|e[x]p)+? ^\\d{2}$ /x/g`,
    `quotes ' " \` \\" $HOME $(rm) ; & | < > * ? # ! ~ %PATH% ^`,
    "Ünïcode 測試 🦊",
    "line\nbreak\ttab",
    "",
  ];
  const text = `const names = ${JSON.stringify(names)};
before(() => console.log("root"));
for (const name of names) it(name, () => {});
describe("a", () => {
  before(() => console.log("in a"));
  for (const name of names) it(name, () => {});
  for (const run of [1, 2]) it("same", () => {});
});
describe("a b", () => { before(() => console.log("in a b")); it("c", () => {}); it.skip("left", () => {}); });
`;

  test("are listed as they run, and any group of them runs alone", async () => {
    await project.write({ "test/a.js": text });
    const listed = await project.list("test/a.js");
    const [whole] = await project.run("test/a.js");
    expect(listed.map(({ path }) => path)).toEqual(whole?.cases.map(({ path }) => path));
    expect(listed.map(({ line }) => line)).toEqual(whole?.cases.map(({ line }) => line));
    expect(listed).toHaveLength(2 * names.length + 4);
    const unique = [...new Map(listed.map(({ path }) => [JSON.stringify(path), path])).values()];
    // One group a case, so that any that selects too much or too little shows; all in one process, one after the other.
    const groups = unique.map((path) => ({ file: "test/a.js", args: [], cases: [path] }));
    const ran = await project.run(...groups);
    expect(ran.map(({ result }) => result?.outcome)).toEqual(
      unique.map((path) => (path.at(-1) === "left" ? "skipped" : "passed")),
    );
    expect(ran.flatMap(({ cases }) => cases.map(({ path, ordinal }) => [...path, ordinal]))).toEqual(
      whole?.cases.map(({ path, ordinal }) => [...path, ordinal]),
    );
    expect(ran.map(({ printed }) => printed)).toEqual(
      unique.map(([suite], index) => {
        const { length } = unique[index] ?? [];
        // Mocha runs the hooks around what it skips, too, but for those of the root.
        return `root\n${length === 2 ? `in ${suite}\n` : ""}`;
      }),
    );
  });

  test("that were asked for and are gone are missed; only and grep have their say before", async () => {
    await project.write({
      "test/a.js": `describe("s", () => { it.only("a", () => {}); it("b", () => {}); }); describe.only("t", () => { it("ax", () => {}); it("c", () => {}); });`,
    });
    expect((await project.list("test/a.js")).map(({ path }) => path)).toEqual([
      ["s", "a"],
      ["t", "ax"],
      ["t", "c"],
    ]);
    const cases = [
      ["t", "ax"],
      ["s", "b"],
    ];
    const [all, gone] = await project.run(
      {
        file: "test/a.js",
        args: [],
        cases: [
          ["s", "a"],
          ["t", "ax"],
        ],
      },
      { file: "test/a.js", args: [], cases },
    );
    expect([summary(all), all?.result?.outcome]).toEqual([["s > a: passed", "t > ax: passed"], "passed"]);
    expect(gone?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("s > b") } });
    const listed = await project.list("test/a.js", { args: ["--grep", "a"] });
    expect(listed.map(({ path }) => path.at(-1))).toEqual(["a", "ax"]);
    const [byArguments] = await project.run({ file: "test/a.js", args: ["--fgrep=x", "--invert"] });
    expect(summary(byArguments)).toEqual(["s > a: passed", "t > c: passed"]);
  });

  test("that nobody knew of are run by the task that leaves out all that is named elsewhere, and by no other", async () => {
    const own = `it("own", () => {}); it("other", () => {});`;
    await project.write({
      "test/a.js": `const { Test } = require("mocha");
const { existsSync } = require("node:fs");
it("a", () => {});
if (existsSync("more")) it("new", () => {});
describe("late", () => {
  before(function () {
    this.test.parent.addTest(new Test("added", () => {}));
    describe("block", () => it("inside", () => {}));
  });
  after(() => console.log("left"));
  ${own}
});
describe("more", () => { ${own} });
`,
    });
    const listed = await project.list("test/a.js");
    expect(listed.map(({ path }) => path.join(" "))).toEqual(["a", "late own", "late other", "more own", "more other"]);
    await project.write({ more: "" });
    const [whole] = await project.run("test/a.js");
    expect(whole?.cases.map(({ path }) => path.at(-1))).toEqual(["a", "new", "own", "other", "added", "own", "other", "inside"]);
    // Each suite cut in two: its first test here, its first test there, or all of it elsewhere.
    const named = [["late own"], ["late other", "more own"], ["a"], ["a", "late own", "late other", "more own", "more other"]];
    for (const names of named) {
      const cases = listed.map(({ path }) => path).filter((path) => names.includes(path.join(" ")));
      const task = { file: "test/a.js", args: [] };
      const parts = await project.run({ ...task, cases }, { ...task, except: cases });
      const ran = parts.map((part) => part.cases.map(({ path, ordinal }) => [...path, ordinal].join(" ")));
      expect(ran[1]).toContain("new 0");
      expect(ran.flat().toSorted()).toEqual(whole?.cases.map(({ path, ordinal }) => [...path, ordinal].join(" ")).toSorted());
      expect(parts.map(({ result }) => result?.outcome)).toEqual(["passed", "passed"]);
    }
  });

  test("that an earlier attempt finished are left out, of one path all or none; what is not there is no green", async () => {
    await project.write({
      "test/a.js": `describe("a", () => { before(() => {}); for (const name of ["same", "same", "one", "two"]) it(name, () => {}); it.skip("off", () => {}); });`,
    });
    const paths = (...names: string[]) => names.map((name) => ["a", name]);
    const task = { file: "test/a.js", args: [] };
    const ran = await project.run(
      { ...task, finished: paths("same", "one") },
      { ...task, finished: paths("same", "same", "one", "two", "off") },
      { ...task, cases: paths("one", "two"), finished: paths("one") },
      { ...task, finished: [["a", '"before all" hook for "same"']] },
    );
    const told = ran.map(({ cases, result }) =>
      [...cases.map(({ path, ordinal }) => `${path.at(-1)}${ordinal}`), result?.outcome].join(" "),
    );
    expect(told.slice(0, 3)).toEqual(["same0 same1 two0 off0 passed", "skipped", "two0 passed"]);
    expect(ran[3]?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
  });

  test("of a file that does not load cannot be listed; those of one that waits can", async () => {
    await project.write({ "test/a.js": `console.log("said"); throw new Error("not today");`, "test/b.js": `it("b", () => {});` });
    await expect(project.list("test/a.js")).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("not today"),
    });
    expect(await project.list("test/b.js", { args: ["--delay"] })).toEqual([{ path: ["b"], line: 1 }]);
  });
});

test("a file that failed is run again in a new process, by which time the others have run on", async () => {
  await project.write({
    "test/a.js": `it("a", () => { console.log(process.pid); if (globalThis.left) throw new Error("left over"); globalThis.left = true; throw new Error("first"); });`,
    "test/b.js": `it("b", () => console.log(process.pid));`,
  });
  const [first, other, again] = await project.run("test/a.js", "test/b.js", "test/a.js");
  expect(other?.printed).toBe(first?.printed);
  expect(again?.printed).not.toBe(first?.printed);
  expect(again?.cases[0]?.message).toBe("first");
});

test("the files of one process share what they import and its globals, but neither hooks nor the current folder", async () => {
  await project.write({
    "test/a.js": `require("./shared").n += 1; before(() => console.log("a's hook")); it("a", () => { globalThis.g = 1; process.chdir("/"); });`,
    "test/b.js": `const shared = require("./shared"); it("b", () => console.log(shared.n, globalThis.g, process.cwd()));`,
    "test/c.js": `require("./a.js"); it("c", () => {});`,
    "test/shared.js": `exports.n = 0;`,
  });
  const [, second, third] = await project.run("test/a.js", "test/b.js", "test/c.js");
  expect(second?.printed).toBe(`1 1 ${project.path}\n`);
  // A test file that another one requires belongs to that one, whatever ran here before.
  expect(summary(third)).toEqual(["a: passed", "c: passed"]);
});
