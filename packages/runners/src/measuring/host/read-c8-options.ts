import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The program of a process that only says, in the file it is named, what the project's c8 makes of its arguments and its configuration. */
const [answer = "", root = "", ...args] = process.argv.slice(2);

interface Options {
  readonly [name: string]: unknown;
}
interface ParseArguments {
  readonly buildYargs: () => { parse(words: readonly string[]): Options };
}

const { buildYargs } = createRequire(import.meta.url)(join(root, "lib", "parse-args.js")) as ParseArguments;
const options = buildYargs().parse([...args, "node"]);
const keepsAll =
  options["allowExternal"] === true || options["excludeAfterRemap"] === true || options["excludeNodeModules"] === false;
const isJudged = Boolean(options["checkCoverage"]) || options["100"] === true;
writeFileSync(answer, JSON.stringify({ keepsAll, isJudged }));
