import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CaseResult, RunnerSession, Selection, SessionTask, Suite, TaskOutcome } from "../runner.ts";
import { closeIdleBases } from "./bases.ts";
import { jestRunner } from "./runner.ts";

const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_OPTIONS|VITEST.*|JEST.*|TEST|NODE_ENV|CI|SHARDWRIGHT.*|.*COLOR.*)$/.test(name),
  ),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const require = createRequire(import.meta.url);
const installations = {
  jest: dirname(require.resolve("jest/package.json")),
  "jest-29": dirname(require.resolve("jest-29/package.json")),
};

const versions = process.env["TEST_FRAMEWORK_VERSIONS"] === "all" ? (["jest", "jest-29"] as const) : (["jest"] as const);

let workspace: string;
let scratch: string;
let environment: Record<string, string>;
let sessions: RunnerSession[] = [];

beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), "jest-suite-")));
  // Jest keeps its caches in the folder for temporary files.
  scratch = await mkdtemp(join(tmpdir(), "jest-scratch-"));
  environment = { ...inherited, TMPDIR: scratch, TEMP: scratch, TMP: scratch };
  await useJest("jest");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(sessions.map((session) => session.close("now")));
  sessions = [];
  await closeIdleBases();
  await rm(workspace, { recursive: true, force: true });
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

async function useJest(installed: keyof typeof installations): Promise<void> {
  await rm(join(workspace, "node_modules"), { recursive: true, force: true });
  await mkdir(join(workspace, "node_modules"));
  await symlink(installations[installed], join(workspace, "node_modules/jest"), "junction");
}

async function write(files: Record<string, string | object>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** A configuration in which nothing is transformed: to load babel takes most of a second. */
const plain = { transform: {} };

function manifest(jest: object = {}, more: object = {}): Record<string, object> {
  return { "package.json": { jest: { ...plain, ...jest }, ...more } };
}

interface Opening {
  readonly options?: Suite["options"];
  readonly directory?: string;
  readonly slot?: number;
  readonly closeGrace_ms?: number;
}

async function open({ options = {}, directory = ".", slot = 0, closeGrace_ms }: Opening = {}): Promise<RunnerSession> {
  const session = await jestRunner.open({
    closeGrace_ms,
    workspace,
    directory,
    options,
    environment: { ...environment, SHARDWRIGHT_SLOT: String(slot), SHARDWRIGHT_RUN_ID: "run" },
  });
  sessions.push(session);
  return session;
}

function discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}) {
  return jestRunner.discover({ workspace, directory, selection: { ...everything, ...selection }, options, environment });
}

async function listed(...args: Parameters<typeof discover>): Promise<string[]> {
  return (await discover(...args)).files.map(({ file, variant }) => (variant === undefined ? file : `${file}#${variant}`));
}

async function listCases(file: string): Promise<string[]> {
  const cases = await jestRunner.listCases?.({ workspace, directory: ".", options: {}, environment, file, args: [] });
  return (cases ?? []).map(({ path, line }) => `${path.join(" > ")}:${line}`);
}

interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

type Given =
  | string
  | {
      readonly file: string;
      readonly args?: readonly string[];
      readonly cases?: SessionTask["cases"];
      readonly except?: SessionTask["except"];
    };

