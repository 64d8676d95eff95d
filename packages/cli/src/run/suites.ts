import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, posix, relative, resolve, sep } from "node:path";
import { isInsideWorkspace, nameSchema, ShardwrightError } from "@shardwright/core";
import { splitWords, type Runner, type SuiteLocation } from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { workspaceMembers } from "./members.ts";

/** A suite of a run. */
export interface ChosenSuite extends SuiteConfig {
  /** Packages, relative to the suite's folder, that are set up for its framework as well: tests in them are expected among the suite's. */
  readonly packages?: readonly string[];
}

/**
 * Which suites to run: those of the configuration file, narrowed by `--suite`; else what is recognised in the current folder.
 * Selection flags given beside a file with one suite narrow that suite; with several they would be ambiguous and are refused.
 * @throws ShardwrightError `usage`, `runner-not-found`, `path-outside-workspace`
 */
export async function chooseSuites(
  configuration: Configuration,
  directory: string,
  runners: ReadonlyMap<string, Runner>,
): Promise<ChosenSuite[]> {
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
  const { runner } = configuration.settings;
  const chosen = wanted(all, configuration, `in ${configuration.file}`).filter(
    (suite) => runner === undefined || suite.runner === runner,
  );
  if (chosen.length === 0 && all.length > 0)
    throw new ShardwrightError("usage", {
      problem: `No suite of ${configuration.file} is left by --runner ${runner}.`,
      remedy: `It has ${all.map((suite) => `${suite.name} (${suite.runner})`).join(", ")}.`,
    });
  return chosen;
}

/** Those that `--suite` names; all without it. @param where the names are from */
function wanted<S extends SuiteConfig>(all: readonly S[], { settings }: Configuration, where: string): S[] {
  const names = settings.suite;
  for (const name of names ?? [])
    if (!all.some((suite) => suite.name === name))
      throw new ShardwrightError("usage", {
        problem: `There is no suite ${name} ${where}.`,
        remedy: `There is ${all.map((suite) => suite.name).join(", ")}.`,
      });
  return all.filter((suite) => names?.includes(suite.name) ?? true);
}

async function detected(
  configuration: Configuration,
  directory: string,
  runners: ReadonlyMap<string, Runner>,
): Promise<ChosenSuite[]> {
  const { root, settings } = configuration;
  const relativeDirectory = relative(root, directory).split(sep).join("/") || ".";
  if (!isInsideWorkspace(relativeDirectory))
    throw new ShardwrightError("usage", {
      problem: `${directory} is not below ${root}, the folder of ${configuration.file}.`,
      remedy: "Name the suites in that file, by folders beside or below it, or keep it above the tests.",
    });
  const named = settings.runner ?? (settings.command === undefined ? undefined : "command");
  if (named !== undefined) return [bareSuite(named, named, relativeDirectory)];
  const suites = await recognised({ workspace: root, directory: relativeDirectory }, runners, settings.testDir);
  if (suites.length === 0) throw new ShardwrightError("runner-not-found", { directory, known: [...runners.keys()].join(", ") });
  return wanted(suites, configuration, `among those recognised in ${directory}`);
}

/**
 * The suites of a folder, and of the packages of its workspaces. A framework that the folder itself is set up for has its packages among its
 * own tests, as with projects of Jest or Vitest; one that is only recognised by test files is left to those packages that have it.
 * @param paths where to look for tests, from the command line: those of one package are its own matter
 */
async function recognised(
  { workspace, directory }: SuiteLocation,
  runners: ReadonlyMap<string, Runner>,
  paths: readonly string[] | undefined,
): Promise<ChosenSuite[]> {
  const folder = resolve(workspace, directory);
  const members = await workspaceMembers(folder);
  const detectIn = async (place: string, without?: readonly string[]) => {
    const location = { workspace, directory: place, ...(without && { without }) };
    const found = await Promise.all([...runners.values()].map(async (one) => ({ one, sign: await one.detect(location) })));
    return found.filter(({ sign }) => sign !== undefined).map(({ one }) => one.name);
  };
  if (members.length === 0) return (await detectIn(directory)).map((name) => bareSuite(name, name, directory));
  const setUp = new Set(await detectIn(directory, ["."]));
  const ofMembers: SuiteConfig[] = [];
  const covered = new Map<string, string[]>();
  for (const member of members) {
    const found = await detectIn(posix.join(directory, member));
    for (const name of found.filter((one) => setUp.has(one))) covered.set(name, [...(covered.get(name) ?? []), member]);
    const names = found.filter((name) => !setUp.has(name));
    for (const name of names) {
      const title = nameSchema.safeParse(names.length === 1 ? member : `${member}:${name}`);
      ofMembers.push(bareSuite(title.data ?? `${name}~${members.indexOf(member) + 1}`, name, posix.join(directory, member)));
    }
  }
  const homes = members.filter((member) => ofMembers.some((suite) => suite.directory === posix.join(directory, member)));
  const isGiven = paths !== undefined && paths.length > 0;
  // The innermost: packages may lie in packages.
  const meant = homes.findLast((home) => isGiven && paths.every((path) => isBelow(resolve(folder, home), resolve(folder, path))));
  if (meant !== undefined) return ofMembers.filter((suite) => suite.directory === posix.join(directory, meant));
  const ofRoot = (await detectIn(directory, homes)).map((name) => ({
    ...bareSuite(name, name, directory),
    packages: covered.get(name) ?? [],
    ...(!setUp.has(name) && { excludes: homes.map((home) => `${home.replace(/[$()*+?[\]^{|}!@]/g, "\\$&")}/**`) }),
  }));
  return [...ofRoot, ...(isGiven ? [] : ofMembers)];
}

function bareSuite(name: string, runner: string, directory: string): SuiteConfig {
  return { name, runner, directory, patterns: [], directories: [], excludes: [], options: {}, requirements: {} };
}

function isBelow(folder: string, path: string): boolean {
  return isInsideWorkspace(relative(folder, path).split(sep).join("/") || ".");
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
