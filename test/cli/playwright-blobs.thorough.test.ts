import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();
const require = createRequire(join(import.meta.dirname, "..", "..", "packages", "runners", "package.json"));
const framework = "@playwright/test";
const imports = `const { test, expect } = require("@playwright/test"); const fs = require("node:fs");\n`;

function writeSuite(configuration: string, files: Readonly<Record<string, string>>): void {
  write("package.json", "{}");
  const path = join(folder(), "node_modules", framework);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(dirname(require.resolve(`${framework}/package.json`)), path, "junction");
  write("playwright.config.js", `module.exports = { ${configuration} };`);
  for (const [name, text] of Object.entries(files)) write(name, imports + text);
}

const blobs = () => join(folder(), "shardwright-report", "blob-report", "playwright");

interface MergedSuite {
  readonly suites?: readonly MergedSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly { readonly projectName: string; readonly results: readonly { readonly status: string }[] }[];
  }[];
}

/** What Playwright's own merger makes of the blobs: each test with the ends of its tries, sorted. */
function merged(): string[] {
  const program = join(folder(), "node_modules", framework, "cli.js");
  const args = [program, "merge-reports", "-c", ".", "--reporter", "json", blobs()];
  // As a CI job would, in an environment of its own.
  const { PLAYWRIGHT_JSON_OUTPUT_NAME: _, ...env } = process.env;
  const text = execFileSync(process.execPath, args, { cwd: folder(), env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const specsOf = (suite: MergedSuite): NonNullable<MergedSuite["specs"]>[number][] => [
    ...(suite.specs ?? []),
    ...(suite.suites ?? []).flatMap(specsOf),
  ];
  return specsOf(JSON.parse(text) as MergedSuite)
    .flatMap(({ title, file, tests }) =>
      tests.map(({ projectName, results }) =>
        [file, projectName, title, ...results.map(({ status }) => status)].filter(Boolean).join(" "),
      ),
    )
    .toSorted();
}

test("where the configuration asks for blobs, Playwright makes its own report of the whole run, each test once", async () => {
  writeSuite(
    `reporter: "blob", retries: 1, projects: [{ name: "setup", testMatch: /setup/ }, { name: "main", dependencies: ["setup"], testMatch: /spec/ }]`,
    {
      "auth.setup.js": `test("signs in", () => {});\n`,
      "a.spec.js": `test.describe("group", () => { test("adds", async ({}, info) => {
        const path = info.outputPath("x.txt"); fs.writeFileSync(path, "x"); await info.attach("x", { path }); }); });
        test("wavers", ({}, info) => { expect(info.retry).toBe(1); }); test.skip("is left out", () => {});\n`,
      "b.spec.js": `test("fails", () => { expect(1).toBe(2); });\n`,
      // A whole file that fails, with its own retry, before it passes.
      "c.spec.js": `test("recovers", () => { fs.appendFileSync("ran", "x"); expect(fs.readFileSync("ran").length).toBeGreaterThan(2); });\n`,
    },
  );
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(1);
  expect(merged()).toEqual([
    "a.spec.js main adds passed",
    "a.spec.js main is left out skipped",
    "a.spec.js main wavers failed passed",
    "auth.setup.js setup signs in passed",
    "b.spec.js main fails failed failed",
    "c.spec.js main recovers passed",
  ]);
  expect(output).toContain(
    `npx playwright merge-reports -c . --reporter html ${join("shardwright-report", "blob-report", "playwright")}`,
  );
  expect(output).not.toContain("lacks");
  // They stand for all that there is beside the reports: a passed file's artifacts are not fetched.
  const { tasks } = report();
  expect(tasks.find(({ file }) => file === "c.spec.js")).toMatchObject({
    flaky: true,
    attempts: [
      { status: "failed", artifacts: [{ name: "blob-report/report.zip" }] },
      { status: "passed", artifacts: [{ name: "blob-report/report.zip", path: expect.stringContaining("c.spec.js#main.zip") }] },
    ],
  });

  // The next run has no use for them.
  write(
    "shardwright.config.json",
    JSON.stringify({ suites: [{ name: "own", runner: "playwright", options: { blobReport: false } }] }),
  );
  expect((await run("--max-retries", "0")).code).toBe(1);
  expect(existsSync(blobs())).toBe(false);
  expect(report().tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts))).toEqual([]);
});

test("an attempt whose process died leaves none, and the one in its place has each test", async () => {
  writeSuite("", {
    "a.spec.js": `test("is first", () => {}); test("ends the host", () => {
      if (!fs.existsSync("again")) { fs.writeFileSync("again", ""); process.kill(Number(fs.readFileSync("host", "utf8")), "SIGKILL"); }
    });\n`,
  });
  // The host loads the configuration, and its workers load it again.
  const note = `if (process.env.TEST_WORKER_INDEX === undefined) require("node:fs").writeFileSync("host", String(process.pid));`;
  // What a CI job sets for the one blob of a shard.
  const variable = `process.env.PLAYWRIGHT_BLOB_OUTPUT_FILE = "elsewhere/one.zip";`;
  write(
    "playwright.config.js",
    `${note} ${variable} module.exports = { reporter: [["html"], ["blob", { outputDir: "elsewhere" }]] };`,
  );
  const { code, output } = await run("--runner", "playwright");
  expect(code, output).toBe(0);
  expect(report().tasks[0]?.attempts).toMatchObject([{ status: "errored" }, { status: "passed" }]);
  expect(merged()).toEqual(["a.spec.js ends the host passed", "a.spec.js is first passed"]);
  expect(output).not.toContain("lacks");
  expect(existsSync(join(folder(), "elsewhere"))).toBe(false);
});
