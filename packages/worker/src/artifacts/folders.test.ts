import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ArtifactFolders, removeLeftBehind } from "./folders.ts";

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "folders-"));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

test("folders of workers that were killed are removed, and nothing else", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const kept = [
    `shardwright-artifacts-${process.pid}-abc`,
    "shardwright-artifacts-mine",
    "shardwright-artifacts--1-x",
    `other-${pid}-abc`,
  ];
  for (const name of [...kept, `shardwright-artifacts-${pid}-abc/0`]) mkdirSync(join(temporary, name), { recursive: true });
  await removeLeftBehind(temporary);
  expect(readdirSync(temporary).toSorted()).toEqual(kept.toSorted());
});

test("a temporary folder that cannot be read is left alone", async () => {
  await expect(removeLeftBehind(join(temporary, "missing"))).resolves.toBeUndefined();
});

test("each slot has a folder of its own, with its metrics beside it, until the worker ends", async () => {
  const folders = new ArtifactFolders();
  const [first, second] = [folders.of(0), folders.of(1)];
  expect(folders.of(0)).toBe(first);
  expect(second).not.toBe(first);
  expect(folders.metricsOf(0)).toBe(`${first}.metrics.jsonl`);
  await folders.remove();
  expect(() => readdirSync(first)).toThrow(/ENOENT/);
});
