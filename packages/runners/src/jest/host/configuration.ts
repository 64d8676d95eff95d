import { relative, sep } from "node:path";
import type { Config } from "@jest/types";
import { readArguments } from "./arguments.ts";
import type { JestPackages } from "./jest-packages.ts";

export interface Configuration {
  readonly globalConfig: Config.GlobalConfig;
  readonly projects: readonly Project[];
  /** Whether the project asks for coverage. */
  readonly collects: boolean;
}

export interface Project {
  /** Its display name, or else its folder relative to the suite's; the same on every machine. */
  readonly name: string;
  readonly config: Config.ProjectConfig;
}

export interface ConfigurationRequest {
  /** Absolute path of the suite's folder. */
  readonly directory: string;
  readonly args: readonly string[];
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  /** Whether coverage is measured; as the project asks for when absent. */
  readonly coverage?: boolean | undefined;
}

/** Resolves the project's configuration as `jest --ci` does. @throws Error when it is not valid, or has no such project */
export async function readConfiguration(packages: JestPackages, request: ConfigurationRequest): Promise<Configuration> {
  const { directory } = request;
  const argv = readArguments(packages, directory, request);
  const roots = argv.projects === undefined || argv.projects.length === 0 ? [directory] : [...argv.projects];
  const { globalConfig, configs } = await packages.get("jest-config").readConfigs(argv, roots);
  const named = nameProjects(directory, configs);
  for (const name of request.projects ?? [])
    if (!named.some((project) => project.name === name))
      throw new Error(
        `The configuration has no project called ${name}; it has ${named.map((project) => project.name).join(", ")}.`,
      );
  const isWanted = ({ name, config }: Project) =>
    (request.projects?.includes(name) ?? true) &&
    (argv.selectProjects?.includes(displayName(config)) ?? true) &&
    argv.ignoreProjects?.includes(displayName(config)) !== true;
  const asked = request.args.findLast((word) => coverageWord.test(word));
  const collects = request.coverage ?? (asked === undefined ? globalConfig.collectCoverage : !/^--no-|=false$/.test(asked));
  // Only where it was decided that it is kept: a listing has no use for it.
  const measured = { ...neutral(globalConfig), collectCoverage: request.coverage === true };
  return { globalConfig: measured, projects: named.filter(isWanted), collects };
}

const coverageWord = /^--(?:no-)?(?:coverage|collectCoverage)(?:=true|=false)?$/;

/** What is overridden decides about a run as a whole, of which one process sees a part; never whether a file passes. */
function neutral(config: Config.GlobalConfig): Config.GlobalConfig {
  const { shard: _shard, outputFile: _outputFile, ...rest } = config;
  return {
    ...rest,
    ...Object.fromEntries(switchedOff.map((name) => [name, false])),
    bail: 0,
    // As where jest runs a single file: what tests print comes at once, and is not lost with the process.
    ...(config.silent !== true && config.verbose !== false ? { verbose: true } : {}),
  };
}

const switchedOff = `collectTests detectOpenHandles findRelatedTests forceExit json listTests notify onlyChanged
  onlyFailures watch watchAll`.split(/\s+/);

function nameProjects(directory: string, configs: readonly Config.ProjectConfig[]): Project[] {
  const seen = new Map<string, number>();
  return configs.map((config) => {
    const name = displayName(config) || relative(directory, config.rootDir).split(sep).join("/") || ".";
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { name: count === 1 ? name : `${name}~${count}`, config };
  });
}

function displayName(config: Config.ProjectConfig): string {
  return config.displayName?.name ?? "";
}
