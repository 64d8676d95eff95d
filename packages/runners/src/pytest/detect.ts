import { open, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DetectionLocation } from "../runner.ts";

/** Files whose presence, or a section in which, says that pytest is meant. */
const configurations: readonly (readonly [file: string, section: RegExp])[] = [
  ["pytest.toml", /(?:)/],
  [".pytest.toml", /(?:)/],
  ["pytest.ini", /(?:)/],
  [".pytest.ini", /(?:)/],
  ["pyproject.toml", /^\s*\[tool\.pytest(?:\.ini_options)?\]/m],
  ["tox.ini", /^\[pytest\]/m],
  ["setup.cfg", /^\[tool:pytest\]/m],
  ["conftest.py", /(?:)/],
];

const testFile = /^test_.*\.py$|_test\.py$/;
const testText = /\bpytest\b|^\s*(?:async\s+)?def test_|^class Test/m;
const skippedFolders = new Set(["node_modules", "venv", "build", "dist", "__pycache__", "site-packages"]);

/** Bounds of the search for a test file where no configuration is. */
const folderLimit = 500;
const fileLimit = 50;
const readLimit_bytes = 64 * 1024;

/** A configuration of pytest's, a conftest.py, or a test file by its default name that looks like one. */
export async function detectPytest({
  workspace,
  directory,
  without = [],
  configured,
}: DetectionLocation): Promise<string | undefined> {
  const folder = resolve(workspace, directory);
  for (const [file, section] of configurations) {
    const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
    if (text !== undefined && section.test(text)) return file;
  }
  return configured === true || without.includes(".") ? undefined : findTestFile(folder, new Set(without));
}

async function findTestFile(root: string, without: ReadonlySet<string>): Promise<string | undefined> {
  const folders = [""];
  let files = 0;
  for (let visited = 0; visited < Math.min(folders.length, folderLimit); visited++) {
    const folder = folders[visited] ?? "";
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const isSearched = !entry.name.startsWith(".") && !skippedFolders.has(entry.name) && !without.has(path);
      if (entry.isDirectory() && isSearched) folders.push(path);
      if (!entry.isFile() || !(testFile.test(entry.name) || entry.name === "conftest.py")) continue;
      if (testText.test(await readStart(join(root, path)))) return path;
      files += 1;
      if (files >= fileLimit) return undefined;
    }
  }
  return undefined;
}

async function readStart(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readLimit_bytes), 0, readLimit_bytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    // Unreadable files say nothing about the framework.
    return "";
  } finally {
    await file.close();
  }
}
