import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { SuiteLocation } from "../runner.ts";

/** Bounds of the search for a test. */
const folderLimit = 5000;

/** A module or a workspace of modules, in this folder or above it, with a test in or below the folder. */
export async function detectGo({ workspace, directory }: SuiteLocation): Promise<string | undefined> {
  const folder = resolve(workspace, directory);
  const sign = await nearestModule(folder);
  if (sign === undefined) return undefined;
  const uses = basename(sign) === "go.work" ? await usedModules(sign) : [];
  return (await hasTest(folder, uses)) ? relative(folder, sign).split(sep).join("/") : undefined;
}

/** The go.work or go.mod of a folder, or of the nearest one above it. */
async function nearestModule(start: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    for (const name of ["go.work", "go.mod"]) {
      const path = join(folder, name);
      if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** The folders that a workspace file uses. */
async function usedModules(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const block = [...text.matchAll(/^use\s*\(([^)]*)\)/gm)].flatMap(([, lines = ""]) => lines.split("\n"));
  const single = Array.from(text.matchAll(/^use\s+([^\s(].*)$/gm), ([, line = ""]) => line);
  return [...block, ...single]
    .map((line) =>
      line
        .replace(/\/\/.*$/, "")
        .trim()
        .replace(/^["`](.*)["`]$/, "$1"),
    )
    .filter((line) => line !== "")
    .map((folder) => resolve(dirname(path), folder));
}

/** Whether a file by the name of a test lies where the go command looks: not in other modules, unless the workspace uses them. */
async function hasTest(start: string, uses: readonly string[]): Promise<boolean> {
  const folders = [start];
  for (let visited = 0; visited < Math.min(folders.length, folderLimit); visited += 1) {
    const folder = folders[visited] ?? start;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    if (folder !== start && entries.some(({ name }) => name === "go.mod") && !uses.includes(folder)) continue;
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      if (/^[._]/.test(entry.name)) continue;
      if (entry.isFile() && entry.name.endsWith("_test.go")) return true;
      if (entry.isDirectory() && !["testdata", "vendor", "node_modules"].includes(entry.name))
        folders.push(join(folder, entry.name));
    }
  }
  return false;
}
