import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  return suites.map(({ name, runner, directory, directories, excludes }) =>
    [name, runner, directory, ...directories.map((path) => `in:${path}`), ...excludes].join(" "),
  );
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
  expect(await recognised()).toContain("node-test node-test . packages/b/**");
  expect(await recognised({ testDir: ["tools"] })).toEqual(["node-test node-test . in:tools packages/b/**"]);
  expect(await recognised({ exclude: ["x/**"], suite: ["node-test"] })).toEqual(["node-test node-test . packages/b/** x/**"]);
});

test("a root whose own script runs node:test has it for all packages without such a script", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], scripts: { test: "node --test" } },
    "packages/b/package.json": { scripts: { test: "echo none" } },
    "packages/b/b.test.mjs": nodeTest,
  });
  expect(await recognised()).toEqual(["node-test node-test ."]);
  write({ "packages/b/package.json": { scripts: { test: "node --test" } } });
  expect(await recognised()).toEqual(["node-test node-test . packages/b/**", "packages/b node-test packages/b"]);
});

test("a package that is configured for the root's framework is a suite of its own, unless the root names projects", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], devDependencies: { vitest: "5", jest: "30", mocha: "11" } },
    "vitest.config.ts": "export default { test: { globals: true } };",
    "jest.config.js": "module.exports = {};",
    ".mocharc.json": "{}",
    "packages/a/package.json": { devDependencies: { vitest: "5", jest: "30" } },
    "packages/a/vitest.config.ts": "",
    "packages/a/jest.config.js": "",
    "packages/b/package.json": vitest,
    "packages/c/package.json": mocha,
  });
  const own = ["packages/a:vitest vitest packages/a", "packages/a:jest jest packages/a"];
  const mochas = ["mocha mocha . packages/c/**", "packages/c mocha packages/c"];
  expect((await recognised()).toSorted()).toEqual(
    ["vitest vitest . packages/a/**", "jest jest . packages/a/**", ...own, ...mochas].toSorted(),
  );
  write({
    "vitest.config.ts": "export default { test: { projects: ['packages/*'] } };",
    "jest.config.js": "module.exports = { projects: ['<rootDir>/packages/*'] };",
  });
  expect((await recognised()).toSorted()).toEqual(["vitest vitest .", "jest jest .", ...mochas].toSorted());
});

