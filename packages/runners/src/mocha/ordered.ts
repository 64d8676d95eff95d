import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { OrderedCommand, SessionOptions, TypedCommand } from "../runner.ts";
import { requireFramework } from "../installed.ts";
import { mochaPackage } from "./installed.ts";
import { invocationOf } from "./options.ts";

/** Options of mocha that take the next word as their value. */
const valued = new Set(
  [
    [
      "config",
      "exclude",
      "extension",
      "fgrep",
      "file",
      "global",
      "globals",
      "grep",
      "ignore",
      "import",
      "jobs",
      "loader",
      "node-option",
    ],
    ["package", "reporter", "reporter-option", "reporter-options", "require", "retries", "slow", "timeout", "timeouts", "ui"],
    ["f", "g", "j", "n", "O", "R", "r", "s", "t", "u"],
  ]
    .flat()
    .map((name) => (name.length === 1 ? `-${name}` : `--${name}`)),
);

/** Mocha runs the files that it is named in the order in which it is named them, in its own process unless it is told to be parallel. */
export function orderedMocha(session: SessionOptions): Promise<OrderedCommand> {
  const suite = resolve(session.workspace, session.directory);
  const root = requireFramework(mochaPackage, suite);
  const invocation = invocationOf(session, session.options);
  const program = join(placeOf(suite, resolve(session.workspace)) ?? root, "bin", "mocha.js")
    .split("\\")
    .join("/");
  const typed = ["node", ...invocation.nodeArgs, program, "--no-parallel", ...withoutSpecs(invocation.args)];
  const quiet = ["--no-bail", "--reporter", "xunit", "--reporter-option", "output={junit}"];
  return Promise.resolve({ words: [...typed, ...quiet], typed });
}

/** With the arguments and variables of the project's own script. */
export function typedMocha(session: SessionOptions): Promise<TypedCommand> {
  const { nodeArgs, args, environment } = invocationOf(session, session.options);
  const program = nodeArgs.length === 0 ? ["npx", "mocha"] : ["node", ...nodeArgs, "node_modules/mocha/bin/mocha.js"];
  return Promise.resolve({ words: [...program, ...withoutSpecs(args)], environment });
}

/** Mocha's folder as it is named in the workspace, relative to the suite's: links lead elsewhere on other machines. */
function placeOf(suite: string, workspace: string): string | undefined {
  for (let folder = suite; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", "mocha");
    if (existsSync(join(place, "package.json"))) return `./${relative(suite, place)}`;
    if (folder === workspace || dirname(folder) === folder) return undefined;
  }
}

/** The files that the project's own script names would run as well. */
function withoutSpecs(args: readonly string[]): string[] {
  return args.filter((word, index) => word !== "--spec" && (word.startsWith("-") || valued.has(args[index - 1] ?? "")));
}
