import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { FileHashes } from "./file-hashes.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "shardwright-hashes-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Each file takes so long, by a clock that only reading moves. */
function clock(perFile_ms: number): () => number {
  let now_ms = 0;
  let calls = 0;
  return () => {
    calls += 1;
    if (calls % 2 === 0) now_ms += perFile_ms;
    return now_ms;
  };
}

test("hashes files alike, whether the disk is near or far, and however large they are", async () => {
  const path = folder();
  const contents = ["", "a test\n", "x".repeat(4 * 1024 * 1024 + 1)];
  for (const [index, content] of contents.entries()) writeFileSync(join(path, String(index)), content);
  const expected = contents.map((content) => ({
    hash: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
  }));
  for (const [perFile_ms, isSlow] of [
    [0.1, false],
    [0.6, true],
    [30, true],
    [101, true],
  ] as const) {
    const hashes = new FileHashes(clock(perFile_ms));
    for (let file = 0; file < (perFile_ms > 100 ? 1 : 15); file += 1) await hashes.describe(join(path, "0"));
    expect(hashes.isSlow).toBe(isSlow);
    expect(await Promise.all(contents.map((_, index) => hashes.describe(join(path, String(index)))))).toEqual(expected);
    await expect(hashes.describe(join(path, "none"))).rejects.toThrow("ENOENT");
  }
});

test("a few files of many that take long make no disk slow, and nobody waits long for a turn", async () => {
  const path = join(folder(), "a");
  writeFileSync(path, "");
  let calls = 0;
  let now_ms = 0;
  const hashes = new FileHashes(() => {
    calls += 1;
    if (calls % 2 === 0) now_ms += calls % 6 === 0 ? 25 : 0.1;
    return now_ms;
  });
  let turns = 0;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  for (let file = 0; file < 60; file += 1) await hashes.describe(path);
  clearImmediate(next);
  expect(hashes.isSlow).toBe(false);
  expect(turns).toBeGreaterThan(10);
});

test.skipIf(process.platform === "win32")("what is no file is not waited for by everybody", async () => {
  const path = join(folder(), "pipe");
  execFileSync("mkfifo", [path]);
  const hashes = new FileHashes();
  // It opens when somebody writes to it, who waits for that.
  const writing = promisify(execFile)("sh", ["-c", 'printf "of a pipe" > "$0"', path]);
  const described = hashes.describe(path);
  await writing;
  expect(await described).toEqual({ hash: createHash("sha256").update("of a pipe").digest("hex"), bytes: 0 });
});
