import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();
const require = createRequire(join(import.meta.dirname, "..", "..", "packages", "runners", "package.json"));
const framework = "@playwright/test";

function writeSuite(files: Readonly<Record<string, string>>): void {
  write("package.json", "{}");
  const path = join(folder(), "node_modules", framework);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(dirname(require.resolve(`${framework}/package.json`)), path, "junction");
  for (const [name, text] of Object.entries(files)) write(name, text);
}

const imports = `const { test } = require("@playwright/test"); const fs = require("node:fs");\n`;

/** A test that notes each time it runs, and does something the first time only. */
const atFirst = (what: string) =>
  `test("wavers", () => { const first = !fs.existsSync("ran"); fs.appendFileSync("ran", "x"); if (first) ${what} });\n`;
const timesRun = () => readFileSync(join(folder(), "ran"), "utf8").length;
const fails = atFirst(`throw new Error("the first time");`);

test.each([
  [
    "by Playwright's own retry",
    "retries: 1, failOnFlakyTests: true",
    "",
    2,
    "wavers failed before it passed, and failOnFlakyTests",
  ],
  ["by a retry of the file", "retries: 0, failOnFlakyTests: true", "", 1, "wavers failed, which failOnFlakyTests makes final"],
  ["because its script says so", "retries: 0", "--fail-on-flaky-tests", 1, "which failOnFlakyTests makes final"],
] as const)("where flaky tests are to fail, a later pass is not green: %s", async (_, settings, flag, times, reason) => {
  writeSuite({ "playwright.config.js": `module.exports = { ${settings} };`, "a.spec.js": imports + fails });
  write("package.json", JSON.stringify({ scripts: { test: `playwright test ${flag}` } }));
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(1);
  expect(output).toContain(reason);
  const [{ status, attempts } = { status: undefined, attempts: [] }] = report().tasks;
  expect(status).toBe("failed");
  expect(attempts).toMatchObject([{ failure: { conclusive: true, message: expect.stringContaining("the first time") } }]);
  expect(attempts[0]?.failure?.message).toContain(reason);
  expect(timesRun()).toBe(times);
});

test("a worker process that dies is no flaky test: its file runs again", async () => {
  writeSuite({
    "playwright.config.js": "module.exports = { failOnFlakyTests: true };",
    "a.spec.js": imports + atFirst("process.exit(3);"),
  });
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(0);
  expect(report().tasks[0]?.attempts.map(({ status }) => status)).toEqual(["errored", "passed"]);
});

test("… but it hides no test of the file that failed by itself", async () => {
  writeSuite({
    "playwright.config.js": "module.exports = { failOnFlakyTests: true };",
    "a.spec.js": `${imports}${fails}test("dies", () => { if (fs.readFileSync("ran").length === 1) process.exit(3); });`,
  });
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(3);
  expect(timesRun()).toBe(1);
});

test("without that, the file runs again, passes and is flaky", async () => {
  writeSuite({ "playwright.config.js": "module.exports = {};", "a.spec.js": imports + fails });
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(0);
  expect(report().account).toMatchObject({ flaky: 1 });
});

test("a project that others depend on fails once: what depends on it is not run, not tried again, and no worker's fault", async () => {
  const dependents = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}.spec.js`);
  writeSuite({
    "playwright.config.js": `module.exports = { retries: 1, projects: [
      { name: "login", testMatch: "login.setup.js" }, { name: "app", dependencies: ["login"] }, { name: "free", testMatch: "free.js" } ] };`,
    "login.setup.js": `${imports}test("logs in", () => { fs.appendFileSync("ran", "x"); throw new Error("no such user"); });`,
    "free.js": `${imports}test("free", () => {});`,
    ...Object.fromEntries(dependents.map((file) => [file, `${imports}test("never", () => fs.writeFileSync("went", ""));`])),
  });
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(3);
  expect(report().account).toMatchObject({ passed: 1, failed: 1, errored: 6 });
  expect(report().tasks.filter(({ attempts }) => attempts.length !== 1)).toEqual([]);
  expect(report().notices).toEqual([]);
  const reasons = report().tasks.flatMap(({ file, attempts }) =>
    dependents.includes(file) ? [attempts[0]?.failure?.message] : [],
  );
  expect(new Set(reasons)).toEqual(
    new Set(["The project login, which it depends on, did not pass: login.setup.js: logs in failed: no such user"]),
  );
  // Playwright's own retry, and none of ours.
  expect(timesRun()).toBe(2);
  expect(existsSync(join(folder(), "went"))).toBe(false);
});

test("a project that others depend on, and that a service failed, is tried again with them", async () => {
  writeSuite({
    "playwright.config.js": `module.exports = { projects: [{ name: "login", testMatch: "login.setup.js" },
      { name: "app", dependencies: ["login"], testMatch: "*.spec.js" }] };`,
    "login.setup.js": imports + atFirst(`throw new Error("connect ECONNREFUSED 127.0.0.1:5432");`),
    "a.spec.js": `${imports}test("goes on", () => {});\n`,
    "b.spec.js": `${imports}test("goes on", () => {});\n`,
  });
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(0);
  expect(timesRun()).toBe(2);
});
