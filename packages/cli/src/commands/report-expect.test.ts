import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { registerReport } from "./report.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-expect-"));
  for (const shard of [1, 2])
    writeFileSync(join(directory, `${shard}.xml`), `<testsuite name="s${shard}"><testcase name="a"/></testsuite>`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function merge(...args: string[]): Promise<number | undefined> {
  let code: number | undefined;
  const silent = { write: () => true } as unknown as NodeJS.WriteStream;
  const program = new Command("shardwright").exitOverride();
  registerReport(program, {
    environment: {},
    directory,
    stdout: silent,
    stderr: silent,
    exit: (value) => {
      code = value;
    },
  });
  await program.parseAsync(["report", "merge", "*.xml", ...args], { from: "user" });
  return code;
}

test("a shard without a report is missed where the number of shards is known", async () => {
  expect(await merge("--expect", "2", "--output-dir", "two")).toBe(0);
  await expect(merge("--expect", "3")).rejects.toThrow("--expect says 3, and the files are 2: 1.xml, 2.xml.");
  await expect(merge("--expect", "1")).rejects.toThrow("--expect says 1");
  await expect(merge("--expect", "all")).rejects.toThrow("--expect is a whole number");
  expect(existsSync(join(directory, "shardwright-report"))).toBe(false);
});
