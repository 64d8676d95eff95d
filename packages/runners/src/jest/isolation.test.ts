import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { workspace, write, open, discover, run, failedAs, manifest } from "./testing/jest-suite.ts";

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
