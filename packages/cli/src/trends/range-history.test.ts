import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rangeHistoryLines } from "@shardwright/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withHistories } from "./range-history.ts";

const folder = mkdtempSync(join(tmpdir(), "range-history-"));
const checkout = join(folder, "checkout");
const count = 60;
let commits: string[] = [];

function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

beforeAll(() => {
  git(folder, "init", "--quiet", "--initial-branch", "main", checkout);
  // One stream in place of a process for each commit.
  const stream = Array.from({ length: count }, (_, at) => {
    const message = `Change ${at}\t| with <marks> & \`more\`\n\nA body.`;
    return `commit refs/heads/main\ncommitter Ann O'Neil <ann@example.com> ${1_700_000_000 + at} +0000\ndata ${Buffer.byteLength(message)}\n${message}\n`;
  });
  execFileSync("git", ["fast-import", "--quiet"], { cwd: checkout, input: stream.join("") });
  commits = git(checkout, "rev-list", "--reverse", "main").split("\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (place: number) => commits[place] ?? "";
const historyIn = async (directory: string, last_good: string | undefined, ...bad: string[]) =>
  (await withHistories([{ last_good, commits: bad }], directory))[0]?.history;

test("the commits of a range come from the checkout, those that were never measured as well, the newest first", async () => {
  const history = await historyIn(checkout, at(3), at(6));
  expect(history).toEqual({
    commits: [6, 5, 4].map((place) => ({
      commit: at(place),
      subject: `Change ${place}\t| with <marks> & \`more\``,
      author: "Ann O'Neil",
    })),
    more: 0,
  });
  expect(history && rangeHistoryLines(history, 2)).toEqual([
    "3 commits in git:",
    `  ${at(6).slice(0, 8)} Change 6\t| with <marks> & \`more\` (Ann O'Neil)`,
    `  ${at(5).slice(0, 8)} Change 5\t| with <marks> & \`more\` (Ann O'Neil)`,
    "  … and 1 more",
  ]);
});

test("of a long range the newest are named, and the others counted", async () => {
  const history = await historyIn(checkout, at(0), at(count - 1));
  expect(history).toMatchObject({ more: count - 1 - 50 });
  expect(history?.commits).toHaveLength(50);
});

test("what the checkout does not have is said, and a shallow clone by name", async () => {
  const missing = "0123456789abcdef0123456789abcdef01234567";
  expect(await historyIn(checkout, missing, at(6))).toEqual({
    commits: [],
    more: 0,
    trouble: "This checkout does not have the commit 0123456789ab.",
  });
  expect(await historyIn(checkout, at(6), at(3))).toMatchObject({ trouble: expect.stringContaining("does not come before") });
  const shallow = join(folder, "shallow");
  git(folder, "clone", "--quiet", "--depth", "2", `file://${checkout}`, shallow);
  expect(await historyIn(shallow, at(3), at(count - 1))).toMatchObject({
    trouble: `This checkout does not have the commit ${at(3).slice(0, 12)}: it is a shallow clone (git fetch --unshallow).`,
  });
});

test("nothing is said outside a checkout, without a good commit, or of what is no commit's name", async () => {
  expect(await historyIn(folder, at(3), at(6))).toBeUndefined();
  expect(await historyIn(checkout, undefined, at(6))).toBeUndefined();
  expect(await historyIn(checkout, "--output=/tmp/x", at(6))).toBeUndefined();
  expect(await historyIn(checkout, at(3), ":/Change")).toBeUndefined();
});
