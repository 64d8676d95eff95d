import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { builtInRunners, type Runner } from "@shardwright/runners";
import type { Configuration } from "../config/resolve.ts";
import { workspaceMembers } from "./members.ts";
import { chooseSuites } from "./suites.ts";

const runners: ReadonlyMap<string, Runner> = new Map(builtInRunners.map((runner) => [runner.name, runner]));
let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "suites-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** What is recognised, each as `name runner directory`. */
async function recognised(settings: Partial<Configuration["settings"]> = {}): Promise<string[]> {
  const configuration = { root, settings, suites: undefined, file: undefined } as unknown as Configuration;
  const suites = await chooseSuites(configuration, root, runners);
  return suites.map(({ name, runner, directory, excludes }) => [name, runner, directory, ...excludes].join(" "));
}

const vitest = { scripts: { test: "vitest run" }, devDependencies: { vitest: "5.0.0" } };
const mocha = { scripts: { test: "mocha" }, devDependencies: { mocha: "11.0.0" } };
const nodeTest = 'import test from "node:test"; test("it", () => {});';

test("the packages of a repository have their tests recognised with the root's own", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], scripts: { test: "npm test --workspaces" } },
    "packages/a/package.json": vitest,
    "packages/b/package.json": mocha,
    "packages/none/package.json": {},
    "services/test_api.py": "def test_it(): pass",
  });
  expect(await recognised()).toEqual(["pytest pytest .", "packages/a vitest packages/a", "packages/b mocha packages/b"]);
});

test("a framework that the root is set up for is the root's matter, in all packages", async () => {
  write({
    "package.json": { workspaces: { packages: ["packages/*"] }, ...vitest },
    "packages/a/package.json": vitest,
    "packages/b/package.json": { ...mocha, scripts: { test: "mocha && vitest run" } },
  });
  expect(await recognised()).toEqual(["vitest vitest .", "packages/b mocha packages/b"]);
});

test("a framework of the root knows which packages are set up for it as well", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], ...vitest },
    "packages/a/package.json": vitest,
    "packages/b/package.json": mocha,
    "packages/c/package.json": vitest,
  });
  const configuration = { root, settings: {}, suites: undefined, file: undefined } as unknown as Configuration;
  const suites = await chooseSuites(configuration, root, runners);
  expect(suites.map(({ name, packages }) => [name, packages])).toEqual([
    ["vitest", ["packages/a", "packages/c"]],
    ["packages/b", undefined],
  ]);
});

test("test files of packages are no sign that the root has tests like them, and are left to them", async () => {
  write({
    "package.json": { workspaces: ["packages/*"] },
    "packages/a/package.json": vitest,
    "packages/b/package.json": {},
    "packages/b/b.test.mjs": nodeTest,
  });
  expect(await recognised()).toEqual(["packages/a vitest packages/a", "packages/b node-test packages/b"]);
  write({ "tools/t.test.mjs": nodeTest });
  expect(await recognised()).toContain("node-test node-test . packages/a/** packages/b/**");
  expect(await recognised({ testDir: ["tools"] })).toEqual(["node-test node-test . packages/a/** packages/b/**"]);
});

test("a root whose own script runs node:test has it for all packages", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], scripts: { test: "node --test" } },
    "packages/b/package.json": { scripts: { test: "node --test" } },
    "packages/b/b.test.mjs": nodeTest,
  });
  expect(await recognised()).toEqual(["node-test node-test ."]);
});

test("a package with two frameworks has a suite of each; --suite and paths choose among them", async () => {
  write({
    "package.json": { workspaces: ["packages/*"] },
    "packages/a/package.json": { scripts: { unit: "vitest run", old: "mocha" }, devDependencies: { vitest: "5", mocha: "11" } },
    "packages/b/package.json": vitest,
    "packages/b/src/b.test.ts": "",
  });
  expect(await recognised()).toEqual([
    "packages/a:vitest vitest packages/a",
    "packages/a:mocha mocha packages/a",
    "packages/b vitest packages/b",
  ]);
  expect(await recognised({ suite: ["packages/a:mocha"] })).toEqual(["packages/a:mocha mocha packages/a"]);
  expect(await recognised({ testDir: ["packages/b/src"] })).toEqual(["packages/b vitest packages/b"]);
  write({ "packages/b/inner/package.json": vitest, "package.json": { workspaces: ["packages/*", "packages/b/inner"] } });
  expect(await recognised({ testDir: ["packages/b/inner"] })).toEqual(["packages/b/inner vitest packages/b/inner"]);
  await expect(recognised({ suite: ["packages/c"] })).rejects.toMatchObject({
    code: "usage",
    details: { problem: expect.stringContaining("There is no suite packages/c among those recognised in") },
  });
});

test("pnpm's packages, without those that it leaves out, and Lerna's", async () => {
  const manifests = ["apps/web", "packages/deep/one", "packages/two", "packages/two/node_modules/x", "packages/test/fixture"];
  write(Object.fromEntries(manifests.map((folder) => [`${folder}/package.json`, {}])));
  write({ "lerna.json": { packages: ["./apps/*/"] } });
  expect(await workspaceMembers(root)).toEqual(["apps/web"]);
  write({ "pnpm-workspace.yaml": "packages:\n  - .\n  - apps/*\n  - packages/**\n  - '!**/test/**'\n" });
  expect(await workspaceMembers(root)).toEqual(["apps/web", "packages/deep/one", "packages/two"]);
});

test("a file that cannot be read as one of workspaces is named", async () => {
  write({ "pnpm-workspace.yaml": "packages: [" });
  await expect(workspaceMembers(root)).rejects.toMatchObject({
    code: "usage",
    details: { problem: expect.stringContaining("pnpm-workspace.yaml does not say which packages there are") },
  });
});
