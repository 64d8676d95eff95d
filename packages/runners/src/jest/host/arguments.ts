import { resolve } from "node:path";
import type { JestPackages } from "./jest-packages.ts";

export interface Arguments {
  readonly _: readonly (string | number)[];
  readonly projects?: readonly string[];
  readonly selectProjects?: readonly string[];
  readonly ignoreProjects?: readonly string[];
  readonly [name: string]: unknown;
}

/** What chooses files by another thing than their own names and paths, waits for people, or concerns the whole of a run. */
const forTheRun = `changedFilesWithAncestor changedSince lastCommit onlyChanged onlyFailures findRelatedTests runTestsByPath
  watch watchAll shard bail json outputFile notify detectOpenHandles forceExit openHandlesTimeout coverage collectCoverage
  listTests collectTests showConfig clearCache debug init maxWorkers runInBand`.split(/\s+/);

interface Yargs {
  (args: readonly string[]): Yargs;
  options(options: object): Yargs;
  help(enabled: boolean): Yargs;
  version(enabled: boolean): Yargs;
  exitProcess(enabled: boolean): Yargs;
  fail(handler: (message: string | undefined, error: Error | undefined) => never): Yargs;
  parse(): Record<string, unknown>;
}

/**
 * Reads arguments as jest's own command line does, with the options that this version of it has.
 * @param config the configuration file, relative to the directory
 * @throws Error for an option that jest does not know
 */
export function readArguments(
  packages: JestPackages,
  directory: string,
  given: { readonly args: readonly string[]; readonly config?: string | undefined },
): Arguments {
  const argv: Record<string, unknown> = given.args.length === 0 ? { _: [] } : parse(packages, given.args);
  for (const name of forTheRun) delete argv[name];
  // As in CI, unless the arguments say otherwise: a snapshot that is missing fails, and none is written that nobody would see.
  argv["ci"] ??= true;
  if (given.config !== undefined) argv["config"] = resolve(directory, given.config);
  return argv as Arguments;
}

function parse(packages: JestPackages, args: readonly string[]): Record<string, unknown> {
  const yargs = packages.fromCommandLine("yargs") as Yargs | { readonly default: Yargs };
  const { yargsOptions } = packages.fromCommandLine("jest-cli") as { yargsOptions: object };
  const { validateCLIOptions } = packages.fromCommandLine("jest-validate") as {
    readonly validateCLIOptions: (argv: object, options: object, raw: readonly string[]) => boolean;
  };
  const { deprecationEntries } = packages.get("jest-config");
  const parsed = (typeof yargs === "function" ? yargs : yargs.default)(args)
    .help(false)
    .version(false)
    .exitProcess(false)
    .options(yargsOptions)
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .parse();
  validateCLIOptions(
    parsed,
    { ...yargsOptions, deprecationEntries },
    args.map((arg) => arg.replace(/^--?/, "")),
  );
  return Object.fromEntries(Object.entries(parsed).filter(([name, value]) => !name.includes("-") && value !== undefined));
}
