import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jestRunner } from "./runner.ts";
import {
  versions,
  workspace,
  useJest,
  write,
  open,
  discover,
  listed,
  run,
  summary,
  manifest,
  plain,
} from "./testing/jest-suite.ts";

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

  test("coverage is measured where the configuration, the script or an option says so", async () => {
    const asks = async (jest: object, script: string, options = {}) => {
      await write({ ...manifest(jest, { scripts: { test: script } }), "a.test.js": "test('it', () => {});" });
      const { options: given, keeps } = await discover({}, ".", options);
      return [given["coverage"], keeps];
    };
    const measured = [true, ["coverage-part/**"]];
    expect(await asks({}, "jest")).toEqual([undefined, undefined]);
    expect(await asks({}, "jest --coverage")).toEqual(measured);
    expect(await asks({ collectCoverage: true }, "jest")).toEqual(measured);
    expect(await asks({ collectCoverage: true }, "jest --coverage=false")).toEqual([undefined, undefined]);
    expect(await asks({ collectCoverage: true }, "jest", { coverage: false })).toEqual([false, undefined]);
    expect(await asks({}, "jest", { coverage: true })).toEqual(measured);
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
