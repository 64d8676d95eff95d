import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface TestPlace {
  /** The file's name in its package's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

const definition = /^func[ \t]+((?:Test|Benchmark|Fuzz|Example)[\p{L}\p{N}_]*)[ \t]*\(/gmu;

/**
 * Where a package's tests are defined, by their names; the first place for a name that the package and its external tests both use.
 * @param folder absolute path
 * @param files names of its test files that are part of the build
 */
export async function findTestPlaces(folder: string, files: readonly string[]): Promise<Map<string, TestPlace>> {
  const places = new Map<string, TestPlace>();
  for (const file of files) {
    // A file that is gone by now has no lines to show.
    const text = await readFile(join(folder, file), "utf8").catch(() => "");
    let line = 1;
    let seen = 0;
    for (const match of text.matchAll(definition)) {
      for (let at = text.indexOf("\n", seen); at !== -1 && at < match.index; at = text.indexOf("\n", at + 1)) {
        line += 1;
        seen = at + 1;
      }
      const [, name = ""] = match;
      if (!places.has(name)) places.set(name, { file, line });
    }
  }
  return places;
}
