import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summary, TestProject } from "./testing/project.ts";
import { runTasks } from "../testing/test-folder.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create({ mocha: "mocha", tsx: "tsx" });
});
afterEach(() => project.remove());

const outcomes = (ran: Awaited<ReturnType<TestProject["run"]>>) => ran.map(({ result }) => result?.outcome);

test.each([
  ["tdd", `suite("s", () => { suiteSetup(() => {}); test("a", () => {}); test.skip("b", () => {}); });`],
  ["qunit", `suite("s"); test("a", () => {}); test.skip("b", () => {});`],
  ["exports", `module.exports = { s: { before() {}, a() {}, b: null } };`],
  ["./own-ui.js", `thing("s", { a: () => {}, b: undefined });`],
])("the interface %s", async (ui, text) => {
  await project.write({
    ".mocharc.json": JSON.stringify({ ui }),
    "own-ui.js": `const { Suite, Test } = require("mocha");
module.exports = (root) => root.on("pre-require", (context, file) => {
  context.thing = (title, tests) => {
    const suite = Suite.create(root, title);
    for (const [name, run] of Object.entries(tests)) suite.addTest(Object.assign(new Test(name, run), { file }));
  };
});`,
    "test/a.js": text,
  });
  const [first, again] = await project.run("test/a.js", "test/a.js");
  // What stands for nothing is no test of the exports interface.
  const expected = ["s > a: passed", ...(ui === "exports" ? [] : ["s > b: skipped"])];
  expect([summary(first), summary(again)]).toEqual([expected, expected]);
});

