import { readFileSync } from "node:fs";
import { isParallel, type MochaProject } from "./project.ts";
import type { MochaOptions } from "./mocha-api.ts";

/** What defines tests or suites in one of mocha's interfaces, called: a file with a word of them is taken for one with tests. */
const definesTests = /\b[fx]?(?:it|specify|describe|context|test|suite)\s*(?:\.\s*\w+\s*)*\(/;

/** More are no set-up files: something else makes them look so. */
const candidateLimit = 64;

/** Files that mocha would run and in which no test is to be seen. */
export function candidatesAmong(files: readonly string[], options: MochaOptions): string[] {
  // In those each file is by itself in mocha, too, or has its tests where no word says so.
  if (isParallel(options) || options["delay"] === true || options["ui"] === "exports") return [];
  const candidates = files.filter((file) => !definesTests.test(textOf(file)));
  return candidates.length === files.length || candidates.length > candidateLimit ? [] : candidates;
}

/**
 * Those that define no tests when they are loaded. In mocha's one process, what such a file does holds for the tests of all files: its hooks,
 * and what it changes. A file that cannot be loaded is not among them: to run it says why.
 */
export async function setupFilesAmong(candidates: readonly string[], project: MochaProject): Promise<string[]> {
  const found: string[] = [];
  for (const file of candidates) {
    const mocha = project.create({}, () => {});
    try {
      await project.load(mocha, file);
    } catch {
      continue;
    }
    let tests = 0;
    mocha.suite.eachTest(() => (tests += 1));
    const { _beforeAll, _beforeEach, _afterAll } = mocha.suite;
    // What only ends something (the process, a connection) would end it after each file.
    const onlyEnds = _afterAll.length > 0 && _beforeAll.length + _beforeEach.length === 0;
    if (tests === 0 && !onlyEnds) found.push(file);
  }
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Gone meanwhile, or not to be read: to run it says so.
    return "it()";
  }
}
