import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { selectFiles, type Selection, type SuiteLocation } from "@shardwright/runners";

/** What is a test for browsers, where nothing else is said. */
const defaultPatterns = ["**/*.browser.{ts,mts,js,mjs,html}"];

/** Looked into before a folder is held to have none. */
const folderLimit = 2000;
const isTest = /\.browser\.(?:m?[jt]s|html)$/;

/** The files, sorted, relative to the suite's folder. @throws ShardwrightError `path-outside-workspace` */
export function findBrowserTests(directory: string, selection: Selection): Promise<string[]> {
  const patterns = selection.patterns.length > 0 ? selection.patterns : defaultPatterns;
  return selectFiles(directory, [], { ...selection, patterns });
}

/** The first file that is a test by its name, breadth first. */
export async function detectBrowserTests({ workspace, directory }: SuiteLocation): Promise<string | undefined> {
  const root = resolve(workspace, directory);
  const folders = [""];
  for (let index = 0; index < folders.length && index < folderLimit; index += 1) {
    const folder = folders[index] ?? "";
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    const found = entries.find((entry) => entry.isFile() && isTest.test(entry.name));
    if (found !== undefined) return `the file ${folder}${found.name}`;
    for (const entry of entries)
      if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
        folders.push(`${folder}${entry.name}/`);
  }
  return undefined;
}

/** A benchmark by its name: `resnet.bench.browser.ts`. */
export function isBenchmark(file: string): boolean {
  return /\.bench(?:mark)?\.browser\.\w+$/.test(file);
}
