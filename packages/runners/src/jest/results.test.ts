import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { versions, workspace, useJest, write, open, run, summary, failedAs, manifest } from "./testing/jest-suite.ts";

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
