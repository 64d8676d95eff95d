import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { environment, go, options, runOne, summary, Workspace } from "./driving.test-data.ts";
import { goRunner } from "./runner.ts";

const pass = (name: string, of = "package p") => `${of}\n\nimport "testing"\n\nfunc Test${name}(t *testing.T) {}\n`;
const module = (name: string) => `module example.test/${name}\n\ngo 1.19\n`;

let workspace: Workspace;
beforeEach(async () => {
  workspace = await Workspace.make({});
});
afterEach(() => workspace.remove());

const detect = (directory = ".") => goRunner.detect({ workspace: workspace.path, directory });
const files = async (...args: Parameters<Workspace["discover"]>) =>
  (await workspace.discover(...args)).files.map(({ file, args: own = [] }) => [file, ...own].join(" "));

describe("detection", () => {
  test("a module with a test, and no other folder", async () => {
    await workspace.write({ "main.go": "package main\n", "x/x_test.go": pass("X") });
    expect(await detect()).toBeUndefined();
    await workspace.write({ "go.mod": module("m") });
    expect(await detect()).toBe("go.mod");
    expect(await detect("x")).toBe("../go.mod");
    await workspace.write({
      "web/package.json": "{}",
      "web/node_modules/y/y_test.go": pass("Y"),
      "web/testdata/z_test.go": pass("Z"),
    });
    expect(await detect("web")).toBeUndefined();
  });

  test("a workspace of modules; a module that it does not use counts for itself", async () => {
    await workspace.write({ "go.mod": module("m"), "other/go.mod": module("other"), "other/o_test.go": pass("O") });
    expect(await detect()).toBeUndefined();
    await workspace.write({ "go.work": "go 1.19\n\nuse (\n\t.\n\t./other // why\n)\n" });
    expect(await detect()).toBe("go.work");
  });
});

