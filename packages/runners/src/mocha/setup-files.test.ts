import { afterEach, beforeEach, expect, test } from "vitest";
import type { Selection, Suite } from "../runner.ts";
import { runIn } from "../testing/test-folder.ts";
import { mochaRunner } from "./runner.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

const everything: Selection = { patterns: [], directories: [], excludes: [] };
const environment = { ...process.env } as Record<string, string>;

async function discover(selection: Partial<Selection> = {}, options: Suite["options"] = {}) {
  const request = { workspace: project.path, directory: ".", options, environment };
  const found = await mochaRunner.discover({ ...request, selection: { ...everything, ...selection } });
  return { files: found.files.map(({ file }) => file), options: found.options };
}

const typedWith = async (options: Suite["options"]) =>
  (await mochaRunner.typed?.({ workspace: project.path, directory: ".", options, environment }))?.words.join(" ");

/** As `mocha` runs it from this folder: what sets up is a test file as any other. */
const write = (more: Readonly<Record<string, string>> = {}) =>
  project.write({
    "test/helpers.js": `exports.calls = 0; globalThis.helped = (globalThis.helped ?? 0) + 1;`,
    "test/setup.js": `const helpers = require("./helpers"); before(() => { globalThis.db = "connected"; }); beforeEach(() => { helpers.calls += 1; });`,
    "test/a.js": `const { calls } = require("./helpers"); it("a", () => console.log(db, helped, require("./helpers").calls > calls));`,
    "test/z.js": `describe("z", () => { it("z", () => console.log(db, helped, require("./helpers").calls > 0)); });`,
    ...more,
  });

test("what files without tests set up is there for all others, as in mocha's one process, and they are no test files", async () => {
  await write();
  const { files, options } = await discover();
  expect(files).toEqual(["test/a.js", "test/z.js"]);
  expect(options).toEqual({ file: ["test/helpers.js", "test/setup.js"] });
  const ran = await runIn(await project.open(options), "test/a.js", "test/z.js", "test/a.js");
  expect(ran.map(({ result, printed }) => [result, printed.trim()])).toEqual(
    ["a", "z", "a"].map(() => [{ outcome: "passed" }, "connected 1 true"]),
  );
  expect(await typedWith(options)).toBe("npx mocha --file test/helpers.js --file test/setup.js");
});

test("they are there for those that are chosen, too, unless they are excluded", async () => {
  await write({ "first.js": "" });
  expect(await discover({ patterns: ["test/a.js"] })).toEqual({
    files: ["test/a.js"],
    options: { file: ["test/helpers.js", "test/setup.js"] },
  });
  expect((await discover({ excludes: ["test/helpers.js"] }, { file: ["./first.js"] })).options).toEqual({
    file: ["./first.js", "test/setup.js"],
  });
});

test("a file whose tests no word of its own shows stays one, and so does one that cannot be loaded", async () => {
  await write({
    "test/shared.js": `require("../define")("shared");`,
    "define.js": `module.exports = (name) => it(name, () => {});`,
    "test/broken.js": `throw new Error("broken");`,
    "test/waits.mjs": `await new Promise((go) => setTimeout(go, 1)); export const nothing = 1;`,
    ".mocharc.json": `{ "extension": ["js", "mjs"] }`,
  });
  const { files, options } = await discover();
  expect(files).toEqual(["test/a.js", "test/broken.js", "test/shared.js", "test/z.js"]);
  expect(options).toEqual({ file: ["test/helpers.js", "test/setup.js", "test/waits.mjs"] });
});

test.each([
  ["mocha's workers would not have them either", `{ "parallel": true }`],
  ["no word shows a test in this interface", `{ "ui": "exports" }`],
  ["a file may wait to define its tests", `{ "delay": true }`],
  ["the project cannot be set up, which its files say", `{ "require": "./none.js" }`],
  ["the project ends the process, which its files say", `{ "require": "./leaves.js" }`],
])("each file is one with tests: %s", async (_, configuration) => {
  await write({ ".mocharc.json": configuration, "leaves.js": `process.exit(0);` });
  expect(await discover()).toEqual({
    files: ["test/a.js", "test/helpers.js", "test/setup.js", "test/z.js"],
    options: {},
  });
});

test("one that only ends something stays a test file: it would end it after each of the others", async () => {
  await write({ "test/zz.js": "after(() => process.exit(0));", "test/pair.js": "before(() => {}); after(() => {});" });
  const { files, options } = await discover();
  expect(files).toEqual(["test/a.js", "test/z.js", "test/zz.js"]);
  expect(options).toEqual({ file: ["test/helpers.js", "test/pair.js", "test/setup.js"] });
});

test("files without any tests are test files if there are no others", async () => {
  await project.write({ "test/a.js": "", "test/b.js": "before(() => {});" });
  expect(await discover()).toEqual({ files: ["test/a.js", "test/b.js"], options: {} });
});

test("of a script's words, those that name test files are left out, and none that belongs to an option", async () => {
  await project.write({
    "package.json": `{ "scripts": { "test": "mocha --file test/setup.js -g fast --ignore test/slow.js --spec test/a.js test/**/*.js" } }`,
  });
  expect(await typedWith({})).toBe("npx mocha --file test/setup.js -g fast --ignore test/slow.js");
});
