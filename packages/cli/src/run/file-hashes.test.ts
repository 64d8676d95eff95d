import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  for (const perFile_ms of [0.1, 30]) {
    const hashes = new FileHashes(clock(perFile_ms));
    await hashes.describe(join(path, "0"));
    expect(hashes.isSlow).toBe(perFile_ms === 30);
    expect(await Promise.all(contents.map((_, index) => hashes.describe(join(path, String(index)))))).toEqual(expected);
    await expect(hashes.describe(join(path, "none"))).rejects.toThrow("ENOENT");
  }
});

test("one file among many that takes long makes no disk slow", async () => {
  const path = join(folder(), "a");
  writeFileSync(path, "");
  let calls = 0;
  const hashes = new FileHashes(() => ((calls += 1) < 2 * 61 ? 0 : 25));
  for (let file = 0; file < 61; file += 1) await hashes.describe(path);
  expect(calls).toBe(2 * 61);
  expect(hashes.isSlow).toBe(false);
});
