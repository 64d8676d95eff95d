import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { typedJest } from "./typed.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-typed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ["jest --selectProjects unit dom --ci --config a.js src", "npx jest --config a.js"],
  ["jest --testPathPatterns unit --no-cache", "npx jest --no-cache"],
  ["node --no-warnings node_modules/jest/bin/jest.js -t name", "node --no-warnings node_modules/jest/bin/jest.js"],
])("of the words of %s those are left that choose no tests", async (script, words) => {
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { test: script } }));
  expect((await typedJest({ workspace: folder, directory: ".", options: {}, environment: {} })).words.join(" ")).toBe(words);
});
