import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decisiveCall, jestScripts } from "../jest/manifest-script.ts";
import { invocationOf } from "../mocha/options.ts";
import { nodeTestRunner } from "../node-test/runner.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-calls-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (scripts: Readonly<Record<string, string>>) => writeFile(join(folder, "package.json"), JSON.stringify({ scripts }));
const refused = (framework: string, times = 2) =>
  expect.objectContaining({
    code: "usage",
    message: expect.stringContaining(`‘test’ of package.json calls ${framework} ${times} times`),
  });

describe("jest", () => {
  const call = async (scripts: Readonly<Record<string, string>>) => {
    await write(scripts);
    return decisiveCall(await jestScripts(folder));
  };

  test.each([
    [{ test: "jest --config a.js && jest --config b.js" }, 2],
    [{ test: "npm run test:unit && yarn e2e && jest c", "test:unit": "jest a", e2e: "A=1 jest b" }, 3],
    [{ test: "npm run base -- --config a && npm run base -- --config b", base: "jest" }, 2],
    [{ test: "yarn unit --config a.js && jest --config b.js", unit: "jest" }, 2],
    [{ test: "npm run -s all", all: "pnpm a; pnpm run b", a: "jest a", b: "jest b" }, 2],
  ])("a script that stands for several suites is refused: %j", async (scripts, times) => {
    await expect(call(scripts)).rejects.toEqual(refused("jest", times));
  });

  test.each<[Record<string, string>, string[] | undefined]>([
    [{ test: "tsc && npm run unit", unit: "jest a" }, ["a"]],
    [{ test: "jest a || jest a" }, ["a"]],
    [{ test: "jest --clearCache && jest a || jest a --onlyFailures" }, ["a"]],
    [{ test: "npm run unit -- --ci && npm run watch", unit: "jest a", watch: "jest --watch" }, ["a", "--ci"]],
    [{ ci: "jest a", unit: "jest b" }, undefined],
    [{ test: "npm test; npm run unit", unit: "jest a" }, ["a"]],
  ])("%j", async (scripts, args) => {
    expect((await call(scripts))?.args).toEqual(args);
  });
});

test("mocha", async () => {
  await write({ test: "mocha unit && mocha --timeout 60000 e2e" });
  const location = { workspace: folder, directory: "." };
  expect(() => invocationOf(location, {})).toThrow(refused("mocha"));
  expect(invocationOf(location, { args: ["e2e"] }).args).toEqual(["e2e"]);
});

test("node --test", async () => {
  await write({ test: "node --test unit && node --import=x --test e2e" });
  const selection = { patterns: [], directories: [], excludes: [] };
  const discover = (options: { args?: string[] }) =>
    nodeTestRunner.discover({ workspace: folder, directory: ".", selection, environment: {}, options });
  await expect(discover({})).rejects.toEqual(refused("node --test"));
  expect((await discover({ args: [] })).files).toEqual([]);
});