test("where the root's own script runs its packages' tests, each package that has any is a suite", async () => {
  write({
    "package.json": {
      workspaces: ["packages/*"],
      scripts: { test: "npm run all", all: "pnpm -r test" },
      devDependencies: vitest.devDependencies,
    },
    "vitest.config.ts": "",
    "packages/a/package.json": vitest,
  });
  expect(await recognised()).toEqual(["vitest vitest . packages/a/**", "packages/a vitest packages/a"]);
  // A base that packages extend is found by them alone.
  rmSync(join(root, "vitest.config.ts"));
  write({ "vitest.base.config.ts": "" });
  expect(await recognised()).toEqual(["vitest vitest . packages/a/**", "packages/a vitest packages/a"]);
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
  expect(await recognised({ testDir: ["packages/b/src"] })).toEqual(["packages/b vitest packages/b in:src"]);
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

test("each path from the command line is a matter of the packages that it lies in, and of those that lie in it", async () => {
  write({
    "package.json": { workspaces: ["packages/*"], scripts: { test: "node --test test" } },
    "test/root.test.mjs": nodeTest,
    "docs/x.md": "",
    "packages/a/package.json": vitest,
    "packages/a/src/a.test.ts": "",
    "packages/b/package.json": mocha,
  });
  const all = ["node-test node-test .", "packages/a vitest packages/a", "packages/b mocha packages/b"];
  expect(await recognised({ testDir: ["."] })).toEqual(all);
  expect(await recognised({ testDir: ["packages"] })).toEqual(["node-test node-test . in:packages", ...all.slice(1)]);
  expect(await recognised({ testDir: ["test", "packages/a/src", "packages/b"] })).toEqual([
    "node-test node-test . in:test in:packages/a/src in:packages/b",
    "packages/a vitest packages/a in:src",
    "packages/b mocha packages/b",
  ]);
  // The same by another name.
  symlinkSync(root, `${root}-link`, "dir");
  try {
    expect(await recognised({ testDir: [`${root}-link/packages/b`] })).toContain("packages/b mocha packages/b");
  } finally {
    rmSync(`${root}-link`);
  }
  write({ "package.json": { workspaces: ["packages/*"] }, "test/root.test.mjs": "" });
  await expect(recognised({ testDir: ["packages/a", "docs"] })).rejects.toMatchObject({
    details: { problem: "No framework is recognised for the tests in docs." },
  });
  await expect(recognised({ testDir: ["packages/a", "gone"] })).rejects.toMatchObject({
    details: { problem: "There is neither a folder nor a file gone in which to look for tests." },
  });
});

test.each([
  ["npm exec --workspaces -- vitest run", false],
  ["c8 --all npm exec --workspaces -- vitest run", false],
  ["pnpm -r exec vitest run", false],
  ["pnpm --filter './packages/*' exec vitest run", false],
  ["yarn workspaces foreach -A run vitest", false],
  ["npx lerna exec -- vitest run", false],
  ["npm exec -w packages/a vitest run", false],
  ["pnpm -w exec vitest run", true],
  ["npx vitest run -r .", true],
  ["CI=1 vitest run && npm run lint", true],
])("whether a root's script ‘%s’ makes its framework the root's for all packages: %s", async (script, isOfRoot) => {
  write({
    "package.json": { workspaces: ["packages/*"], scripts: { test: script }, devDependencies: vitest.devDependencies },
    "packages/a/package.json": vitest,
  });
  expect(await recognised()).toEqual([isOfRoot ? "vitest vitest ." : "packages/a vitest packages/a"]);
});

test("scripts of a root that are not its tests are no reason to run those of packages with its own configuration", async () => {
  const scripts = { bench: "vitest bench", old: "mocha", e2e: "playwright test -c e2e", unit: "jest", node: "node --test" };
  const devDependencies = { vitest: "5", mocha: "11", jest: "30", "@playwright/test": "1" };
  write({
    "package.json": { workspaces: ["packages/*"], scripts, devDependencies },
    "packages/a/package.json": { scripts: { ...scripts, bench: "vitest" }, devDependencies },
  });
  const names = ["vitest", "jest", "mocha", "playwright", "node-test"];
  const found = await recognised();
  for (const name of names) expect(found).toContain(`packages/a:${name} ${name} packages/a`);
});

test("a package's own pytest is configured as the package says, though the root has tests like them", async () => {
  write({
    "package.json": { workspaces: ["packages/*"] },
    "test_root.py": "def test_it(): pass",
    "packages/a/package.json": {},
    "packages/a/pytest.ini": "[pytest]",
    "packages/a/test_a.py": "def test_it(): pass",
  });
  expect(await recognised()).toEqual(["pytest pytest . packages/a/**", "packages/a pytest packages/a"]);
  rmSync(join(root, "test_root.py"));
  expect(await recognised()).toEqual(["packages/a pytest packages/a"]);
});

test("packages whose folders no suite can be called by, or that are called as one of the root's, have names of their own", async () => {
  write({
    "package.json": { workspaces: ["@acme/*", "node-test"], scripts: { test: "node --test" } },
    "@acme/a/package.json": vitest,
    "node-test/package.json": vitest,
  });
  expect(await recognised()).toEqual([
    "node-test node-test .",
    "package 1:vitest vitest @acme/a",
    "node-test:vitest vitest node-test",
  ]);
});

test("packages outside of the folder are not left out without a word", async () => {
  write({ "web/package.json": { workspaces: ["../shared"] }, "shared/package.json": {} });
  await expect(workspaceMembers(join(root, "web"))).rejects.toMatchObject({
    code: "usage",
    details: { problem: expect.stringContaining("lies outside of that folder") },
  });
});

test("projects of Nx are packages as well, and scripts that call nothing known are told", async () => {
  write({
    "package.json": {
      devDependencies: { ...vitest.devDependencies, jest: "30" },
      scripts: { test: "c8 --check-coverage npm run all", all: "nx run-many -t test" },
    },
    "nx.json": {},
    "tools/check.test.mjs": nodeTest,
    "apps/web/project.json": {},
    "apps/web/vite.config.ts": "export default { test: {} };",
    "libs/util/project.json": {},
    "libs/util/package.json": { devDependencies: { jest: "30" } },
    "libs/util/jest.config.js": "",
    "libs/other/project.json": {},
    "libs/other/package.json": { scripts: { test: "ava" } },
    "libs/none/project.json": {},
    "libs/none/package.json": { scripts: { test: 'echo "no tests" && exit 1' } },
  });
  write({ "apps/web/package.json": { devDependencies: vitest.devDependencies } });
  expect(await recognised()).toEqual(["node-test node-test .", "apps/web vitest apps/web", "libs/util jest libs/util"]);
  const configuration = { root, settings: {}, suites: undefined, file: undefined } as unknown as Configuration;
  expect((await chooseSuites(configuration, root, runners)).flatMap(({ notices = [] }) => notices)).toEqual([
    expect.stringContaining("calls no framework that is recognised: libs/other."),
    expect.stringContaining("c8, which the script ‘test’ has around the tests of packages"),
  ]);
});
