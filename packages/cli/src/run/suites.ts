import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, posix, relative, resolve, sep } from "node:path";
import { isInsideWorkspace, nameSchema, ShardwrightError } from "@shardwright/core";
import {
  commandsInPackages,
  hasTestScript,
  splitWords,
  toolAroundPackages,
  type DetectionLocation,
  type Runner,
  type SuiteLocation,
} from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { nameSome } from "../view/text.ts";
import { workspaceMembers } from "./members.ts";

/** A suite of a run. */
export interface ChosenSuite extends SuiteConfig {
  /** Nobody has named it: it is what is found in its folder. */
  readonly isRecognised?: true;
  /** Packages, relative to the suite's folder, that are set up for its framework as well: tests in them are expected among the suite's. */
  readonly packages?: readonly string[];
  /** What is known of the folder's other tests, for people. */
  readonly notices?: readonly string[];
  /** Which of the paths from the command line are its own, none where it is meant as a whole; absent where they are not divided among suites. */
  readonly paths?: readonly string[];
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
  const suites: readonly ChosenSuite[] =
    configuration.suites === undefined ? await detected(configuration, directory, runners) : fromFile(configuration);
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
  const isDivided = suites.some(({ paths }) => paths !== undefined);
  const narrowing =
    settings.testPattern !== undefined || (settings.testDir !== undefined && !isDivided) || settings.exclude !== undefined;
  if (narrowing && suites.length > 1)
    throw new ShardwrightError("usage", {
      problem: `--test-pattern, --test-dir and --exclude would apply to ${suites.length} suites: ${suites.map((suite) => suite.name).join(", ")}.`,
      remedy: "Choose one with --suite or --runner, or write patterns, directories and excludes into the configuration file.",
    });
  return suites.map((suite) => ({
    ...suite,
    patterns: settings.testPattern ?? suite.patterns,
    directories:
      (suite.paths ?? settings.testDir)?.map((path) =>
        insideSuite(path, resolve(configuration.root, suite.directory), directory),
      ) ?? suite.directories,
    // What a file excludes, flags replace; what is another suite's they do not.
    excludes:
      configuration.suites === undefined
        ? [...suite.excludes, ...(settings.exclude ?? [])]
        : (settings.exclude ?? suite.excludes),
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
 * own tests, where its configuration names projects, and else those packages that are not configured for it themselves, unless the folder's
 * own script for its tests has packages run theirs. One that is only recognised by test files is left to those packages that have it.
 * @param paths where to look for tests, from the command line: each is the matter of the innermost package that it lies in, and of all below it
 * @throws ShardwrightError `usage` for a path in which nothing is recognised
 */
async function recognised(
  { workspace, directory }: SuiteLocation,
  runners: ReadonlyMap<string, Runner>,
  paths: readonly string[] = [],
): Promise<ChosenSuite[]> {
  const folder = resolve(workspace, directory);
  const members = await workspaceMembers(folder);
  const detectIn = async (place: string, how: Pick<DetectionLocation, "without" | "configured"> = {}) => {
    const location = { workspace, directory: place, ...how };
    const found = await Promise.all([...runners.values()].map(async (one) => ({ one, sign: await one.detect(location) })));
    return found.filter(({ sign }) => sign !== undefined).map(({ one }) => one.name);
  };
  const foundIn = (name: string, runner: string, place: string) => ({
    ...bareSuite(name, runner, place),
    isRecognised: true as const,
  });
  if (members.length === 0) return (await detectIn(directory)).map((name) => foundIn(name, name, directory));
  const setUp = new Set(await detectIn(directory, { without: ["."] }));
  const [delegating, withProjects] = await Promise.all([
    commandsInPackages(folder),
    projectsNamedIn({ workspace, directory }, runners, setUp),
  ]);
  const ofMembers: ChosenSuite[] = [];
  const covered = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const member of members) {
    const place = posix.join(directory, member);
    const [found, configured] = await Promise.all([detectIn(place), detectIn(place, { configured: true })]);
    const isCovered = (name: string) =>
      setUp.has(name) && (withProjects.has(name) || !(delegating.length > 0 || configured.includes(name)));
    if (found.length === 0 && (await hasTestScript(resolve(folder, member)))) unknown.push(member);
    for (const name of found.filter(isCovered)) covered.set(name, [...(covered.get(name) ?? []), member]);
    const names = found.filter((name) => !isCovered(name));
    // Its folder may be called what no suite can, or as a suite of the root.
    const isPlain = names.length === 1 && nameSchema.safeParse(member).success && !runners.has(member);
    const title = nameSchema.safeParse(`${member}:`).success ? member : `package ${members.indexOf(member) + 1}`;
    for (const name of names) ofMembers.push(foundIn(isPlain ? member : `${title}:${name}`, name, posix.join(directory, member)));
  }
  const homes = members.filter((member) => ofMembers.some((suite) => suite.directory === posix.join(directory, member)));
  const homesOf = (name: string) =>
    homes.filter((home) => ofMembers.some((suite) => suite.runner === name && suite.directory === posix.join(directory, home)));
  const ofRoot = (await detectIn(directory, { without: homes })).map((name) => ({
    ...foundIn(name, name, directory),
    packages: covered.get(name) ?? [],
    excludes: homesOf(name).map((home) => `${home.replace(/[$()*+?[\]^{|}!@]/g, "\\$&")}/**`),
  }));
  const all: ChosenSuite[] = [...ofRoot, ...ofMembers];
  if (paths.length === 0) {
    const notices = [...unknownNotice(unknown), ...(await toolAroundPackages(folder))];
    return all.map((suite, index) => (index === 0 ? { ...suite, notices } : suite));
  }
  const placeOf = (suite: SuiteConfig) => realPathOf(resolve(workspace, suite.directory));
  const given = paths.map((path) => ({ path, real: realPathOf(resolve(folder, path)) }));
  // The innermost of the packages that have the framework; the folder itself has it for all others.
  const isOf = (suite: SuiteConfig, path: string) =>
    placeOf(suite) ===
    [folder, ...homesOf(suite.runner).map((home) => resolve(folder, home))]
      .map(realPathOf)
      .findLast((place) => isBelow(place, path));
  const chosen = all.flatMap((suite) => {
    if (given.some(({ real }) => isBelow(real, placeOf(suite)))) return [{ ...suite, paths: [] }];
    const inside = given.filter(({ real }) => isOf(suite, real)).map(({ path }) => path);
    return inside.length === 0 ? [] : [{ ...suite, paths: inside }];
  });
  const idle = given.find(({ real }) => !chosen.some((suite) => isBelow(real, placeOf(suite)) || isOf(suite, real)));
  if (idle === undefined) return chosen;
  if (!existsSync(idle.real)) throw noSuchPath(idle.path);
  throw new ShardwrightError("usage", {
    problem: `No framework is recognised for the tests in ${idle.path}.`,
    remedy: "Name paths of packages with tests, or one framework with --runner.",
  });
}

function unknownNotice(members: readonly string[]): string[] {
  if (members.length === 0) return [];
  return [
    `Not run, as the script ‘test’ calls no framework that is recognised: ${nameSome(members)}. The runner ‘command’ runs any program, in a suite of the configuration file.`,
  ];
}

/** The frameworks whose configuration in a folder names projects. */
async function projectsNamedIn(location: SuiteLocation, runners: ReadonlyMap<string, Runner>, names: ReadonlySet<string>) {
  const found = await Promise.all(
    [...names].map(async (name) => ((await runners.get(name)?.namesProjects?.(location)) === true ? [name] : [])),
  );
  return new Set(found.flat());
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
    throw noSuchPath(path);
  }
  throw new ShardwrightError("path-outside-workspace", { path });
}

function noSuchPath(path: string): ShardwrightError {
  return new ShardwrightError("usage", {
    problem: `There is neither a folder nor a file ${path} in which to look for tests.`,
    remedy: "Name what there is, relative to the current folder; patterns go with --test-pattern.",
  });
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What does not exist is nowhere else either.
    return path;
  }
}
