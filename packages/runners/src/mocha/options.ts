import { resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { onlyCall } from "../command/one-call.ts";
import { chooseCoverage, coverageOptions, type CoverageTool } from "../measuring/tool.ts";
import type { FixturesRun } from "./host/load-mocha.ts";
import type { SessionOptions, Suite, SuiteLocation } from "../runner.ts";
import { findMochaScript, readManifest } from "./manifest-script.ts";

/** What can be set for a mocha suite. */
const mochaOptionsSchema = z.strictObject({
  /** The configuration file, relative to the suite's folder; mocha looks for it when absent. */
  config: z.string().min(1).max(4096).optional(),
  /**
   * Arguments for mocha, as on its command line: `["--require", "./setup.js", "spec"]`. Those of the script in package.json that calls
   * mocha when absent, with the variables and the options of node that the script sets.
   */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Files that go before each other one, relative to the suite's folder, beside those that mocha's `file` names. */
  file: z.array(z.string().min(1).max(4096)).max(256).optional(),
  /**
   * Where `mochaGlobalSetup` and `mochaGlobalTeardown` run: `once` for a run and a machine, in a process of their own; `each`, in each
   * process that runs files, which find what it leaves in memory. `once` when absent if the project says `parallel`, else `each`.
   */
  globalFixtures: z.enum(["once", "each"]).optional(),
  ...coverageOptions(["c8", "nyc"]),
});

/** How mocha is called for a suite. */
export interface MochaInvocation {
  /** For node, in front of mocha. */
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** @throws ShardwrightError `config-invalid` */
function parseMochaOptions(options: Suite["options"]): z.infer<typeof mochaOptionsSchema> {
  const parsed = mochaOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of mocha: ${z.prettifyError(parsed.error)}` });
}

interface SuiteInvocation extends MochaInvocation {
  readonly globalFixtures: FixturesRun | undefined;
}

/**
 * By the options given, else by the project's own script.
 * @throws ShardwrightError `config-invalid`, `usage`
 */
export function invocationOf({ workspace, directory }: SuiteLocation, options: Suite["options"]): SuiteInvocation {
  const { args: given, config, file = [], globalFixtures } = parseMochaOptions(options);
  const called = given === undefined ? findMochaScript(readManifest(resolve(workspace, directory))) : undefined;
  const script = called === undefined ? undefined : onlyCall("mocha", called.name, called.calls);
  const args = [
    ...(given ?? script?.args ?? []),
    ...(config === undefined ? [] : ["--config", config]),
    ...file.flatMap((one) => ["--file", one]),
  ];
  return { nodeArgs: script?.nodeArgs ?? [], args, environment: script?.environment ?? {}, globalFixtures };
}

/**
 * What of a suite's coverage is measured, as it is known where its files are listed.
 * @throws ShardwrightError `config-invalid`
 */
export function coverageOf({ workspace, directory, options, environment }: SessionOptions): ReturnType<typeof chooseCoverage> {
  const given = parseMochaOptions(options);
  const suite = resolve(workspace, directory);
  const tools = findMochaScript(readManifest(suite))?.calls.map(({ tool }) => tool) ?? [];
  const script = tools.find((tool) => tool !== undefined);
  return chooseCoverage({ framework: "mocha", given, script, isTold: given.args !== undefined, environment, directory: suite });
}

/** What measures the processes of a suite, where something does. */
export function measuredBy(options: Suite["options"]): CoverageTool | undefined {
  const { coverage, coverageTool } = parseMochaOptions(options);
  return coverage === true ? coverageTool : undefined;
}

/** With files that were found to set up for all others. */
export function withSetupFiles(options: Suite["options"], setups: readonly string[]): Suite["options"] {
  const { file = [] } = parseMochaOptions(options);
  return { ...options, file: [...new Set([...file, ...setups])] };
}
