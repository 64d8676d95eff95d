import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { MeasuringTool } from "../command/measuring-words.ts";
import { manifestOf, type NpmFramework, requireFramework, resolvesFramework } from "../installed.ts";
import type { Suite } from "../runner.ts";

/** What measures the coverage of a suite whose framework does not: `node` is node:test's own way. */
export interface CoverageTool {
  readonly name: MeasuringTool["name"] | "node";
  /** As on its command line, before what it measures. */
  readonly args: readonly string[];
}

/** The options that are about coverage, for a framework that these tools can measure. */
export const coverageOptions = <Name extends CoverageTool["name"]>(names: readonly [Name, ...Name[]]) => ({
  /** Whether coverage is measured, and joined at the end of the run; as the script that calls the framework says when absent. */
  coverage: z.boolean().optional(),
  /**
   * What measures it, with the arguments that it would have on its command line: `{ name: "c8", args: ["--check-coverage"] }`. What the script
   * has around the framework when absent.
   */
  coverageTool: z.strictObject({ name: z.enum(names), args: z.array(z.string().max(4096)).max(256) }).optional(),
});

/** What a suite's options say of coverage. */
interface CoverageOptions {
  readonly coverage?: boolean | undefined;
  readonly coverageTool?: CoverageTool | undefined;
}

export interface CoverageQuestion {
  readonly framework: string;
  readonly given: CoverageOptions;
  /** The tool of the project's own script. */
  readonly script: CoverageTool | undefined;
  /** The suite's other options stand for what that script says. */
  readonly isTold: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** The suite's folder, absolute. */
  readonly directory: string;
}

/** How a suite's coverage is measured: options that each machine is to have, or nothing, and what people are told. */
interface CoverageChoice {
  readonly options?: Suite["options"];
  readonly notice?: string;
}

/** @throws ShardwrightError `config-invalid` where it is to be measured and nobody says by what; `framework-missing` */
export function chooseCoverage({ framework, given, script, isTold, environment, directory }: CoverageQuestion): CoverageChoice {
  if (given.coverage === false) return {};
  const tool = given.coverageTool ?? (isTold && given.coverage !== true ? undefined : script);
  if (tool === undefined && given.coverage === true) {
    const problem = `options of ${framework}: coverage: true needs coverageTool as well: no script of package.json says what measures it`;
    throw new ShardwrightError("config-invalid", { problems: problem });
  }
  const named = tool ?? script;
  if (named === undefined) return {};
  const own = named.name === "node" ? "node's own options" : named.name;
  if (tool === undefined)
    return {
      notice: `The coverage that ${own} would measure in a script of package.json is not: the options of the suite have args of their own. Name it as coverageTool in them, or say coverage: false.`,
    };
  if (tool === script && given.coverage !== true) {
    const leftOut = whyLeftOut(tool, directory);
    if (leftOut !== undefined)
      return {
        notice: `The coverage that ${own} measures in the script of package.json is not measured: ${leftOut}. Name it as coverageTool among the suite's options, or say coverage: false.`,
      };
  }
  if (given.coverage !== true && environment["NODE_V8_COVERAGE"] !== undefined)
    return { notice: `Coverage is left to what measures it around this command, not to ${own} of the script in package.json.` };
  if (tool.name !== "node") requireTool(tool.name, directory);
  return { options: { coverage: true, coverageTool: { name: tool.name, args: [...tool.args] } } };
}

/**
 * Why a script's tool cannot measure here, where that fails nothing that the script asks for.
 * @throws ShardwrightError `config-invalid` where it does
 */
function whyLeftOut({ name, args }: CoverageTool, directory: string): string | undefined {
  const isJudging = args.some((word) => /^--(?:check-coverage|100|lines|branches|functions|statements)(?:=|$)/.test(word));
  const forShell = args.find((word) => /[$`]/.test(word));
  if (forShell !== undefined && isJudging) {
    const problems = `the script of package.json has ${name} hold coverage against thresholds, by words that are for a shell to read (${forShell}): name it as coverageTool among the suite's options, or say coverage: false`;
    throw new ShardwrightError("config-invalid", { problems });
  }
  if (forShell !== undefined) return "its arguments are for a shell to read";
  // By npx, say.
  return name === "node" || isJudging || resolvesFramework(toolPackage(name), directory) ? undefined : "it is not installed";
}

/** @throws ShardwrightError `framework-missing`, which says why it is asked for */
function requireTool(name: MeasuringTool["name"], directory: string): void {
  try {
    requireFramework(toolPackage(name), directory);
  } catch (error) {
    if (!(error instanceof ShardwrightError)) throw error;
    const remedy = `It is to measure coverage here. ${error.details["remedy"]} Or leave coverage out: \`coverage: false\` among the suite's options.`;
    throw new ShardwrightError("framework-missing", { ...error.details, remedy }, { cause: error });
  }
}

export const toolPackage = (name: MeasuringTool["name"]): NpmFramework => ({
  name,
  installs: name,
  oldest: name === "c8" ? [8] : [15],
  manifest: (directory) => manifestOf(name, directory),
});