/** Runs the files as one batch. */
async function run(target: RunnerSession, ...given: Given[]): Promise<Ran[]> {
  const ran: Ran[] = given.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = given.map((one, id) => (typeof one === "string" ? { id, file: one, args: [] } : { id, args: [], ...one }));
  for await (const event of target.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

function failedAs(kind: string, words = ""): object {
  return { outcome: "failed", failure: { kind, message: expect.stringContaining(words) } };
}

describe.each(versions)("%s", (installed) => {
  beforeEach(() => useJest(installed));

  test("every kind of result keeps its meaning", async () => {
    await write({
      "suite/package.json": {},
      "suite/a.test.js": `
test("prints", () => { console.log("caf\\u00e9"); process.stderr.write("aside\\n"); });
test("fails", () => expect(1).toBe(2));
describe("group", () => {
  it.each(["a", "b"])("each %s", () => {});
  it("same", () => {});
  it("same", () => {});
  it.skip("skipped", () => {});
  it.todo("later");
  it.failing("expected", () => { throw new Error("known"); });
  it.failing("surprise", () => {});
  test.concurrent("together", async () => {});
});
describe.skip("off", () => { it("inside", () => {}); });
test("slow", () => new Promise(() => {}), 10);
test("throws no error", () => { throw "text"; });
`,
    });
    const [ran] = await run(await open({ directory: "suite" }), "suite/a.test.js");
    expect(summary(ran).toSorted()).toEqual(
      [
        "prints: passed",
        "fails: failed",
        "group > each a: passed",
        "group > each b: passed",
        "group > same: passed",
        "group > same: passed",
        "group > skipped: skipped",
        "group > later: skipped: todo",
        "group > expected: passed: expected-failure",
        "group > surprise: failed: unexpected-pass",
        "group > together: passed",
        "off > inside: skipped",
        "slow: failed",
        "throws no error: failed",
      ].toSorted(),
    );
    const named = (name: string) => ran?.cases.filter(({ path }) => path.at(-1) === name);
    expect(named("prints")).toMatchObject([{ file: "suite/a.test.js", line: 2 }]);
    expect(named("each b")).toMatchObject([{ line: 5 }]);
    const failure = {
      message: expect.stringMatching(/^expect\(received\)\.toBe\(expected\)/),
      details: expect.stringContaining("a.test.js:3:31"),
    };
    expect(named("fails")).toMatchObject([failure]);
    expect(named("same")?.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(named("slow")).toMatchObject([{ message: expect.stringContaining("Exceeded timeout of 10 ms for a test.") }]);
    expect(named("throws no error")).toMatchObject([{ message: expect.stringContaining("text") }]);
    expect(ran?.printed).toContain("café");
    expect(ran?.printed).toContain("aside");
    expect(ran?.result).toMatchObject({
      outcome: "failed",
      failure: { kind: "test-timeout", message: expect.stringContaining("4 tests failed") },
    });
  });

  test("tests that jest itself runs again are reported once, by their last result", async () => {
    await write({
      ...manifest(),
      "a.test.js": `jest.retryTimes(2);
let tries = 0;
test("flaky", () => { tries += 1; if (tries < 3) throw new Error("try " + tries); });
test("never", () => { throw new Error("never"); });
test("good", () => {});`,
    });
    const [ran] = await run(await open(), "a.test.js");
    expect(ran?.cases.map(({ path, status, retries }) => [path[0], status, retries]).toSorted()).toEqual([
      ["flaky", "passed", 2],
      ["good", "passed", 0],
      ["never", "failed", 2],
    ]);
    expect(ran?.result).toMatchObject(failedAs("assertion", "never failed: never"));
  });

  test("no fault of a file makes it green, or harms the next", async () => {
    const files: readonly (readonly [name: string, text: string, expected: object])[] = [
      ["good", `test("a", () => {});`, { outcome: "passed" }],
      ["import", `require("no-such-package"); test("a", () => {});`, failedAs("setup-error", "no-such-package")],
      ["syntax", `test("a", () => {`, failedAs("setup-error", "SyntaxError")],
      ["throw", `throw new Error("top");`, failedAs("setup-error", "top")],
      ["late-throw", `test("a", () => {}); throw new Error("top");`, failedAs("setup-error", "top")],
      ["empty", ``, failedAs("setup-error", "must contain at least one test")],
      ["gone", ``, failedAs("setup-error", "gone.test.js")],
      ["before", `beforeAll(() => { throw new Error("broke"); }); it("a", () => {});`, failedAs("assertion", "broke")],
      [
        "after",
        `describe("s", () => { afterAll(() => { throw new Error("broke"); }); it("a", () => {}); });`,
        failedAs("setup-error", "broke"),
      ],
      ["each", `beforeEach(() => { throw new Error("broke"); }); it("a", () => {});`, { outcome: "failed" }],
      ["after-each", `afterEach(() => { throw new Error("broke"); }); it("a", () => {});`, { outcome: "failed" }],
      [
        "outside",
        `test("a", () => { setTimeout(() => { throw new Error("outside"); }, 1); }); test("b", () => new Promise((go) => setTimeout(go, 50)));`,
        { outcome: "failed" },
      ],
      ["assertions", `test("a", () => { expect.assertions(1); });`, failedAs("assertion")],
      ["nested", `test("a", () => { test("b", () => {}); });`, failedAs("assertion", "nested")],
      [
        "environment",
        `/** @jest-environment ./broken-environment.js */ test("a", () => {});`,
        failedAs("setup-error", "no environment"),
      ],
      ["teardown", `/** @jest-environment ./broken-teardown.js */ test("a", () => {});`, failedAs("setup-error", "no teardown")],
      ["skips", `test.skip("a", () => {});`, { outcome: "skipped" }],
      ["todos", `test.todo("a");`, { outcome: "skipped" }],
      ["last", `test("a", () => {});`, { outcome: "passed" }],
    ];
    const environmentThat = (method: string, words: string) =>
      `const { TestEnvironment } = require(require.resolve("jest-environment-node", { paths: [require.resolve("jest-config", { paths: [require.resolve("@jest/core", { paths: [require.resolve("jest")] })] })] }));
module.exports = class extends TestEnvironment { async ${method}() { await super.${method}(); throw new Error("${words}"); } };`;
    await write({
      ...manifest(),
      "broken-environment.js": environmentThat("setup", "no environment"),
      "broken-teardown.js": environmentThat("teardown", "no teardown"),
    });
    for (const [name, text] of files) if (name !== "gone") await write({ [`${name}.test.js`]: text });
    const target = await open();
    const ran = await run(target, ...files.map(([name]) => `${name}.test.js`));
    const results = Object.fromEntries(files.map(([name], index) => [name, ran[index]?.result]));
    expect(results).toMatchObject(Object.fromEntries(files.map(([name, , expected]) => [name, expected])));
    expect(target.usable).toBe(true);
  });
});

/** What a test framework of the project's own leaves out of its result. */
const emptyResult = `leaks: false, numFailingTests: 0, numPendingTests: 0, numTodoTests: 0, openHandles: [], perfStats: {}, skipped: false, snapshot: { added: 0, matched: 0, unchecked: 0, uncheckedKeys: [], unmatched: 0, updated: 0, fileDeleted: false }`;

/** A test file whose tests write their names into a file, each time they run. */
function logging(body: string): string {
  return `const log = (line) => require("node:fs").appendFileSync(${JSON.stringify(join(workspace, "log"))}, line + "\\n");\n${body}`;
}

async function logged(): Promise<string[]> {
  const text = await readFile(join(workspace, "log"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

describe("streaming", () => {
  test("results come while the file runs", async () => {
    await write({
      ...manifest(),
      "a.test.js": `const { existsSync, watch } = require("node:fs");
test("first", () => {});
test.skip("second", () => {});
test("third", () => new Promise((resolve) => {
  const look = () => { if (existsSync("go")) { watcher.close(); resolve(); } };
  const watcher = watch(".", look);
  look();
}), 60_000);`,
    });
    const target = await open();
    const seen: string[] = [];
    for await (const event of target.execute([{ id: 7, file: "a.test.js", args: [] }])) {
      seen.push(event.type === "case" ? event.result.path.join() : event.type);
      // The third test ends only after its file has been made, and that only after the second was reported.
      if (event.type === "case" && event.result.path[0] === "second") await writeFile(join(workspace, "go"), "");
    }
    expect(seen).toEqual(["started", "first", "second", "third", "finished"]);
  });

  test.each([
    ["is killed", `process.kill(process.pid, "SIGKILL")`, { signal: "SIGKILL" }],
    ["exits with 0", `process.exit(0)`, { exit_code: 0 }],
  ])("a process that %s in the middle costs the file that runs, and names the case", async (_what, ends, failure) => {
    await write({
      ...manifest(),
      "a.test.js": `test("before", () => {}); describe("group", () => { test("ends it", () => { ${ends}; }); test("after", () => {}); });`,
      "b.test.js": `test("b", () => {});`,
    });
    const target = await open();
    const ran = await run(target, "a.test.js", "b.test.js");
    expect(ran.map(summary)).toEqual([["before: passed", "group > ends it: errored"], []]);
    expect(ran[0]?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", ...failure } });
    expect(ran[1]?.result).toBeUndefined();
    expect(target.usable).toBe(false);
  });

  test("a test that replaces what lies under node:fs does not silence the results", async () => {
    await write({
      ...manifest(),
      "a.test.js": `const fs = require("node:fs");
beforeAll(() => { for (const name of ["write", "writeSync", "writeFileSync", "openSync"]) jest.spyOn(fs, name).mockImplementation(() => { throw new Error("mocked"); }); });
test("a", () => { jest.useFakeTimers(); });
test("b", () => {});`,
    });
    const [ran] = await run(await open(), "a.test.js");
    expect(summary(ran)).toEqual(["a: passed", "b: passed"]);
    expect(ran?.result).toEqual({ outcome: "passed" });
  });

  test("a group of tests that jest runs again as a whole is reported once", async () => {
    await write({
      ...manifest(),
      "a.test.js": `let tries = 0;
describe("whole", () => {
  jest.retryTimes(2, { entireDescribe: true });
  test("good", () => { tries += 1; });
  test("flaky", () => { if (tries < 3) throw new Error("try " + tries); });
});`,
    });
    const [ran] = await run(await open(), "a.test.js");
    expect(ran?.cases.map(({ path, status, retries }) => [path[1], status, retries])).toEqual([
      ["good", "passed", 2],
      ["flaky", "passed", 2],
    ]);
  });
});

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

describe("snapshots", () => {
  const shots = (...names: string[]) =>
    [
      "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing",
      ...names.map((name) => `exports[\`${name} 1\`] = \`1\`;`),
      "",
    ].join("\n\n");

  test("are compared and not written; one that nothing uses is a failure, as with jest --ci", async () => {
    await write({
      ...manifest(),
      "new.test.js": `test("shot", () => expect(1).toMatchSnapshot());`,
      "inline.test.js": `test("shot", () => expect(1).toMatchInlineSnapshot());`,
      "good.test.js": `test("one", () => expect(1).toMatchSnapshot()); test("two", () => expect(1).toMatchSnapshot());`,
      "__snapshots__/good.test.js.snap": shots("one", "two"),
      "old.test.js": `test("one", () => expect(1).toMatchSnapshot());`,
      "__snapshots__/old.test.js.snap": shots("gone", "one"),
      "__snapshots__/orphan.test.js.snap": shots("gone"),
    });
    const { files } = await discover();
    expect(files).toContainEqual({ file: "__snapshots__/orphan.test.js.snap", args: ["--obsoleteSnapshot"] });
    const target = await open();
    const ran = await run(target, ...files, { file: "good.test.js", cases: [["two"]] });
    const results = Object.fromEntries(
      [...files.map(({ file }) => file), "group"].map((file, index) => [file, ran[index]?.result]),
    );
    expect(results).toMatchObject({
      "new.test.js": failedAs("assertion", "not written"),
      "inline.test.js": { outcome: "failed" },
      "good.test.js": { outcome: "passed" },
      group: { outcome: "passed" },
      "old.test.js": failedAs("assertion", "gone 1"),
      "__snapshots__/orphan.test.js.snap": failedAs("assertion", "belongs to no test file"),
    });
    expect((await readdir(join(workspace, "__snapshots__"))).toSorted()).toEqual([
      "good.test.js.snap",
      "old.test.js.snap",
      "orphan.test.js.snap",
    ]);
    expect((await discover({ directories: ["."] })).files.map(({ file }) => file)).not.toContain(
      "__snapshots__/orphan.test.js.snap",
    );
  });

  test("are written where the suite says so", async () => {
    await write({ ...manifest(), "new.test.js": `test("shot", () => expect(1).toMatchSnapshot());` });
    const [ran] = await run(await open({ options: { args: ["--ci=false"] } }), "new.test.js");
    expect(ran?.result).toEqual({ outcome: "passed" });
    expect(await readFile(join(workspace, "__snapshots__/new.test.js.snap"), "utf8")).toContain("shot 1");
  });
});

describe("isolation and reuse", () => {
  const leak = `const shared = require("./shared.js");
test("a", () => {
  globalThis.left = (globalThis.left ?? 0) + 1;
  Array.prototype.left = (Array.prototype.left ?? 0) + 1;
  process.env.LEFT = "left";
  shared.count += 1;
  console.log("left " + [globalThis.left, Array.prototype.left, shared.count].join() + " in " + process.pid + " as " + process.env.JEST_WORKER_ID + ".");
});`;

  test("one process serves the files, and each sees a world of its own", async () => {
    const files = ["a", "b", "c"].map((name) => `${name}.test.js`);
    await write({ ...manifest(), "shared.js": "exports.count = 0;" });
    for (const file of files) await write({ [file]: leak });
    const target = await open({ slot: 3 });
    const ran = [...(await run(target, ...files.slice(0, 2))), ...(await run(target, ...files.slice(2)))];
    const said = ran.map(({ printed }) => /left (\S+) in (\d+) as (\d+)\./.exec(printed)?.slice(1));
    expect(said.map((words) => words?.[0])).toEqual(["1,1,1", "1,1,1", "1,1,1"]);
    expect(new Set(said.map((words) => words?.[1])).size).toBe(1);
    // As jest counts its workers: told apart from all that run at the same time.
    expect(said.map((words) => words?.[2])).toEqual(["4", "4", "4"]);
  });

  test("a process that has outgrown the project's limit is replaced after its file", async () => {
    await write({
      ...manifest({ workerIdleMemoryLimit: "1MB" }),
      "a.test.js": leak,
      "b.test.js": leak,
      "shared.js": "exports.count = 0;",
    });
    const target = await open();
    const [first, second] = await run(target, "a.test.js", "b.test.js");
    expect(first?.result).toEqual({ outcome: "passed" });
    expect(second?.result).toBeUndefined();
    expect(target.usable).toBe(false);
    const [again] = await run(await open(), "b.test.js");
    expect(again?.result).toEqual({ outcome: "passed" });
  });
});

describe("what a project configures", () => {
  test("transforms, environments, setup files, modules, reporters: all are its own", async () => {
    await write({
      ...manifest({
        transform: { "\\.txt$": "<rootDir>/tools/text.js", "\\.js$": "<rootDir>/tools/shout.js" },
        moduleNameMapper: { "^@/(.*)$": "<rootDir>/source/$1" },
        testEnvironment: "<rootDir>/tools/environment.js",
        setupFiles: ["<rootDir>/tools/setup.js"],
        setupFilesAfterEnv: ["<rootDir>/tools/after-env.js"],
        snapshotSerializers: [],
        reporters: ["default", ["<rootDir>/tools/reporter.js", { file: join(workspace, "log") }]],
        globals: { GIVEN: 5 },
        testTimeout: 20,
        moduleFileExtensions: ["js", "txt", "json"],
      }),
      "tools/text.js": "exports.process = (text) => ({ code: `module.exports = ${JSON.stringify(text)};` });",
      "tools/shout.js": `exports.process = (text) => ({ code: text.replaceAll("WHISPER", "SHOUT") });`,
      "tools/setup.js": "globalThis.fromSetup = true;",
      "tools/after-env.js": `expect.extend({ toBeEven: (n) => ({ pass: n % 2 === 0, message: () => n + " is odd" }) }); beforeEach(() => { globalThis.each = true; });`,
      "tools/environment.js": `const base = require.resolve("jest-environment-node", { paths: [require.resolve("jest-config", { paths: [require.resolve("@jest/core", { paths: [require.resolve("jest")] })] })] });
module.exports = class extends require(base).TestEnvironment {
  constructor(config, context) { super(config, context); this.global.place = context.docblockPragmas["place"]; this.global.events = []; }
  async handleTestEvent(event) { this.global.events.push(event.name); }
};`,
      "tools/reporter.js": `const { appendFileSync } = require("node:fs");
module.exports = class {
  constructor(config, options) { this.log = (line) => appendFileSync(options.file, line + "\\n"); }
  onRunStart() { this.log("run"); }
  onTestFileStart(test) { this.log("file " + require("node:path").basename(test.path)); }
  onTestCaseStart(test, { title }) { this.log("case " + title); }
  onTestCaseResult(test, { status }) { this.log("ended " + status); }
  onTestResult(test, result, all) { this.log("files " + all.numPassedTestSuites + " tests " + result.numPassingTests); }
  onRunComplete() { this.log("complete"); }
};`,
      "source/text.txt": "some text",
      "__mocks__/mocked.js": `module.exports = "from the mocks";`,
      "a.test.js": `/** @place here */
test("sees it all", () => {
  expect(require("@/text.txt")).toBe("some text");
  expect("WHISPER".length).toBe(5);
  expect(2).toBeEven();
  expect([fromSetup, each, GIVEN, place]).toEqual([true, true, 5, "here"]);
  expect(events).toContain("run_start");
  expect(jest.requireMock("mocked")).toBe("from the mocks");
});
test("is slow", () => new Promise(() => {}));`,
      "b.test.js": `test("is quick", () => {});`,
    });
    const target = await open();
    const [ran] = await run(target, "a.test.js", "b.test.js");
    expect(summary(ran)).toEqual(["sees it all: passed", "is slow: failed"]);
    await target.close("graceful");
    // Only a whole run is complete, and this process saw a part.
    expect((await logged()).join()).toBe(
      "run,file a.test.js,case sees it all,ended passed,case is slow,ended failed,files 0 tests 1," +
        "file b.test.js,case is quick,ended passed,files 1 tests 1",
    );
  });

  test("a reporter that finds a fault makes the file red, and so does one that cannot be loaded", async () => {
    await write({
      ...manifest({ reporters: ["<rootDir>/reporter.js"] }),
      "reporter.js": `module.exports = class { onTestResult(test) { this.bad = test.path.includes("bad"); } getLastError() { return this.bad ? new Error("not to my taste") : undefined; } };`,
      "bad.test.js": `test("a", () => {});`,
      "good.test.js": `test("a", () => {});`,
      "other/package.json": { jest: { ...plain, reporters: ["<rootDir>/broken.js"] } },
      "other/broken.js": `throw new Error("no reporter");`,
      "other/a.test.js": `test("a", () => {});`,
    });
    const ran = await run(await open(), "bad.test.js", "good.test.js");
    expect(ran.map(({ result }) => result)).toMatchObject([failedAs("runner-error", "not to my taste"), { outcome: "passed" }]);
    const [other] = await run(await open({ directory: "other" }), "other/a.test.js");
    expect(other?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("no reporter") } });
  });

  test("its own runner runs the files, of either kind", async () => {
    const result = `{ ${emptyResult}, testFilePath: test.path, numPassingTests: 1, testResults: [{ ancestorTitles: ["own"], title: "whole file", fullName: "own whole file", status: test.path.includes("bad") ? "failed" : "passed", failureMessages: test.path.includes("bad") ? ["no good"] : [], duration: 1 }] }`;
    await write({
      "calls/package.json": { jest: { ...plain, runner: "<rootDir>/runner.js" } },
      "calls/runner.js": `module.exports = class { async runTests(tests, watcher, onStart, onResult, onFailure, { serial }) { for (const test of tests) { await onStart(test).then(() => {}); if (test.path.includes("throws")) await onFailure(test, new Error("gave up")); else await onResult(test, ${result}); } } };`,
      "calls/good.test.js": "",
      "calls/bad.test.js": "",
      "calls/throws.test.js": "",
      "emits/package.json": { jest: { ...plain, runner: "<rootDir>/runner.js" } },
      "emits/runner.js": `module.exports = class { supportsEventEmitters = true; listeners = {}; on(name, listener) { this.listeners[name] = listener; return () => {}; } async runTests(tests) { for (const test of tests) if (!test.path.includes("silent")) await this.listeners["test-file-success"]([test, ${result}]); } };`,
      "emits/good.test.js": "",
      "emits/silent.test.js": "",
    });
    const calls = await run(
      await open({ directory: "calls" }),
      "calls/good.test.js",
      "calls/bad.test.js",
      "calls/throws.test.js",
    );
    expect(calls.map(summary)).toEqual([["own > whole file: passed"], ["own > whole file: failed"], []]);
    expect(calls.map(({ result }) => result)).toMatchObject([
      { outcome: "passed" },
      failedAs("assertion", "no good"),
      failedAs("setup-error", "gave up"),
    ]);
    const emits = await run(await open({ directory: "emits" }), "emits/good.test.js", "emits/silent.test.js");
    expect(emits.map(({ result }) => result?.outcome)).toEqual(["passed", "errored"]);
  });

  test("what decides about a whole run does not decide about a task", async () => {
    await write({
      ...manifest({
        bail: 1,
        collectCoverage: true,
        coverageThreshold: { global: { lines: 100 } },
        notify: false,
        onlyChanged: true,
        passWithNoTests: true,
        verbose: false,
        forceExit: true,
        testResultsProcessor: "<rootDir>/processor.js",
      }),
      "processor.js": `require("node:fs").writeFileSync("processed", ""); module.exports = (results) => results;`,
      "a.test.js": `test("1", () => { console.log("said"); expect(1).toBe(2); }); test("2", () => expect(1).toBe(2));`,
      "b.test.js": `test("3", () => { expect(globalThis.__coverage__).toBeUndefined(); });`,
    });
    const args = ["--shard=1/2", "--json", "--outputFile=own.json", "--watch", "--maxWorkers=7", "--coverage", "--onlyFailures"];
    expect(await listed({}, ".", { args })).toEqual(["a.test.js", "b.test.js"]);
    const target = await open({ options: { args } });
    const ran = await run(target, "a.test.js", "b.test.js");
    expect(ran.map(summary)).toEqual([["1: failed", "2: failed"], ["3: passed"]]);
    expect(ran[0]?.printed).toContain("said");
    await target.close("graceful");
    for (const written of ["own.json", "coverage", "processed"]) expect(existsSync(join(workspace, written))).toBe(false);
  });

  test("ES modules, with the flags and variables of the script that calls jest", async () => {
    await write({
      ...manifest(
        {},
        {
          type: "module",
          scripts: {
            test: "TZ=Asia/Tokyo KEPT=$KEPT node --experimental-vm-modules node_modules/jest/bin/jest.js --testTimeout=20",
          },
        },
      ),
      "value.js": "export const value = await Promise.resolve(5);",
      "a.test.js": `import { value } from "./value.js";
test("imports", () => { expect([value, new Date(0).getHours(), process.env.KEPT]).toEqual([5, 9, "kept"]); });
test("slow", () => new Promise(() => {}));`,
    });
    environment = { ...environment, KEPT: "kept" };
    const [ran] = await run(await open(), "a.test.js");
    expect(summary(ran)).toEqual(["imports: passed", "slow: failed"]);
    expect(ran?.cases.map(({ line }) => line)).toEqual([2, 3]);
    const [other] = await run(await open({ options: { args: ["--testTimeout=20"], environment: {} } }), "a.test.js");
    expect(other?.cases[0]).toMatchObject({ status: "failed" });
  });
});

describe("global setup", () => {
  const hooks = (name: string) => ({
    [`${name}/up.js`]: logging(
      `module.exports = async (global, project) => { log("${name} up " + (process.env.SHARDWRIGHT_SLOT ?? "anywhere")); process.env.WHO = "${name}"; };`,
    ),
    [`${name}/down.js`]: logging(`module.exports = async () => { log("${name} down"); };`),
  });

  test("runs once for all sessions of a run on a machine, and is undone after the last", async () => {
    await write({
      "jest.config.js": `process.env.FROM_CONFIGURATION = "yes"; module.exports = { projects: ["<rootDir>/one", "<rootDir>/two"] };`,
      "package.json": {},
      ...hooks("one"),
      ...hooks("two"),
      "one/package.json": {
        jest: { ...plain, displayName: "one", globalSetup: "<rootDir>/up.js", globalTeardown: "<rootDir>/down.js" },
      },
      "two/package.json": {
        jest: { ...plain, displayName: "two", globalSetup: "<rootDir>/up.js", globalTeardown: "<rootDir>/down.js" },
      },
      "one/a.test.js": `test("is " + process.env.WHO + " " + process.env.FROM_CONFIGURATION, () => {});`,
      "one/b.test.js": `test("is " + process.env.WHO, () => {});`,
    });
    const [first, second] = [await open({ slot: 0 }), await open({ slot: 1 })];
    expect(await logged()).toEqual([]);
    const args = ["--project=one"];
    const [a, b] = await Promise.all([run(first, { file: "one/a.test.js", args }), run(second, { file: "one/b.test.js", args })]);
    expect([...a, ...b].map(summary)).toEqual([["is one yes: passed"], ["is one: passed"]]);
    await first.close("now");
    expect(await logged()).toEqual(["one up anywhere"]);
    await second.close("graceful");
    expect(await logged()).toEqual(["one up anywhere", "one down"]);
  });

  test("that fails lets no file run", async () => {
    await write({
      ...manifest({ globalSetup: "<rootDir>/up.js", globalTeardown: "<rootDir>/down.js" }),
      "up.js": logging(`module.exports = async () => { log("up"); throw new Error("no database"); };`),
      "down.js": logging(`module.exports = () => log("down");`),
      "a.test.js": `test("a", () => {});`,
    });
    const target = await open();
    const ran = [...(await run(target, "a.test.js")), ...(await run(target, "a.test.js"))];
    const failure = { kind: "setup-error", message: expect.stringContaining("no database") };
    expect(ran.map(({ result }) => result)).toMatchObject([
      { outcome: "errored", failure },
      { outcome: "errored", failure },
    ]);
    expect(ran.flatMap(({ cases }) => cases)).toEqual([]);
    expect(await target.close("graceful")).toBeUndefined();
    expect(await logged()).toEqual(["up"]);
  });

  test.each([
    [`throw new Error("no database left");`, /globalTeardown failed[^]*no database left/],
    ["process.exitCode = 3;", /ended with code 3/],
    [`console.error("stuck"); await new Promise((go) => setTimeout(go, 600_000));`, /not done within 0.2 s/, 200],
  ])("and a global teardown that does not end well is told by the last session: %s", async (teardown, words, closeGrace_ms?) => {
    await write({
      ...manifest({ globalTeardown: "<rootDir>/down.js" }),
      "down.js": `module.exports = async () => { ${teardown} };`,
      "a.test.js": `test("a", () => {});`,
    });
    const opening = closeGrace_ms === undefined ? {} : { closeGrace_ms };
    const [first, last] = [await open(opening), await open({ ...opening, slot: 1 })];
    const [ran] = await run(first, "a.test.js");
    expect(ran?.result).toEqual({ outcome: "passed" });
    expect(await first.close("graceful")).toBeUndefined();
    expect(await last.close("graceful")).toEqual({ kind: "setup-error", message: expect.stringMatching(words) });
  });
});

describe("sessions", () => {
  test("a task's arguments select cases", async () => {
    await write({ ...manifest(), "a.test.js": `test("one", () => {}); describe("s", () => { test("two", () => {}); });` });
    const ran = await run(await open(), { file: "a.test.js", args: ["--testNamePattern=^s"] }, "a.test.js", {
      file: "a.test.js",
      args: ["--bail"],
    });
    const passed = ran.map((entry) => entry.cases.filter(({ status }) => status === "passed").map(({ path }) => path.at(-1)));
    expect(passed).toEqual([["two"], ["one", "two"], []]);
    expect(ran[2]?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("--bail") } });
  });

  test("a broken configuration is told", async () => {
    await write({ "jest.config.js": `throw new Error("bad configuration");`, "a.test.js": "" });
    await expect(discover()).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("bad configuration"),
    });
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("bad configuration") });
  });

  test.each<[Suite["options"], string]>([
    [{ pool: "forks" }, "pool"],
    [{ args: "--bail" }, "args"],
  ])("options like %j are refused", async (options, words) => {
    await write(manifest());
    await expect(open({ options })).rejects.toMatchObject({ code: "config-invalid", message: expect.stringContaining(words) });
  });

  test("arguments that jest does not know, and projects that are not there, are named", async () => {
    await write({ ...manifest(), "a.test.js": "" });
    await expect(discover({}, ".", { args: ["--unheardOf"] })).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("unheardOf"),
    });
    await expect(discover({}, ".", { projects: ["web"] })).rejects.toMatchObject({ message: expect.stringContaining("web") });
  });

  test("a jest that is missing, or too old, is named", async () => {
    await rm(join(workspace, "node_modules"), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: "framework-missing" });
    await expect(discover()).rejects.toMatchObject({ code: "framework-missing" });
    await write({ "node_modules/jest/package.json": { name: "jest", version: "28.1.3" } });
    await expect(open()).rejects.toMatchObject({ code: "framework-missing", message: expect.stringContaining("28.1.3") });
  });

  test("all that a suite's processes shared is gone with them", async () => {
    await write({ ...manifest(), "a.test.js": `test("a", () => {});` });
    // Others' suites put theirs into the usual one.
    for (const name of ["TMPDIR", "TEMP", "TMP"]) vi.stubEnv(name, scratch);
    const shared = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("shardwright-jest-"));
    const before = await shared();
    await discover();
    const target = await open();
    await run(target, "a.test.js");
    expect((await shared()).length).toBe(before.length + 1);
    await target.close("graceful");
    await closeIdleBases();
    expect(await shared()).toEqual(before);
  });
});

