import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import { splitWords, type Runner } from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";

/**
 * Which suites to run: those of the configuration file, narrowed by `--suite`; else what is recognised in the current folder.
 * Selection flags given beside a file with one suite narrow that suite; with several they would be ambiguous and are refused.
 * @throws ShardwrightError `usage`, `runner-not-found`, `path-outside-workspace`
 */
export async function chooseSuites(
  configuration: Configuration,
  directory: string,
  runners: ReadonlyMap<string, Runner>,
): Promise<SuiteConfig[]> {
  const { settings } = configuration;
  const suites = configuration.suites === undefined ? await detected(configuration, directory, runners) : fromFile(configuration);
  for (const suite of suites)
    if (!runners.has(suite.runner))
      throw new ShardwrightError("usage", {
        problem: `The suite ${suite.name} asks for the runner ${suite.runner}, which there is not.`,
        remedy: `Use one of ${[...runners.keys()].join(", ")}, or add a plugin that brings it.`,
      });
  const deaf =
    settings.testArgs === undefined ? undefined : suites.find(({ runner }) => !runners.get(runner)?.takesTestArguments);
  if (deaf !== undefined)
    throw new ShardwrightError("usage", {
      problem: `--test-args is for tests in browsers; the suite ${deaf.name} is run by ${deaf.runner}.`,
      remedy: "Choose one with --suite or --runner browser, or write the framework's own options into the configuration file.",
    });
  const narrowing = settings.testPattern !== undefined || settings.testDir !== undefined || settings.exclude !== undefined;
  if (narrowing && suites.length > 1)
    throw new ShardwrightError("usage", {
      problem: `--test-pattern, --test-dir and --exclude would apply to ${suites.length} suites: ${suites.map((suite) => suite.name).join(", ")}.`,
      remedy: "Choose one with --suite or --runner, or write patterns, directories and excludes into the configuration file.",
    });
  return suites.map((suite) => ({
    ...suite,
    patterns: settings.testPattern ?? suite.patterns,
    directories:
      settings.testDir?.map((path) => insideSuite(path, resolve(configuration.root, suite.directory), directory)) ??
      suite.directories,
    excludes: settings.exclude ?? suite.excludes,
    artifacts: settings.artifacts ?? suite.artifacts,
    options: {
      ...suite.options,
      ...(settings.command !== undefined && { command: settings.command }),
      ...(settings.testArgs !== undefined && { args: splitWords(settings.testArgs) }),
    },
  }));
}

function fromFile(configuration: Configuration): SuiteConfig[] {
  const all = configuration.suites ?? [];
  const { suite: wanted, runner } = configuration.settings;
  for (const name of wanted ?? [])
    if (!all.some((suite) => suite.name === name))
      throw new ShardwrightError("usage", {
        problem: `There is no suite ${name} in ${configuration.file}.`,
        remedy: `It has ${all.map((suite) => suite.name).join(", ")}.`,
      });
  const chosen = all.filter(
    (suite) => (wanted === undefined || wanted.includes(suite.name)) && (runner === undefined || suite.runner === runner),
  );
  if (chosen.length === 0 && all.length > 0)
    throw new ShardwrightError("usage", {
      problem: `No suite of ${configuration.file} is left by --runner ${runner}.`,
      remedy: `It has ${all.map((suite) => `${suite.name} (${suite.runner})`).join(", ")}.`,
    });
  return chosen;
}

async function detected(
  configuration: Configuration,
  directory: string,
  runners: ReadonlyMap<string, Runner>,
): Promise<SuiteConfig[]> {
  const relativeDirectory = relative(configuration.root, directory).split(sep).join("/") || ".";
  if (!isInsideWorkspace(relativeDirectory))
    throw new ShardwrightError("usage", {
      problem: `${directory} is not below ${configuration.root}, the folder of ${configuration.file}.`,
      remedy: "Name the suites in that file, by folders beside or below it, or keep it above the tests.",
    });
  const bare = { directory: relativeDirectory, patterns: [], directories: [], excludes: [], options: {}, requirements: {} };
  const named = configuration.settings.runner ?? (configuration.settings.command === undefined ? undefined : "command");
  if (named !== undefined) return [{ name: named, runner: named, ...bare }];
  const location = { workspace: configuration.root, directory: relativeDirectory };
  const found = await Promise.all([...runners.values()].map(async (runner) => ({ runner, sign: await runner.detect(location) })));
  const suites = found
    .filter(({ sign }) => sign !== undefined)
    .map(({ runner }) => ({ name: runner.name, runner: runner.name, ...bare }));
  if (suites.length === 0) throw new ShardwrightError("runner-not-found", { directory, known: [...runners.keys()].join(", ") });
  return suites;
}

/** A path from the command line, relative to the current folder, as the suite sees it. */
function insideSuite(path: string, suite: string, directory: string): string {
  const absolute = isAbsolute(path) ? path : resolve(directory, path);
  // The current folder's name has no links in it; that of a path may: /tmp of macOS is one.
  for (const candidate of [absolute, realPathOf(absolute)]) {
    const inside = relative(suite, candidate).split(sep).join("/") || ".";
    if (!isInsideWorkspace(inside)) continue;
    // Beside others that are there it would go unnoticed, with its tests.
    if (existsSync(candidate)) return inside;
    throw new ShardwrightError("usage", {
      problem: `There is neither a folder nor a file ${path} in which to look for tests.`,
      remedy: "Name what there is, relative to the current folder; patterns go with --test-pattern.",
    });
  }
  throw new ShardwrightError("path-outside-workspace", { path });
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What does not exist is nowhere else either.
    return path;
  }
}
