import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { History } from "./history.ts";

test("commits come with their subject and who wrote them, by name, and no address", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bisect-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch", "main");
  const stream = ["Begin", `Sort\t| by "price"`, "x".repeat(500)].map((message, at) => {
    const who = `${at === 1 ? "Ann O'Neil" : "Bob"} <secret-${at}@example.com> ${1_700_000_000 + at} +0000`;
    return `commit refs/heads/main\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}\n`;
  });
  execFileSync("git", ["fast-import", "--quiet"], { cwd: folder, input: stream.join("") });
  const commits = await new History(folder, AbortSignal.timeout(60_000)).between("main~2", "main");
  expect(commits).toEqual([
    { sha: git("rev-parse", "main~2"), subject: "Begin", author: "Bob", isMerge: false },
    { sha: git("rev-parse", "main~1"), subject: 'Sort\t| by "price"', author: "Ann O'Neil", isMerge: false },
    { sha: git("rev-parse", "main"), subject: "x".repeat(200), author: "Bob", isMerge: false },
  ]);
  expect(JSON.stringify(commits)).not.toContain("example.com");
});
