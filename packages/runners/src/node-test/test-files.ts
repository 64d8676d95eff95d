import { glob, stat } from "node:fs/promises";
import { join, posix, relative, resolve, sep } from "node:path";

/** Entries looked at before a listing is given up as endless. */
const entryLimit = 200_000;

const scripts = "js,mjs,cjs";
const typedScripts = `${scripts},ts,mts,cts`;

/** What `node --test` runs when nothing is named. */
export function defaultPatterns(args: readonly string[]): string[] {
  const stripsTypes = !args.some((arg) => /^--no-(?:experimental-)?strip-types$/.test(arg));
  const ending = `{${stripsTypes ? typedScripts : scripts}}`;
  return [`**/{test,test/**/*,test-*,*[._-]test}.${ending}`];
}

/**
 * The files that Node's own matching finds in an absolute folder: relative to it, with forward slashes, sorted.
 * @param patterns a folder among them stands for the default patterns in it
 */
export async function findTestFiles(folder: string, patterns: readonly string[], defaults: readonly string[]): Promise<string[]> {
  const globs: string[] = [];
  for (const pattern of patterns) {
    const entry = await stat(resolve(folder, pattern)).catch(() => undefined);
    if (entry?.isDirectory()) globs.push(...defaults.map((one) => posix.join(pattern.split(sep).join("/"), one)));
    else globs.push(pattern);
  }
  const files = new Set<string>();
  let seen = 0;
  for await (const entry of glob(globs, { cwd: folder, withFileTypes: true, exclude: ({ name }) => isNoPlaceForTests(name) })) {
    seen += 1;
    if (seen > entryLimit) throw new Error(`more than ${entryLimit} files match ${globs.join(" ")}`);
    if (entry.isDirectory()) continue;
    files.add(relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  }
  return [...files].sort();
}

function isNoPlaceForTests(name: string): boolean {
  return name === "node_modules" || name === ".git";
}