describe("mocha's own options", () => {
  test.each<[object, string, string[], string]>([
    [{ retries: 2 }, `let n = 0; it("a", () => { if (++n < 3) throw new Error("no"); });`, ["a: passed"], "passed"],
    [{ timeout: "5" }, `it("a", (done) => setTimeout(done, 60));`, ["a: failed"], "failed"],
    [{ grep: "/b$/" }, `it("a", () => {}); it("b", () => {});`, ["b: passed"], "passed"],
    [{ fgrep: "b.", invert: true }, `it("ab.", () => {}); it("bc", () => {});`, ["bc: passed"], "passed"],
    [{ "forbid-only": true }, `it.only("a", () => {});`, [], "failed"],
    [{ forbidOnly: true, parallel: false }, `it("a", () => {});`, ["a: passed"], "passed"],
    [{ "forbid-pending": true }, `it("a"); it("b", () => {});`, ["a: failed", "b: passed"], "failed"],
    [{ "check-leaks": true }, `it("a", () => { leaked = 1; }); it("b", () => {});`, ["a: failed", "b: passed"], "failed"],
    [{ "check-leaks": true, global: ["leaked"] }, `it("a", () => { leaked = 1; });`, ["a: passed"], "passed"],
    [{ "async-only": true }, `it("a", () => {});`, ["a: failed"], "failed"],
    [{ "fail-zero": true }, `describe("nothing", () => {});`, [], "failed"],
    [{ "fail-zero": true, grep: "b" }, `it("a", () => {});`, [], "skipped"],
    [{ "pass-on-failing-test-suite": true }, `it("a", () => { throw new Error("no"); });`, ["a: failed"], "passed"],
    [{ "allow-uncaught": true }, `it("a", () => { throw new Error("no"); });`, ["a: errored"], "errored"],
    [{ delay: true }, `setTimeout(() => { it("a", () => {}); run(); }, 5);`, ["a: passed"], "passed"],
    [{ delay: true }, `it("b", () => {}); // another file calls run()`, ["b: passed"], "passed"],
    [
      { "fail-hook-affected-tests": true },
      `before(() => { throw new Error("no"); }); it("a", () => {});`,
      [`"before all" hook for "a": errored`, "a: failed"],
      "failed",
    ],
  ])("%j", async (options, text, cases, outcome) => {
    await project.write({ ".mocharc.json": JSON.stringify(options), "test/a.js": text });
    const ran = await project.run("test/a.js");
    expect([summary(ran[0]), ...outcomes(ran)]).toEqual([cases, outcome]);
  });

  test("stacks are whole where they are asked for", async () => {
    await project.write({ "test/a.js": `it("a", () => { throw new Error("no"); });`, ".mocharc.yml": "full-trace: true" });
    const [ran] = await project.run("test/a.js");
    expect(ran?.cases[0]?.details).toContain("node:internal");
  });

  test("what decides about a whole run does not decide about a file", async () => {
    await project.write({
      ".mocharc.json": JSON.stringify({
        bail: true,
        watch: true,
        "dry-run": true,
        reporter: "json",
        "reporter-option": ["output=own.json"],
        inspect: true,
        jobs: 8,
      }),
      "test/a.js": `it("a", () => { throw new Error("no"); }); it("b", () => { throw new Error("no"); });`,
      "test/b.js": `describe("s", function () { this.bail(true); it("c", () => { throw new Error("no"); }); it("d", () => {}); });`,
      "test/c.js": `it.only("e", () => {}); it("f", () => {});`,
    });
    expect(await project.discover()).toEqual(["test/a.js", "test/b.js", "test/c.js"]);
    const ran = await project.run("test/a.js", "test/b.js", "test/c.js");
    expect(ran.map(summary)).toEqual([["a: failed", "b: failed"], ["s > c: failed"], ["e: passed"]]);
    await expect(access(join(project.path, "own.json"))).rejects.toThrow("ENOENT");
  });

  test("a parallel project finds what mocha's workers give it", async () => {
    await project.write({
      ".mocharc.json": `{ "parallel": true }`,
      "test/a.js": `it("a", () => console.log(process.env.MOCHA_WORKER_ID, Error.stackTraceLimit));`,
      "test/b.js": `it.only("b", () => {});`,
    });
    const tasks = [{ id: 0, file: "test/a.js", args: [] }];
    const [ran] = await runTasks(await project.open({}, ".", { SHARDWRIGHT_SLOT: "3" }), tasks);
    expect(ran?.printed).toBe("3 10\n");
    const [only] = await project.run("test/b.js");
    expect(only?.result).toMatchObject({ outcome: "failed", failure: { message: expect.stringContaining("`.only`") } });
  });
});

