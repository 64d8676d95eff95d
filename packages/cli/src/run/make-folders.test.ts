import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { makeFolders, tryFolder } from "./make-folders.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "make-folders-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("a folder is made with those above it, and twice is no harm", () => {
  const path = join(folder(), "a", "b", "c");
  makeFolders(path);
  makeFolders(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

test("below a file, and in the place of one, none is made", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  expect(() => makeFolders(file)).toThrow("EEXIST");
  expect(() => makeFolders(join(file, "below"))).toThrow("ENOTDIR");
});

test.skipIf(process.platform !== "linux")("a file system that makes no folders is an error, not an endless loop", () => {
  expect(() => makeFolders("/proc/none/below")).toThrow("ENOENT");
  expect(() => tryFolder("/proc/none")).toThrow("ENOENT");
});

test("what was tried is not left behind", () => {
  const path = join(folder(), "tried");
  tryFolder(path);
  expect(existsSync(path)).toBe(false);
});
