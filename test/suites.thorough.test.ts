import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-suites-"));
  write("web/package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("web/a.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const web = { name: "web", runner: "node-test", directory: "web" };
const configure = (...suites: object[]) => write("shardwright.config.json", JSON.stringify({ suites }));

test("a suite whose folder or patterns lead nowhere does not hide behind the green of the others", async () => {
  configure(
    web,
    { name: "api", runner: "node-test", directory: "services/api" },
    { ...web, name: "old", patterns: ["*.spec.js"] },
  );
  for (const command of [
    ["run", "--workers", "1"],
    ["split", "--total", "2", "--index", "0"],
  ]) {
    const { code, output } = await runToEnd(command, { cwd: folder });
    expect(output).toContain("No tests were found for the suites api (in services/api), old (in web).");
    expect(output).toContain("shardwright.config.json");
    expect(code).toBe(2);
  }
  expect(existsSync(join(folder, "shardwright-report"))).toBe(false);
  expect((await runToEnd(["run", "--workers", "1", "--suite", "web"], { cwd: folder })).code).toBe(0);
  const allowed = await runToEnd(["run", "--workers", "1", "--allow-empty"], { cwd: folder });
  expect(allowed.output).toContain("No tests were found for the suite api (in services/api).");
  expect(allowed.code).toBe(0);
});

test("a runner that no suite of the file has is named beside those there are", async () => {
  configure(web);
  const { code, output } = await runToEnd(["run", "--runner", "pytest"], { cwd: folder });
  expect(output).toMatch(/is left by --runner pytest\.\s+It has web \(node-test\)\./);
  expect(code).toBe(2);
});

test("an absolute path through a link is taken for where it leads", async () => {
  configure(web);
  symlinkSync(join(folder, "web"), join(folder, "link"), "junction");
  const { code, output } = await runToEnd(["run", "--workers", "1", "--test-dir", join(folder, "link")], { cwd: folder });
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
});
