import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summary, TestProject } from "./testing/project.ts";
import { runTasks, type Ran } from "../testing/test-folder.ts";

const assert = `const assert = require("node:assert");\n`;
const versions = ["mocha-10", "mocha-11", "mocha"] as const;

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

/** Runs one file with this text. */
async function runText(text: string, file = "test/a.js"): Promise<Ran> {
  await project.write({ [file]: text });
  const [ran] = await project.run(file);
  if (ran === undefined) throw new Error("nothing ran");
  return ran;
}

describe.each(versions)("%s", (version) => {
  beforeEach(async () => {
    await project.remove();
    project = await TestProject.create({ mocha: version });
  });

  test("every kind of result keeps its meaning", async () => {
    const ran = await runText(`${assert}
it("prints", () => { console.log("caf\\u00e9"); process.stderr.write("aside\\n"); });
it("fails", () => assert.deepStrictEqual({ a: 1 }, { a: 2 }));
describe("group", () => {
  it("same", () => {});
  it("same", () => {});
  it.skip("skipped", () => { throw new Error("run"); });
  it("later");
  it("leaves", function () { this.skip(); });
  context("inner", () => { specify("deep", (done) => setTimeout(done, 1)); });
});
let tries = 0;
it("flaky", function () { this.retries(3); tries += 1; assert.equal(tries, 3); });
it("slow", function () { this.timeout(10); return new Promise((go) => setTimeout(go, 60_000).unref()); });
it("twice", (done) => { done(); setTimeout(done, 1); });
it("waits", (done) => setTimeout(done, 20));
describe("unprepared", () => { before(() => { throw new Error("broke"); }); it("never", () => {}); });
describe("untidy", () => { afterEach("wipe", () => { throw undefined; }); it("fine", () => {}); it("never", () => {}); });
`);
    expect(summary(ran)).toEqual([
      "prints: passed",
      "fails: failed",
      "flaky: passed",
      "slow: failed",
      "twice: passed",
      "twice: failed",
      "waits: passed",
      "group > same: passed",
      "group > same: passed",
      "group > skipped: skipped",
      "group > later: skipped",
      "group > leaves: skipped",
      "group > inner > deep: passed",
      `unprepared > "before all" hook for "never": errored`,
      "untidy > fine: passed",
      `untidy > "after each" hook: wipe for "fine": errored`,
    ]);
    const named = (name: string) => ran.cases.filter(({ path }) => path.at(-1) === name);
    expect(named("prints")).toMatchObject([{ file: "test/a.js", line: 3 }]);
    expect(named("deep")).toMatchObject([{ line: 11 }]);
    expect(named("fails")[0]?.message).toContain("Expected values to be strictly deep-equal");
    expect(named("fails")[0]?.details).toMatch(/test\/a\.js:4[\s\S]*\+ expected - actual/);
    expect(named("same").map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(named("twice").map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(named("flaky")).toMatchObject([{ retries: 2 }]);
    expect(ran.cases.at(-1)?.message).toContain("falsy or undefined exception");
    expect(ran.printed).toContain("café");
    expect(ran.printed).toContain("aside");
    expect(ran.result).toMatchObject({
      outcome: "failed",
      failure: { kind: "assertion", message: expect.stringContaining("3 of 16 cases failed") },
    });
  });

  test("what is required, root hooks, global fixtures and files that go first are there for each file", async () => {
    await project.write({
      ".mocharc.json": `{ "require": ["./required.js", "./plugins.js"], "file": ["./first.js", "./first.mjs"] }`,
      "required.js": `globalThis.required = "required";`,
      "plugins.js": `let setUps = 0;
exports.mochaGlobalSetup = async function () { this.server = "server"; setUps += 1; globalThis.log = ["global " + setUps]; };
exports.mochaGlobalTeardown = async function () { require("node:fs").writeFileSync("left.txt", this.server + " closed"); };
exports.mochaHooks = { beforeAll() { log.push("all"); }, beforeEach: [function () { log.push("each"); }] };`,
      "first.js": `before(() => log.push("first"));`,
      "first.mjs": `import "./module.mjs"; before(() => log.push("module"));`,
      "module.mjs": "",
      "test/a.js": `it("a", () => console.log(required, log.join()));`,
      "test/b.js": `it("b", () => console.log(required, log.join()));`,
    });
    const session = await project.open();
    const tasks = ["test/a.js", "test/b.js", "test/a.js"].map((file, id) => ({ id, file, args: [] }));
    const ran = await runTasks(session, tasks);
    const each = ",all,first,module,each";
    expect(ran.map(({ printed }) => printed.trim())).toEqual([
      `required global 1${each}`,
      `required global 1${each}${each}`,
      `required global 1${each}${each}${each}`,
    ]);
    expect(await session.close("graceful")).toBeUndefined();
    expect(await readFile(join(project.path, "left.txt"), "utf8")).toBe("server closed");
  });

  test("files of both kinds of modules run more than once in one process", async () => {
    await project.write({
      "package.json": `{ "mocha": { "extension": ["js", "cjs", "mjs"] } }`,
      "test/a.cjs": `require("./state.cjs"); it("runs " + (globalThis.runs = (globalThis.runs ?? 0) + 1), () => console.log(process.pid));`,
      "test/b.mjs": `import "./state.cjs"; it("runs " + (globalThis.runs += 1), () => console.log(process.pid));`,
      "test/esm/package.json": `{ "type": "module" }`,
      "test/esm/c.js": `import { it } from "mocha"; await null; it("runs " + (globalThis.runs += 1), () => console.log(process.pid));`,
      "test/state.cjs": `globalThis.loads = (globalThis.loads ?? 0) + 1; require("node:fs").writeFileSync("loads", String(loads));`,
    });
    const files = ["test/a.cjs", "test/b.mjs", "test/esm/c.js"];
    const ran = await project.run(...files, ...files);
    expect(ran.flatMap(summary)).toEqual([1, 2, 3, 4, 5, 6].map((run) => `runs ${run}: passed`));
    expect(new Set(ran.map(({ printed }) => printed)).size).toBe(1);
    // What they import stays as it is.
    expect(await readFile(join(project.path, "loads"), "utf8")).toBe("1");
  });
});

test("a global teardown that fails is told when the session is closed, though its process may have left before", async () => {
  await project.write({
    ".mocharc.json": `{ "require": "./plugin.js" }`,
    "plugin.js": `exports.mochaGlobalTeardown = () => { throw new Error("no server left"); };`,
    "test/a.js": `it("a", () => { throw new Error("always"); });`,
  });
  const failure = { kind: "setup-error", message: expect.stringMatching(/global teardown failed: no server left[^]*plugin\.js/) };
  const task = { id: 0, file: "test/a.js", args: [] };
  const session = await project.open();
  await runTasks(session, [task]);
  expect(await session.close("graceful")).toEqual(failure);
  const leaves = await project.open();
  await runTasks(leaves, [task]);
  // It is not for the process in which it failed: that one leaves.
  expect(await runTasks(leaves, [task])).toMatchObject([{ result: undefined }]);
  expect(await leaves.close("graceful")).toEqual(failure);
});

test("results come while the file runs, and name the case that runs", async () => {
  await project.write({
    "test/a.js": `const { existsSync, watch } = require("node:fs");
it("first", () => {});
it("second", function (done) {
  this.timeout(60_000);
  const watcher = watch(".", () => { if (existsSync("go")) process.kill(process.pid, "SIGKILL"); });
  if (existsSync("go")) process.kill(process.pid, "SIGKILL");
});`,
  });
  const seen: string[] = [];
  for await (const event of (await project.open()).execute([{ id: 7, file: "test/a.js", args: [] }])) {
    seen.push(event.type === "case" ? `${event.result.path.join()} ${event.result.status}` : event.type);
    // The second case ends the process only once this file is there, and that only after the first was reported.
    if (event.type === "case" && event.result.path[0] === "first") await writeFile(join(project.path, "go"), "");
  }
  expect(seen).toEqual(["started", "first passed", "second errored", "finished"]);
});

test("no fault of a file makes it green, or harms the next", async () => {
  const files: readonly (readonly [name: string, text: string, expected: object])[] = [
    ["good", `it("a", () => {});`, { outcome: "passed" }],
    ["import", `require("no-such-package"); it("a", () => {});`, failedAs("setup-error", "no-such-package")],
    ["syntax", `it("a", () => {`, failedAs("setup-error", "syntax.js")],
    ["throw", `it("a", () => {}); throw new Error("top");`, failedAs("setup-error", "top")],
    ["empty", ``, { outcome: "skipped" }],
    ["gone", ``, failedAs("setup-error", "gone.js")],
    ["ends", `it("a", () => process.exit(0));`, erroredAs("crash", "code 0")],
    ["leaves", `process.exit(0);`, erroredAs("crash", "code 0")],
    ["hook", `after(() => { throw new Error("broke"); }); it("a", () => {});`, failedAs("setup-error", "broke")],
    ["each", `beforeEach(() => { throw new Error("broke"); }); it("a", () => {});`, failedAs("setup-error", "broke")],
    [
      "uncaught",
      `it("a", (done) => { setTimeout(() => { throw new Error("apart"); }, 1); setTimeout(done, 20); });`,
      failedAs("assertion", "apart"),
    ],
    [
      "late",
      `it("a", () => { setTimeout(() => { throw new Error("late"); }, 0); });`,
      { outcome: expect.stringMatching("failed|errored") },
    ],
    [
      "last",
      `after(() => { setImmediate(() => { throw new Error("last"); }); }); it("a", () => {});`,
      erroredAs("assertion", "last"),
    ],
    [
      "top",
      `setTimeout(() => { throw new Error("loading"); }, 0); require("node:child_process").spawnSync(process.execPath, ["-v"]);`,
      erroredAs("assertion", "loading"),
    ],
    ["await", `await new Promise(() => {});`, erroredAs("test-timeout", "test/await.mjs had not ended")],
    ["time", `it("a", function (done) { this.timeout(5); setTimeout(done, 50); });`, failedAs("test-timeout", "Timeout of 5ms")],
    ["dies", `it("a", () => process.kill(process.pid, "SIGKILL")); it("b", () => {});`, erroredAs("crash", "SIGKILL")],
    ["skips", `it.skip("a", () => {});`, { outcome: "skipped" }],
    ["fine", `it("a", () => {});`, { outcome: "passed" }],
  ];
  const pathOf = (name: string) => `test/${name}.${name === "await" ? "mjs" : "js"}`;
  for (const [name, text] of files) if (name !== "gone") await project.write({ [pathOf(name)]: text });
  const ran = await project.run(...files.map(([name]) => pathOf(name)));
  const results = Object.fromEntries(files.map(([name], index) => [name, ran[index]?.result]));
  expect(results).toMatchObject(Object.fromEntries(files.map(([name, , expected]) => [name, expected])));
});

function failedAs(kind: string, words = ""): object {
  return { outcome: "failed", failure: { kind, message: expect.stringContaining(words) } };
}

function erroredAs(kind: string, words = ""): object {
  return { outcome: "errored", failure: { kind, message: expect.stringContaining(words) } };
}
