import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  workspace,
  environment,
  write,
  open,
  listed,
  run,
  summary,
  failedAs,
  emptyResult,
  logging,
  logged,
  manifest,
  plain,
} from "./testing/jest-suite.ts";

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
    Object.assign(environment, { KEPT: "kept" });
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