describe.skipIf(go === undefined)("discovery", () => {
  test("each package with tests is a task, made up of all its files", async () => {
    await workspace.write({
      "go.mod": module("m"),
      "root_test.go": pass("Root"),
      "a/a.go": `package a\n\nimport _ "embed"\n\n//go:embed text.txt\nvar Text string\n`,
      "a/text.txt": "text",
      "a/a_test.go": pass("A", "package a"),
      "a/x_test.go": pass("X", "package a_test"),
      "a/unused.txt": "unused",
      "b/b.go": "package b\n",
    });
    const { files: found, options: given } = await workspace.discover();
    expect(found).toEqual([
      { file: ".", sources: ["root_test.go"] },
      { file: "a", sources: ["a/a.go", "a/a_test.go", "a/text.txt", "a/x_test.go"] },
      { file: ".", variant: "packages without tests", sources: ["b/b.go"], args: ["-untested=./..."] },
    ]);
    expect(given).toEqual(options());
    expect(await files({}, "a")).toEqual(["a"]);
  });

  test("tags decide, and the arguments' own patterns", async () => {
    await workspace.write({
      "go.mod": module("m"),
      "a/a_test.go": pass("A"),
      "b/b_test.go": `//go:build special\n\n${pass("B")}`,
      "b/c/c_test.go": pass("C"),
    });
    expect(await files()).toEqual(["a", "b/c"]);
    expect(await files({}, ".", ["-tags=special"])).toEqual(["a", "b", "b/c"]);
    expect(await files({}, ".", [], { GOFLAGS: "-tags=special" })).toEqual(["a", "b", "b/c"]);
    expect(await files({}, ".", ["-race", "-tags", "special", "./b/..."])).toEqual(["b", "b/c"]);
  });

  test("modules of a workspace are all the suite's", async () => {
    await workspace.write({
      "go.work": "go 1.19\n\nuse (\n\t./one\n\t./two\n)\n",
      "one/go.mod": module("one"),
      "one/one.go": "package one\n\nfunc F() {}\n",
      "one/one_test.go": pass("One", "package one"),
      "two/go.mod": module("two"),
      "two/deep/two_test.go": `package deep\n\nimport (\n\t"testing"\n\n\t"example.test/one"\n)\n\nfunc TestTwo(t *testing.T) { one.F() }\n`,
      "three/go.mod": module("three"),
      "three/three_test.go": pass("Three"),
    });
    const more = { GOFLAGS: "" };
    expect(await files({}, ".", [], more)).toEqual(["one", "two/deep"]);
    expect(await files({}, "two", [], more)).toEqual(["two/deep"]);
    const session = await workspace.open([], "two", more);
    expect(summary(await runOne(session, "two/deep"))).toEqual(["TestTwo: passed"]);
  });

  test("a selection takes packages, or some of their files", async () => {
    await workspace.write({
      "go.mod": module("m"),
      "a/a_test.go": pass("A"),
      "a/slow_test.go": pass("Slow"),
      "b/b_test.go": pass("B"),
      "b/c/c_test.go": pass("C"),
      "testdata/t/t_test.go": pass("T"),
    });
    expect(await files({ directories: ["b"] })).toEqual(["b", "b/c"]);
    expect(await files({ excludes: ["b/c"] })).toEqual(["a", "b"]);
    expect(await files({ excludes: ["**/slow_test.go"] })).toEqual(["a -file=a_test.go", "b", "b/c"]);
    expect(await files({ patterns: ["a/slow*", "testdata/**"] })).toEqual(["a -file=slow_test.go", "testdata/t"]);
    expect(await files({ patterns: ["./b/..."] })).toEqual(["b", "b/c"]);
    expect(await files({ patterns: ["./b/...", "a/*_test.go"], excludes: ["b/c"] })).toEqual(["a", "b"]);
    const session = await workspace.open();
    expect(summary(await runOne(session, { file: "a", args: ["-file=slow_test.go"] }))).toEqual(["TestSlow: passed"]);
  });

  test("a folder that is reached by a link keeps the link's name", async () => {
    await workspace.write({ "real/go.mod": module("m"), "real/a/a_test.go": pass("A") });
    await symlink(join(workspace.path, "real"), join(workspace.path, "link"), "junction");
    expect(await files({}, "link")).toEqual(["link/a"]);
    expect(summary(await runOne(await workspace.open([], "link"), "link/a"))).toEqual(["TestA: passed"]);
  });

  test("names with spaces and signs", async () => {
    await workspace.write({ "my project (1)/go.mod": module("m"), "my project (1)/a-b.c/a_test.go": pass("A") });
    expect(await files({}, "my project (1)")).toEqual(["my project (1)/a-b.c"]);
    const ran = await runOne(await workspace.open([], "my project (1)"), "my project (1)/a-b.c");
    expect(ran.cases[0]).toMatchObject({ file: "my project (1)/a-b.c/a_test.go", line: 5, status: "passed" });
  });

  test("what is named must be there, and be the suite's", async () => {
    await workspace.write({ "go.mod": module("m"), "a/a_test.go": pass("A"), "b/b.go": "package b\n" });
    await expect(files({}, ".", ["./missing"])).rejects.toMatchObject({ code: "discovery-failed" });
    await expect(files({}, ".", ["./missing"])).rejects.toThrow("missing");
    await expect(files({}, ".", ["strings"])).rejects.toThrow("strings: it lies outside the suite's folder");
    expect(await files({}, ".", ["./b"])).toEqual([]);
    await workspace.write({ "go.mod": "module\n" });
    await expect(files()).rejects.toThrow("go.mod:1");
  });

  test("without the go command, what to do is said", async () => {
    await workspace.write({ "go.mod": module("m"), "a_test.go": pass("A") });
    await mkdir(join(workspace.path, "empty"));
    const given = {
      workspace: workspace.path,
      directory: ".",
      options: {},
      environment: { ...environment, PATH: join(workspace.path, "empty") },
    };
    const selection = { patterns: [], directories: [], excludes: [] };
    for (const attempt of [goRunner.discover({ ...given, selection }), goRunner.open(given)])
      await expect(attempt).rejects.toMatchObject({
        code: "framework-missing",
        hint: expect.stringContaining("https://go.dev/dl"),
      });
    await expect(goRunner.open({ ...given, options: { go: "./nowhere/go" } })).rejects.toThrow(
      "there is no program ./nowhere/go",
    );
  });
});
