import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const program = join(import.meta.dirname, "../../packages/cli/bin/shardwright.mjs");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-in-browsers-"));
  mkdirSync(join(folder, "cases"));
  writeFileSync(join(folder, "cases", "a.txt"), "");
  writeFileSync(join(folder, "check.mjs"), "if (process.argv[2] !== process.env.SHARDWRIGHT_BROWSER) process.exit(1);");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs one file in browsers that no machine has. */
function run(...flags: string[]) {
  const suite = {
    name: "shop",
    runner: "command",
    patterns: ["cases/*.txt"],
    options: { command: "node check.mjs {browser} {file}", report: "exit-code" },
  };
  writeFileSync(join(folder, "shardwright.config.json"), JSON.stringify({ suites: [suite] }));
  const args = [program, "run", "--workers", "1", "--output-dir", "out", ...flags];
  const env = { ...process.env, SHARDWRIGHT_DETECT_BROWSERS: "false", CI: "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  const report = JSON.parse(readFileSync(join(folder, "out", "report.json"), "utf8")) as {
    verdict: string;
    tasks: { key: string; status: string; reason?: string }[];
  };
  return { status, said: `${stdout}${stderr}`, report };
}

test("tests whose browser nobody offers are skipped by name, and a run of nothing else is not green", () => {
  const { status, said, report } = run("--requirements", '{"browsers":["edge","firefox"]}');
  expect(said).toContain("no worker offers edge");
  expect(report.verdict).toBe("incomplete");
  expect(status).not.toBe(0);
  expect(report.tasks.map(({ key, status: ended, reason }) => [key, ended, reason])).toEqual([
    ["shop:cases/a.txt#edge", "skipped", "no worker offers edge"],
    ["shop:cases/a.txt#firefox", "skipped", "no worker offers firefox"],
  ]);
});

test("they are errors where that is asked for", () => {
  const { status, report } = run("--requirements", '{"browser":"edge","labels":["webgpu"]}', "--missing-browser", "error");
  expect(status).not.toBe(0);
  expect(report.verdict).toBe("errored");
  expect(report.tasks).toMatchObject([{ status: "errored", reason: "no worker offers edge with webgpu" }]);
});