describe("discovery", () => {
  test.each(versions)("%s: follows the project's configuration and imports no test", async (installed) => {
    await useJest(installed);
    await write({
      "pkg/jest.config.js": `module.exports = { transform: {}, testMatch: ["<rootDir>/checks/**/*.check.js"], testPathIgnorePatterns: ["/old/"], filter: "<rootDir>/filter.js" };`,
      "pkg/filter.js": `module.exports = async (paths) => ({ filtered: paths.filter((path) => !path.includes("filtered")).map((test) => ${installed === "jest" ? "test" : "({ test })"}) });`,
      "pkg/checks/a.check.js": `throw new Error("imported");`,
      "pkg/checks/deep/b.check.js": "",
      "pkg/checks/old/c.check.js": "",
      "pkg/checks/filtered.check.js": "",
      "pkg/other/d.test.js": "",
    });
    expect(await listed({}, "pkg")).toEqual(["pkg/checks/a.check.js", "pkg/checks/deep/b.check.js"]);
    expect(await listed({ directories: ["checks/deep"] }, "pkg")).toEqual(["pkg/checks/deep/b.check.js"]);
    expect(await listed({ excludes: ["**/deep/**"] }, "pkg")).toEqual(["pkg/checks/a.check.js"]);
    expect(await listed({ patterns: ["**/*.test.js"] }, "pkg")).toEqual(["pkg/other/d.test.js"]);
    expect(await listed({}, "pkg", { args: ["deep"] })).toEqual(["pkg/checks/deep/b.check.js"]);
  });

  test("each project of the configuration runs a file by its own settings", async () => {
    const project = (name: string, testMatch: string[]) => ({ ...plain, displayName: name, testMatch, globals: { WHO: name } });
    await write({
      ...manifest({
        projects: [
          { ...project("one", ["<rootDir>/a.test.js", "<rootDir>/b.test.js"]) },
          { ...project("two", ["<rootDir>/a.test.js"]) },
          "<rootDir>/packages/*",
        ],
      }),
      "packages/web/package.json": { jest: { ...plain, globals: { WHO: "web" } } },
      "packages/web/c.test.js": `test("is " + WHO, () => {});`,
      "a.test.js": `test("is " + WHO, () => {});`,
      "b.test.js": "",
    });
    const { files } = await discover();
    expect(await listed()).toEqual(["a.test.js#one", "a.test.js#two", "b.test.js#one", "packages/web/c.test.js#packages/web"]);
    expect(await listed({}, ".", { projects: ["two"] })).toEqual(["a.test.js"]);
    expect(await listed({}, ".", { args: ["--selectProjects", "two"] })).toEqual(["a.test.js"]);
    expect(await listed({ patterns: ["packages/**/*.js"] })).toEqual(["packages/web/c.test.js#packages/web"]);
    const tasks = files.filter(({ file }) => file !== "b.test.js").map(({ file, args = [] }) => ({ file, args }));
    const ran = await run(await open(), ...tasks, ...tasks.slice(0, 1), { file: "a.test.js", args: ["--project=three"] });
    expect(ran.slice(0, 4).map(summary)).toEqual([
      ["is one: passed"],
      ["is two: passed"],
      ["is web: passed"],
      ["is one: passed"],
    ]);
    expect(ran[4]?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("three") } });
  });

  test("a configuration of the options' own, in TypeScript", async () => {
    await write({
      ...manifest({ testMatch: ["**/*.never.js"] }),
      "tools/jest.unit.ts": `const testMatch: string[] = ["**/*.unit.js"]; export default { rootDir: "..", testMatch, transform: {} };`,
      "a.unit.js": `test("a", () => {});`,
    });
    const options = { config: "tools/jest.unit.ts" };
    expect(await listed({}, ".", options)).toEqual(["a.unit.js"]);
    const [ran] = await run(await open({ options }), "a.unit.js");
    expect(summary(ran)).toEqual(["a: passed"]);
  });

  test.each([
    ["jest.config.mjs", { "jest.config.mjs": "", "vitest.config.ts": "" }],
    ["the key ‘jest’ of package.json", { "package.json": `{"jest":{}}` }],
    ["the script ‘unit’ of package.json", { "package.json": `{"scripts":{"unit":"cross-env A=1 jest --ci"}}` }],
    [
      "the script ‘test’ of package.json",
      { "package.json": `{"scripts":{"test":"node --no-warnings node_modules/jest/bin/jest.js"}}` },
    ],
    [
      undefined,
      {
        "vitest.config.ts": "",
        "package.json": `{"devDependencies":{"jest":"1","vitest":"1"},"scripts":{"test":"vitest run","lint":"eslint --plugin jest"}}`,
      },
    ],
    [undefined, { "package.json": `{"scripts":{"test":"node --test"}}` }],
  ])("detection finds %s", async (sign, files) => {
    await write(files);
    expect(await jestRunner.detect({ workspace, directory: "." })).toBe(sign);
  });

  test("detection wants a jest, installed or asked for", async () => {
    await rm(join(workspace, "node_modules"), { recursive: true });
    await write({ "jest.config.js": "" });
    expect(await jestRunner.detect({ workspace, directory: "." })).toBeUndefined();
    await write({ "package.json": { devDependencies: { jest: "30" } } });
    expect(await jestRunner.detect({ workspace, directory: "." })).toBe("jest.config.js");
  });
});
