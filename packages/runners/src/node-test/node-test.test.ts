import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseResult, RunnerSession, Selection, Suite, TaskOutcome } from "../runner.ts";
import { nodeTestRunner } from "./runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV)$/.test(name)),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const imports = `import { after, afterEach, before, beforeEach, describe, it, test } from "node:test";\nimport assert from "node:assert";\n`;

let workspace: string;
let session: RunnerSession | undefined;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "shardwright-node-test-"));
});
afterEach(async () => {
  await session?.close("now");
  session = undefined;
  await rm(workspace, { recursive: true, force: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

async function open(options: Suite["options"] = {}, directory = "."): Promise<RunnerSession> {
  session = await nodeTestRunner.open({ workspace, directory, options, environment });
  return session;
}

function discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}) {
  return nodeTestRunner.discover({ workspace, directory, selection: { ...everything, ...selection }, options, environment });
}

async function listed(...args: Parameters<typeof discover>): Promise<string[]> {
  return (await discover(...args)).files.map(({ file }) => file);
}

interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** Runs the files as one batch; args of a task follow its file after a space. */
async function run(target: RunnerSession, ...files: string[]): Promise<Ran[]> {
  const ran: Ran[] = files.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = files.map((line, id) => ({ id, file: line.split(" ")[0] ?? "", args: line.split(" ").slice(1) }));
  for await (const event of target.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

/** Runs one file with this text after the usual imports. */
async function runText(text: string): Promise<Ran> {
  await write({ "a.test.mjs": imports + text });
  const [ran] = await run(session ?? (await open()), "a.test.mjs");
  if (ran === undefined) throw new Error("nothing ran");
  return ran;
}

function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

describe("results", () => {
  test("every kind of result keeps its meaning", async () => {
    const ran = await runText(`
test("prints", (t) => { console.log("caf\\u00e9"); t.diagnostic("remarked"); });
test("fails", () => assert.equal(1, 2));
describe("group", () => {
  for (const x of ["a", "b"]) it("same", () => {});
  it.skip("skipped");
  it("why", { skip: "not here" }, () => {});
  it("expected", { expectFailure: true }, () => { throw new Error("known"); });
  it("surprise", { expectFailure: true }, () => {});
});
test("todo that fails", { todo: "later" }, () => { throw new Error("not yet"); });
test("todo that passes", { todo: "later" }, () => {});
test("outer", async (t) => { await t.test("inner", async (t) => { await t.test("core", () => {}); }); });
test("slow", { timeout: 10 }, () => new Promise((resolve) => setTimeout(resolve, 60_000).unref()));
test("nothing", () => { throw undefined; });
`);
    expect(summary(ran)).toEqual([
      "prints: passed",
      "fails: failed",
      "group > same: passed",
      "group > same: passed",
      "group > skipped: skipped",
      "group > why: skipped",
      "group > expected: passed: expected-failure",
      "group > surprise: failed: unexpected-pass",
      "todo that fails: skipped: todo",
      "todo that passes: passed: todo",
      "outer > inner > core: passed",
      "outer > inner: passed",
      "outer: passed",
      "slow: failed",
      "nothing: failed",
    ]);
    expect(ran.cases.map(({ ordinal }) => ordinal).slice(2, 4)).toEqual([0, 1]);
    expect(ran.cases[0]).toMatchObject({ file: "a.test.mjs", line: 4 });
    expect(ran.cases[1]?.message).toMatch(/1 (?:==|!==) 2/);
    expect(ran.cases[1]?.details).toContain("a.test.mjs:5");
    expect(ran.cases[5]?.message).toBe("not here");
    expect(ran.printed).toContain("café");
    expect(ran.printed).toContain("remarked");
    expect(ran.printed).not.toContain("duration_ms");
    expect(ran.result).toMatchObject({ outcome: "failed", failure: { kind: "assertion" } });
    expect(ran.result?.failure?.message).toMatch(/^4 of 15 cases failed\. fails: /);
  });

  test.each([
    ["before", `describe("s", () => { before(() => { throw new Error("broke"); }); it("a", () => {}); });`, "s: errored"],
    ["after", `describe("s", () => { after(() => { throw new Error("broke"); }); it("a", () => {}); });`, "s: errored"],
    [
      "beforeEach",
      `describe("s", () => { beforeEach(() => { throw new Error("broke"); }); it("a", () => {}); });`,
      "s > a: errored",
    ],
    ["after of the file", `after(() => { throw new Error("broke"); }); test("a", () => {});`, "a.test.mjs: errored"],
    ["definition", `describe("s", () => { it("a", () => {}); throw new Error("broke"); });`, "s: errored"],
  ])("a failing %s shows", async (_, text, line) => {
    const ran = await runText(text);
    expect(summary(ran)).toContain(line);
    const found = ran.cases.find((result) => result.message?.includes("broke"));
    expect(found?.status).toBe("errored");
    expect(ran.result).toMatchObject({ outcome: "failed", failure: { kind: "setup-error" } });
  });

  test("todo suites take their failing tests with them", async () => {
    const ran = await runText(`describe("s", { todo: true }, () => { it("a", () => assert.fail("x")); }); test("b", () => {});`);
    expect(summary(ran)).toEqual(["s > a: skipped: todo", "b: passed"]);
    expect(ran.result).toEqual({ outcome: "passed" });
  });

  test("concurrent tests keep their paths", async () => {
    const ran = await runText(`
const gate = Promise.withResolvers();
describe("c", { concurrency: true }, () => {
  describe("x", () => { it("one", () => gate.promise); });
  describe("y", () => { it("two", () => gate.resolve()); });
});`);
    expect(summary(ran)).toEqual(["c > x > one: passed", "c > y > two: passed"]);
  });

  test("results come while the file runs", async () => {
    await write({
      "a.test.mjs": `${imports}import { watch, existsSync } from "node:fs";
test("first", () => {});
test("second", () => new Promise((resolve) => {
  const look = () => { if (existsSync("go")) { watcher.close(); resolve(); } };
  const watcher = watch(".", look);
  look();
}));`,
    });
    const target = await open();
    const seen: string[] = [];
    for await (const event of target.execute([{ id: 7, file: "a.test.mjs", args: [] }])) {
      seen.push(event.type === "case" ? event.result.path.join() : event.type);
      // The second test ends only after its file has been made, and that only after the first was reported.
      if (event.type === "case" && event.result.path[0] === "first") await writeFile(join(workspace, "go"), "");
    }
    expect(seen).toEqual(["started", "first", "second", "finished"]);
  });

  test("snapshots are compared, not written", async () => {
    await write({ "package.json": JSON.stringify({ scripts: { test: "node --test --test-update-snapshots" } }) });
    const { options } = await discover();
    await open(options);
    const ran = await runText(`test("shot", (t) => t.assert.snapshot({ a: 1 }));`);
    expect(ran.result?.outcome).toBe("failed");
    await expect(readFile(join(workspace, "a.test.mjs.snapshot"))).rejects.toThrow("ENOENT");
  });
});

describe("a file as a whole", () => {
  test.each([
    ["a missing import", `import "no-such-package"; test("a", () => {});`, "failed", "setup-error", "no-such-package"],
    ["a throw at the top", `test("a", () => {}); throw new Error("top");`, "failed", "setup-error", "top\n    at file:///"],
    [
      "a throw after the end",
      `test("a", () => {}); setTimeout(() => { throw new Error("late"); }, 1);`,
      "failed",
      "assertion",
      "late\n    at Timeout._onTimeout (file:///",
    ],
    ["an exit code of its own", `test("a", () => {}); process.exitCode = 3;`, "failed", "assertion", "code 3"],
    ["exit 0 before any test", `process.exit(0); test("a", () => {});`, "errored", "crash", "code 0"],
    ["exit 0 inside a test", `test("a", () => {}); test("b", () => process.exit(0));`, "errored", "crash", "code 0"],
    [
      "exit 0 between tests",
      `test("a", () => {}); await 0; setImmediate(() => process.exit(0)); await new Promise(() => setTimeout(() => {}, 60_000));`,
      "errored",
      "crash",
      "code 0",
    ],
    [
      "exit 0 with tests to come",
      `test("a", () => {}); test("b", (t) => new Promise(() => setTimeout(() => {}, 60_000))); setImmediate(() => setImmediate(() => process.exit(0)));`,
      "errored",
      "crash",
      "code 0",
    ],
    ["exit 9 inside a test", `test("b", () => process.exit(9));`, "errored", "crash", "code 9"],
    ["a kill", `test("b", () => process.kill(process.pid, "SIGKILL"));`, "errored", "crash", "SIGKILL"],
  ])("%s is not green", async (_, text, outcome, kind, words) => {
    const ran = await runText(text);
    expect(ran.result).toMatchObject({ outcome, failure: { kind, message: expect.stringContaining(words) } });
  });

  test("exit 0 between tests is not green where only its syntax makes the file an ES module", async () => {
    const text = `${imports}test("a", () => {}); await new Promise((go) => setTimeout(go, 20)); process.exit(0); test("b", () => {});`;
    const typed = text.replaceAll("() =>", "(): void =>");
    await write({ "a.test.js": text, "b.test.ts": typed, "c.test.js": `${imports}test("a", () => {}); await 0;` });
    const ran = await run(await open(), "a.test.js", "b.test.ts", "c.test.js");
    const errored = { outcome: "errored", failure: { kind: "crash" } };
    expect(ran.map(({ result }) => result)).toMatchObject([errored, errored, { outcome: "passed" }]);
    expect(ran.map(summary)).toEqual([["a: passed"], ["a: passed"], ["a: passed"]]);
  });

  test("the test that ended its process is named, and the next file runs", async () => {
    await write({
      "a.test.mjs": `${imports}test("fine", () => {}); describe("s", () => { it("dies", () => process.exit(0)); it("rest", () => {}); });`,
      "b.test.mjs": `${imports}test("next", () => {});`,
    });
    const target = await open();
    const ran = await run(target, "a.test.mjs", "b.test.mjs");
    expect(ran.map(summary)).toEqual([["fine: passed", "s > dies: errored"], ["next: passed"]]);
    expect(ran[1]?.result).toEqual({ outcome: "passed" });
    expect(target.usable).toBe(true);
  });

  test("no tests, or only skipped ones, are no pass", async () => {
    expect((await runText("")).result).toEqual({ outcome: "skipped" });
    expect((await runText(`test.skip("a");`)).result).toEqual({ outcome: "skipped" });
  });

  test("an exit after all is done is in good order", async () => {
    expect((await runText(`test("a", () => {}); after(() => process.exit());`)).result).toEqual({ outcome: "passed" });
  });

  test("it is the entry point of a process of its own", async () => {
    const body = `test("a", () => { assert.equal(globalThis.left, undefined); globalThis.left = true; });`;
    await write({
      "a.test.mjs": `${imports}${body} assert(import.meta.main); assert.equal(process.argv[1], import.meta.filename);`,
      "b.test.cjs": `const { test } = require("node:test"); const assert = require("node:assert"); ${body} assert.equal(require.main, module);`,
      "c.test.ts": `import { test } from "node:test"; import assert from "node:assert"; const x: number = 1; ${body}`,
    });
    const ran = await run(await open(), "a.test.mjs", "b.test.cjs", "c.test.ts");
    expect(ran.map(({ result }) => result)).toEqual([{ outcome: "passed" }, { outcome: "passed" }, { outcome: "passed" }]);
  });

  test("what a test forks, spawns or leaves behind reports nothing and holds nothing up", async () => {
    await write({ "fork.mjs": `${imports}test("of the fork", () => assert.fail());` });
    const ran = await runText(`
import { fork, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
test("forks", async () => {
  // The fork's descriptor 4 is a file of the test's own.
  const stdio = ["ignore", "ignore", "ignore", "ipc", openSync("own", "w")];
  await new Promise((resolve) => fork("./fork.mjs", { stdio }).on("exit", resolve));
  assert.equal(readFileSync("own", "utf8"), "");
});
test("leaves", () => { spawn("sleep", ["60"], { stdio: "inherit" }).unref(); });`);
    expect(summary(ran)).toEqual(["forks: passed", "leaves: passed"]);
    expect(ran.result).toEqual({ outcome: "passed" });
  });

  test("a flood of an error is cut, and told", async () => {
    const ran = await runText(`test("a", () => { throw new Error("\\u{1F600}".repeat(5_000_000)); });`);
    expect(ran.cases[0]?.message?.length).toBeLessThan(65_736);
    expect(ran.cases[0]?.message).toMatch(/… [\d]+ more characters$/);
  });
});

describe("sessions", () => {
  test("a task's arguments select cases", async () => {
    await write({
      "a.test.mjs": `${imports}test("one", () => {}); test("two", () => {}); test("only", { only: true }, () => {});`,
    });
    const ran = await run(
      await open(),
      "a.test.mjs --test-name-pattern=^t",
      "a.test.mjs --test-only",
      "a.test.mjs",
      "a.test.mjs --test-skip-pattern=o",
      "a.test.mjs --eval=1",
    );
    expect(ran.map((entry) => entry.cases.map(({ path }) => path[0]))).toEqual([
      ["two"],
      ["only"],
      ["one", "two", "only"],
      [],
      [],
    ]);
    expect(ran[3]?.result).toEqual({ outcome: "skipped" });
    expect(ran[4]?.result?.failure?.message).toContain("--eval=1");
  });

  test("options of the project's script reach its files", async () => {
    await write({
      "package.json": JSON.stringify({
        scripts: { test: "MODE=ci node --import ./setup.mjs -r ./old.cjs --test --test-timeout=20 --test-reporter tap" },
      }),
      "setup.mjs": "globalThis.setup = process.env.MODE;",
      "old.cjs": "globalThis.old = true;",
    });
    const { options } = await discover();
    expect(options).toEqual({
      args: ["--import=./setup.mjs", "--require=./old.cjs", "--test-timeout=20"],
      environment: { MODE: "ci" },
    });
    await open(options);
    const ran = await runText(`
test("set up", () => { assert.equal(globalThis.setup, "ci"); assert(globalThis.old); });
test("slow", () => new Promise((resolve) => setTimeout(resolve, 60_000).unref()));`);
    expect(summary(ran)).toEqual(["set up: passed", "slow: failed"]);
    expect(ran.result?.failure?.kind).toBe("test-timeout");
  });

  test("hooks of what is imported before a file hold for it, and its results are told", async () => {
    await write({ "setup.mjs": `${imports}beforeEach(() => { globalThis.count = (globalThis.count ?? 0) + 1; });` });
    await open({ args: ["--import=./setup.mjs"] });
    const ran = await runText(`
test("counts", () => assert.equal(globalThis.count, 1));
test("again", () => assert.equal(globalThis.count, 2));
describe("group", () => { it("within", () => assert.equal(globalThis.count, 3)); });
test("fails", () => assert.fail());`);
    expect(summary(ran)).toEqual(["counts: passed", "again: passed", "group > within: passed", "fails: failed"]);
    expect(ran.result?.outcome).toBe("failed");
  });

  test("each file is told its slot as Node tells its workers theirs, from 1 on", async () => {
    const ran = await runText(`test("its number", () => assert.equal(process.env.NODE_TEST_WORKER_ID, "1"));`);
    expect(summary(ran)).toEqual(["its number: passed"]);
  });

  test("a set-up that fails is told with what it printed", async () => {
    await write({ "setup.mjs": "throw new Error('no database');" });
    await open({ args: ["--import", "./setup.mjs"] });
    const ran = await runText(`test("a", () => {});`);
    expect(ran.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error" } });
    expect(ran.printed).toContain("no database");
  });

  test("closing ends a file that hangs, without a verdict on it", async () => {
    await write({
      "a.test.mjs": `${imports}console.log("up"); test("hangs", () => new Promise(() => setInterval(() => {}, 1000)));`,
    });
    const target = await open();
    const seen: string[] = [];
    for await (const event of target.execute([{ id: 1, file: "a.test.mjs", args: [] }])) {
      seen.push(event.type);
      if (event.type === "output") await target.close("now");
    }
    expect(seen).not.toContain("finished");
    expect(target.usable).toBe(false);
  });

  test("unknown options are named", async () => {
    await expect(open({ argv: [] })).rejects.toMatchObject({ code: "config-invalid", message: expect.stringContaining("argv") });
  });
});

describe("discovery", () => {
  const files = {
    "pkg/a.test.js": "", "pkg/b-test.mjs": "", "pkg/c_test.ts": "", "pkg/test-d.cjs": "", "pkg/test.mts": "",
    "pkg/test/deep/any.js": "", "pkg/sub/e.test.js": "", "pkg/node_modules/x/f.test.js": "", "pkg/spec.js": "", "pkg/g.spec.js": "",
  }; // prettier-ignore

  test("by Node's own patterns", async () => {
    await write(files);
    const all = ["a.test.js", "b-test.mjs", "c_test.ts", "sub/e.test.js", "test-d.cjs", "test.mts", "test/deep/any.js"];
    const inPackage = (names: string[]) => names.map((name) => `pkg/${name}`);
    expect(await listed({}, "pkg")).toEqual(inPackage(all));
    expect(await listed({}, "pkg", { args: ["--no-strip-types"] })).toEqual(
      inPackage(all.filter((name) => !name.endsWith("ts"))),
    );
    expect(await listed({ directories: ["sub", "test"] }, "pkg")).toEqual(inPackage(["sub/e.test.js", "test/deep/any.js"]));
    expect(await listed({ excludes: ["**/*.mts", "test"] }, "pkg")).toEqual(
      inPackage(all.filter((name) => !/^test\/|mts/.test(name))),
    );
    expect(await listed({ patterns: ["*.spec.js"] }, "pkg")).toEqual(["pkg/g.spec.js"]);
  });

  test("by what the script names", async () => {
    await write(files);
    await write({
      "pkg/package.json": JSON.stringify({ scripts: { build: "x", test: "npm run build && node --test '*.spec.js' sub > log" } }),
    });
    expect(await listed({}, "pkg")).toEqual(["pkg/g.spec.js", "pkg/sub/e.test.js"]);
    expect(await listed({}, "pkg", { args: ["--test", "spec.js"] })).toEqual(["pkg/spec.js"]);
  });

  test("what a script asks for beyond that: words after two dashes, tsx; and what is not done here is told", async () => {
    await write({
      "package.json": JSON.stringify({ scripts: { test: "tsx --test -- 'spec/*.ts'" } }),
      "spec/a.ts": "",
      "b.test.js": "",
    });
    const { files, options, notices } = await discover();
    expect(files.map(({ file }) => file)).toEqual(["spec/a.ts"]);
    expect([options, notices]).toEqual([{ args: ["--import=tsx"], environment: {} }, []]);
    const script = "node --test --test-isolation=none";
    await write({ "package.json": JSON.stringify({ scripts: { test: script } }) });
    expect((await discover()).notices).toEqual([expect.stringContaining("--test-isolation=none")]);
  });

  test("nothing outside the workspace", async () => {
    await write({ "a.test.js": "", "pkg/package.json": JSON.stringify({ scripts: { test: "node --test '../*.test.js'" } }) });
    workspace = join(workspace, "pkg");
    await expect(listed()).rejects.toMatchObject({ code: "path-outside-workspace" });
    workspace = dirname(workspace);
  });

  test.each([
    [
      "the script ‘test’ of package.json",
      { "package.json": `{"scripts":{"a":"node --test a.js","test":"c8 node --import=x --test"}}` },
    ],
    ["the script ‘unit’ of package.json", { "package.json": `{"scripts":{"test":"vitest","unit":"cd x; node --test"}}` }],
    ["the import in test/a.js", { "test/a.js": `const { test } = require("node:test");` }],
    [undefined, { "test/a.js": "export {};", "package.json": `{"scripts":{"test":"node --test-only-later x"}}` }],
    [undefined, { "node_modules/x/a.test.js": `import "node:test";`, "package.json": "{" }],
  ])("detection finds %s", async (sign, files) => {
    await write(files);
    expect(await nodeTestRunner.detect({ workspace, directory: "." })).toBe(sign);
  });
});
