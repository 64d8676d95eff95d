import { expect, test } from "vitest";
import { safePart, safePath, UniquePaths } from "./file-names.ts";

test("a name is made one that every system takes as a plain file", () => {
  expect(
    ["a.png", "übung 1.txt", "..", ".", "a:b", "aux", "CON.txt", "nul.", "end. ", "two\nlines", "a]]b", "", "\u202egnp.exe"].map(
      safePart,
    ),
  ).toEqual([
    "a.png",
    "übung 1.txt",
    "__",
    "_",
    "a_b",
    "_aux",
    "_CON.txt",
    "nul_",
    "end__",
    "two_lines",
    "a__b",
    "_",
    "_gnp.exe",
  ]);
  expect(safePath("../../etc//./passwd")).toBe("__/__/etc/passwd");
  expect(safePath("/")).toBe("_");
  const long = safePart(`${"x".repeat(300)}.png`);
  expect(long).toMatch(/^[0-9a-f]{8}_x+\.png$/);
  expect(long).toHaveLength(100);
  expect(safePart(`${"y".repeat(201)}${"x".repeat(99)}.png`)).not.toBe(long);
  expect(safePath("deep/".repeat(100)).length).toBeLessThanOrEqual(160);
});

test("no two get one path, whatever the file system thinks of capitals, and no file stands where a folder must", () => {
  const paths = new UniquePaths();
  expect(["A/x.png", "a/X.png", "a/x.png", "a", "b", "b/c", "B/c", "x.tar"].map((path) => paths.take(path))).toEqual([
    "A/x.png",
    "a/X~2.png",
    "a/x~3.png",
    "a~2",
    "b",
    "b_c~2",
    "B_c~3",
    "x.tar",
  ]);
});
