import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-files-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write(
    "a.test.js",
    'import test from "node:test";\nimport { writeFileSync } from "node:fs";\ntest("works", () => writeFileSync("ran", ""));\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
const run = (...args: string[]) => runToEnd(["run", "--workers", "1", "--max-retries", "0", ...args], { cwd: folder });

test("where reports cannot go is said before anything runs", async () => {
  mkdirSync(join(folder, "taken", "report.md"), { recursive: true });
  for (const [args, message] of [
    [["--output-dir", "package.json"], "package.json is no folder"],
    [["--output-dir", "package.json/below"], "package.json is no folder"],
    [["--output-dir", "taken"], "report.md is a folder"],
    [["--report-formats", "pdf"], "No reporter writes the format pdf"],
    [["--report-formats", ""], "--report-formats"],
  ] as const) {
    const { code, output } = await run(...args);
    expect(output).toContain(message);
    expect(output).not.toContain("fault in Shardwright");
    expect(code).toBe(2);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  }
});

/** Adds a reporter named `count`. */
function withReporter(body: string): void {
  write(
    "shardwright.config.mjs",
    `export default { plugins: [{ name: "p", version: "1.0.0", setup: (api) => api.reporter({ format: "count", file: "count.txt", write: (report) => { ${body} } }) }] };\n`,
  );
}

test("a plugin's format is one that can be asked for", async () => {
  withReporter("return String(report.account.discovered);");
  expect((await run("--report-formats", "count")).code).toBe(0);
  expect(readdirSync(join(folder, "shardwright-report"))).toEqual(["count.txt"]);
  expect(readFileSync(join(folder, "shardwright-report", "count.txt"), "utf8")).toBe("1");
});

test("a report that fails costs neither the others nor the summary, but the exit code is not 0", async () => {
  withReporter('throw new Error("out of paper");');
  const { code, output } = await run();
  expect(output).toContain("1 discovered = 1 passed");
  expect(output).toContain("the report count could not be written");
  expect(output).toContain("out of paper (it is the plugin p's)");
  expect(code).toBe(3);
  expect(readdirSync(join(folder, "shardwright-report")).toSorted()).toEqual([
    "junit.xml",
    "report.html",
    "report.json",
    "report.md",
  ]);
  write("a.test.js", 'import test from "node:test";\ntest("works", () => { throw new Error("no"); });\n');
  // That tests failed is known all the same.
  expect((await run()).code).toBe(1);
});
