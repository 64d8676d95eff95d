import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { go, runOne, Workspace } from "./driving.test-data.ts";

let workspace: Workspace;
beforeEach(async () => {
  workspace = await Workspace.make({
    "go.mod": "module example.test/m\n\ngo 1.19\n",
    "a/a_test.go": `package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n`,
    "cmd/main.go": "package main\n\nfunc main() {}\n",
    "never/never_plan9.go": "package never\n\nfunc broken() { undefined() }\n",
    "testdata/x.go": "package x\n\nfunc broken() { undefined() }\n",
  });
});
afterEach(() => workspace.remove());

const untested = async (...args: Parameters<Workspace["discover"]>) =>
  (await workspace.discover(...args)).files.filter(({ variant }) => variant !== undefined);
const task = { file: ".", args: ["-untested=./..."] };
const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`shardwright-go-${process.pid}-`));

describe.skipIf(go === undefined)("packages without tests, which go test builds and vets", () => {
  test("are a task of their own, where packages are what was asked for", async () => {
    expect(await untested()).toEqual([
      { file: ".", variant: "packages without tests", sources: ["cmd/main.go"], args: task.args },
    ]);
    expect(await untested({ patterns: ["./cmd/...", "./a/..."] })).toMatchObject([
      { args: ["-untested=./cmd/...", "-untested=./a/..."] },
    ]);
    for (const selection of [
      { patterns: ["./a/..."] },
      { patterns: ["a/*_test.go"] },
      { directories: ["a"] },
      { excludes: ["cmd"] },
    ])
      expect(await untested(selection)).toEqual([]);
    // Without any test there is nothing to run.
    expect((await workspace.discover({ patterns: ["./cmd/..."] })).files).toEqual([]);
  });

  test("are skipped when all can be built, and leave nothing behind", async () => {
    const session = await workspace.open();
    const before = left();
    expect((await runOne(session, task))?.result).toEqual({ outcome: "skipped" });
    expect(left()).toEqual(before);
  });

  test.each([
    [
      "what does not compile",
      "package c\n\nfunc C() { undefined() }\n",
      /Packages without tests:[^]*c\/c\.go:3:12: undefined: undefined/,
    ],
    ["what is no Go", "package c\n\nfunc {\n", /c\/c\.go:3:6/],
    ["what vet finds", `package c\n\nimport "fmt"\n\nfunc C() { fmt.Printf("%d", "x") }\n`, /arg "x" of wrong type/],
    ["what is imported and missing", `package c\n\nimport _ "example.test/m/none"\n`, /example\.test\/m\/none/],
  ])("are errored by %s, with the go command's own words", async (_what, text, words) => {
    await workspace.write({ "c/c.go": text });
    expect((await runOne(await workspace.open(), task))?.result).toMatchObject({
      outcome: "errored",
      failure: { kind: "setup-error", message: expect.stringMatching(words) },
    });
  });
});
