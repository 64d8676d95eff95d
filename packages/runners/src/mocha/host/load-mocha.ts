import { createRequire } from "node:module";
import { join } from "node:path";
import type { Keeping } from "../../measuring/keep.ts";
import type { EnvironmentChanges } from "../../process/environment-changes.ts";
import type { MochaClass, MochaModules, MochaOptions } from "./mocha-api.ts";

/**
 * Where `mochaGlobalSetup` and `mochaGlobalTeardown` run: `once` in a process of their own, for a run and a machine, as beside mocha's own
 * workers; `each`, in each process that runs files, as in mocha's only one.
 */
export type FixturesRun = "once" | "each";

/** What was set up once for all files, which those of mocha's workers inherit. */
export interface SetUp {
  readonly environment: EnvironmentChanges;
}

/** What the host is started with, as its first argument. */
export interface HostConfiguration {
  /** `setup` runs the global fixtures, for all processes that run files. */
  readonly mode: "discover" | "list" | "run" | "setup";
  readonly workspace: string;
  /** The suite's folder, absolute. */
  readonly directory: string;
  /** The folder of the project's mocha, absolute. */
  readonly mochaRoot: string;
  readonly args: readonly string[];
  readonly globalFixtures?: FixturesRun | undefined;
  /** What to list, absolute, and the task's own arguments. */
  readonly list?: { readonly file: string; readonly args: readonly string[] };
  /** Where what files cover is kept for the end of the run. */
  readonly keeping?: Keeping | undefined;
  /** Set in the process that was started with the options of node which mocha's configuration asks for. */
  readonly hasNodeFlags?: boolean;
}

/** @throws Error when this mocha is not built as those that are known */
export function loadMocha(root: string): MochaModules {
  const resolve = createRequire(join(root, "package.json"));
  // From mocha 12 on, CommonJS modules have an ending of their own.
  const load = <T>(name: string): T => {
    for (const ending of [".cjs", ".js"]) {
      try {
        resolve.resolve(`./lib/${name}${ending}`);
      } catch {
        continue;
      }
      return resolve(`./lib/${name}${ending}`) as T;
    }
    throw new Error(`The mocha in ${root} has no lib/${name}: it is of a version that is not known here.`);
  };
  const nodeFlags = load<Pick<MochaModules, "isNodeFlag" | "unparseNodeFlags">>("cli/node-flags");
  const helpers = load<Pick<MochaModules, "handleRequires" | "validateLegacyPlugin">>("cli/run-helpers");
  return {
    Mocha: load<MochaClass>("mocha"),
    loadOptions: load<Pick<MochaModules, "loadOptions">>("cli/options").loadOptions,
    collectFiles: load<MochaModules["collectFiles"]>("cli/collect-files"),
    handleRequires: helpers.handleRequires,
    validateLegacyPlugin: helpers.validateLegacyPlugin,
    isNodeFlag: nodeFlags.isNodeFlag,
    unparseNodeFlags: nodeFlags.unparseNodeFlags,
  };
}

/** The project's options, from wherever mocha reads them, under all the names that mocha itself looks for. */
export function readOptions({ loadOptions }: MochaModules, args: readonly string[]): MochaOptions {
  const options = loadOptions([...args]);
  for (const [name, value] of Object.entries(options)) {
    const camelCase = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!(camelCase in options)) options[camelCase] = value;
  }
  return options;
}

/** A list among the options; one entry may stand alone. */
export function listIn(options: MochaOptions, name: string): string[] {
  const value = options[name];
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

/** The options that are meant for node, as mocha would pass them on; none that would make it wait for a debugger. */
export function nodeFlagsIn({ isNodeFlag, unparseNodeFlags }: MochaModules, options: MochaOptions): string[] {
  const isForDebugger = (flag: string) => /^(?:--)?inspect/.test(flag);
  const named = listIn(options, "node-option").filter((flag) => !isForDebugger(flag));
  if (named.length > 0) return named.map((flag) => `--${flag}`);
  const flags = Object.entries(options).filter(([name]) => isNodeFlag(name) && !isForDebugger(name));
  return unparseNodeFlags(Object.fromEntries(flags.map(([name, value]) => [name.replace(/^v8-(?!options)/, ""), value])));
}
