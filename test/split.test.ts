import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timingsSchema } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-split-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("a.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

test("a run leaves its durations where split looks for them, wherever its own state is", async () => {
  const state = mkdtempSync(join(tmpdir(), "shardwright-split-state-"));
  try {
    expect((await runToEnd(["run", "--workers", "1", "--state-dir", state], { cwd: folder })).code).toBe(0);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  const text = readFileSync(join(folder, ".shardwright", "timings.json"), "utf8");
  expect(Object.keys(timingsSchema.parse(JSON.parse(text)).durations_ms)).toEqual(["node-test:a.test.js"]);
  expect(existsSync(join(folder, ".shardwright", ".gitignore"))).toBe(true);
  expect((await runToEnd(["split", "--index", "0", "--total", "1"], { cwd: folder })).output).toBe("a.test.js\n");
});

test("jobs that split by different durations can tell", async () => {
  write("b.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
  const durations = (a: number, b: number) =>
    JSON.stringify({ project: "default", durations_ms: { "node-test:a.test.js": a, "node-test:b.test.js": b } });
  write("one.json", durations(1, 2));
  write("other.json", durations(2, 1));
  const split = async (timings: string, ...more: string[]) => {
    const { output } = await runToEnd(["split", "--total", "2", "--json", "--timings", timings, ...more], { cwd: folder });
    return JSON.parse(output) as { split: string; files?: string[]; shares?: string[][] };
  };
  const [first, second, all] = [
    await split("one.json", "--index", "0"),
    await split("one.json", "--index", "1"),
    await split("one.json"),
  ];
  expect([first.split, second.split]).toEqual([all.split, all.split]);
  expect([first.files, second.files]).toEqual(all.shares);
  const astray = await split("other.json", "--index", "1");
  // The same file as the first job's: without the name of the split nobody would know that the other is run by no job.
  expect(astray.files).toEqual(first.files);
  expect(astray.split).not.toBe(first.split);
});
