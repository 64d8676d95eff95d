import { posix } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { Selection } from "../runner.ts";

const neverTests = ["**/node_modules/**", "**/.git/**"];

/**
 * What a selection leaves of a suite's files.
 * @param directory absolute path of the suite's folder
 * @param own the files that the framework itself would run, relative to that folder, with forward slashes
 * @returns sorted, relative to that folder, with forward slashes
 * @throws ShardwrightError `path-outside-workspace` for an absolute pattern
 */
export async function selectFiles(directory: string, own: readonly string[], selection: Selection): Promise<string[]> {
  const files = selection.patterns.length === 0 ? own : await glob(directory, selection.patterns);
  const folders = selection.directories.map(plainPath);
  const excluded = await excludedBy(directory, selection.excludes);
  const chosen = files.filter(
    (file) => (folders.length === 0 || folders.some((folder) => isWithin(file, folder))) && !excluded(file),
  );
  return [...new Set(chosen)].sort();
}

/** All files in a folder and below, relative to it, but for what other people wrote. */
export function listFolder(directory: string): Promise<string[]> {
  return glob(directory, ["**/*"]);
}

async function excludedBy(directory: string, excludes: readonly string[]): Promise<(file: string) => boolean> {
  if (excludes.length === 0) return () => false;
  const plain = excludes.map((pattern) => pattern.replace(/[\\/]+$/, ""));
  const files = await glob(directory, plain);
  // What a pattern names may be a file, which cannot be read as a folder; nor need a folder that nobody can read be left out.
  const below = await glob(
    directory,
    plain.map((pattern) => `${pattern}/**`),
    { suppressErrors: true },
  );
  const matched = new Set([...files, ...below]);
  const named = excludes.map(plainPath);
  return (file) => matched.has(file) || named.some((folder) => folder !== "" && isWithin(file, folder));
}

/** Fast-glob's order differs between runs: sort before use. */
async function glob(directory: string, patterns: readonly string[], more: { suppressErrors?: true } = {}): Promise<string[]> {
  const plain = patterns.map((pattern) => pattern.replaceAll("\\", "/").replace(/^(?:\.\/)+/, ""));
  for (const path of plain) if (/^(?:\/|[A-Za-z]:)/.test(path)) throw new ShardwrightError("path-outside-workspace", { path });
  // Loaded here and not above: most suites are listed by their framework alone.
  const { default: fastGlob } = await import("fast-glob");
  return fastGlob(plain, {
    cwd: directory,
    ignore: neverTests,
    dot: true,
    followSymbolicLinks: false,
    ...more,
  });
}

function plainPath(path: string): string {
  return posix
    .normalize(path.replaceAll("\\", "/"))
    .replace(/^\.?\/*$/, "")
    .replace(/\/+$/, "");
}

function isWithin(file: string, folder: string): boolean {
  return folder === "" || file === folder || file.startsWith(`${folder}/`);
}
