import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { DetectionLocation } from "../runner.ts";
import { readNodeTestScript } from "./manifest-script.ts";
import { defaultPatterns, findTestFiles } from "./test-files.ts";

const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']node:test["']/;
/** How many files are read in search of an import. */
const fileLimit = 50;

/** A script that calls `node --test`, or a file by node:test's default names that imports it. */
export async function detectNodeTest({
  workspace,
  directory,
  without = [],
  configured,
}: DetectionLocation): Promise<string | undefined> {
  const folder = resolve(workspace, directory);
  const script = await readNodeTestScript(folder);
  // It has no configuration but the script. In a folder of packages others may be about something else than its tests.
  const isStrict = configured === true || without.includes(".");
  if (script !== undefined && (script.name === "test" || !isStrict)) return `the script ‘${script.name}’ of package.json`;
  if (isStrict) return undefined;
  const patterns = defaultPatterns([]);
  const found = await findTestFiles(folder, patterns, patterns).catch(() => []);
  const files = found.filter((file) => !without.some((other) => file.startsWith(`${other}/`)));
  for (const file of files.slice(0, fileLimit))
    if (imports.test(await readFile(resolve(folder, file), "utf8").catch(() => ""))) return `the import in ${file}`;
  return undefined;
}