describe("how the process is started", () => {
  const typed = `const value: number = 1;\ninterface Gone {\n  a: string;\n}\nit("typed " + value, (): void => {});`;

  test.each<[string, Record<string, string>]>([
    ["an option of node in the configuration", { ".mocharc.json": `{ "extension": ["ts"], "import": "tsx" }` }],
    ["options in a list", { ".mocharc.json": `{ "extension": ["ts"], "node-option": ["import=tsx"] }` }],
    ["a module to require", { ".mocharc.json": `{ "extension": ["ts"], "require": "tsx/cjs" }` }],
    ["mocha's line in a script", { "package.json": `{ "scripts": { "test": "mocha --import=tsx --extension ts" } }` }],
    [
      "node's line in a script",
      { "package.json": `{ "scripts": { "test": "node --import tsx node_modules/mocha/bin/mocha.js --extension ts" } }` },
    ],
    ["nothing, as Node strips types", { ".mocharc.json": `{ "extension": ["ts"] }` }],
  ])("TypeScript through %s", async (_name, files) => {
    await project.write({ ...files, "test/a.ts": typed });
    const ran = await project.run("test/a.ts", "test/a.ts");
    expect(ran.map(summary)).toEqual([["typed 1: passed"], ["typed 1: passed"]]);
    expect(ran.map(({ cases }) => cases[0]?.line)).toEqual([5, 5]);
  });

  test("a process that needed options of node dies as one", async () => {
    await project.write({
      ".mocharc.json": `{ "import": "tsx" }`,
      "test/a.js": `it("a", () => process.kill(process.pid, "SIGKILL"));`,
    });
    const [ran] = await project.run("test/a.js");
    expect(ran?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", signal: "SIGKILL" } });
    expect(summary(ran)).toEqual(["a: errored"]);
  });

  test("the script's arguments and variables, unless there are options", async () => {
    await project.write({
      "package.json": `{ "scripts": { "test": "npm run lint && cross-env A='x y' nyc --reporter text mocha -r ./r.js --grep 'b c' checks" } }`,
      "r.js": `globalThis.r = "required";`,
      "checks/a.js": `it("a", () => {}); it("b c", () => console.log(globalThis.r, process.env.A, process.argv.slice(2).join()));`,
    });
    const [task] = [{ id: 0, file: "checks/a.js", args: [] }];
    const [byScript] = await runTasks(await project.open(), [task]);
    expect([summary(byScript), byScript?.printed]).toEqual([["b c: passed"], "required x y -r,./r.js,--grep,b c,checks\n"]);
    const [byOptions] = await runTasks(await project.open({ args: ["--timeout", "5000"] }), [task]);
    expect([summary(byOptions), byOptions?.printed]).toEqual([
      ["a: passed", "b c: passed"],
      "undefined undefined --timeout,5000\n",
    ]);
    expect(await project.discover({}, ".", { args: ["checks/*.js"] })).toEqual(["checks/a.js"]);
  });

  test("older versions find themselves to be the main module", async () => {
    await project.remove();
    project = await TestProject.create({ mocha: "mocha-10" });
    await project.write({ "test/a.js": `it("a", () => console.log(require.main.filename, require.main === module));` });
    const [ran] = await project.run("test/a.js");
    expect(ran?.printed).toMatch(/mocha[/\\]bin[/\\]mocha\.js false/);
  });
});

describe("what is wrong is told", () => {
  test("a configuration that does not load", async () => {
    await project.write({ ".mocharc.js": `throw new Error("bad configuration");`, "test/a.js": "" });
    const told = expect.stringContaining("bad configuration");
    await expect(project.discover()).rejects.toMatchObject({ code: "discovery-failed", message: told });
    const [ran] = await project.run("test/a.js");
    expect(ran?.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error", message: told } });
  });

  test.each([
    [`{ "require": "./none.js" }`, "none.js"],
    [`{ "require": "./leaves.js" }`, "leaving now"],
    [`{ "require": "./fixture.js" }`, "no database"],
    [`{ "ui": "none" }`, `"none"`],
  ])("%s", async (configuration, words) => {
    await project.write({
      ".mocharc.json": configuration,
      "leaves.js": `console.error("leaving now"); process.exit(0);`,
      "fixture.js": `exports.mochaGlobalSetup = () => { throw new Error("no database"); };`,
      "test/a.js": `it("a", () => {});`,
    });
    const [ran] = await project.run("test/a.js");
    const message = expect.stringContaining(words);
    expect(ran?.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error", message } });
  });

  test("options and arguments that there are not", async () => {
    await expect(project.open({ ui: "tdd" })).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("ui"),
    });
    await project.write({ "test/a.js": `it("a", () => {});` });
    const [ran] = await project.run({ file: "test/a.js", args: ["--bail"] });
    expect(ran?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("--bail") } });
  });

  test("a mocha that is missing, or too old", async () => {
    await project.remove();
    project = await TestProject.create({});
    await expect(project.open()).rejects.toMatchObject({ code: "framework-missing" });
    await expect(project.discover()).rejects.toMatchObject({ code: "framework-missing" });
    await project.write({ "node_modules/mocha/package.json": `{ "name": "mocha", "version": "7.2.0" }` });
    await expect(project.open()).rejects.toMatchObject({
      code: "framework-missing",
      message: expect.stringContaining("version 7.2.0"),
    });
  });
});
