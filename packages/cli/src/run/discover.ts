import { availableParallelism } from "node:os";
import { join, posix } from "node:path";
import {
  boundToBrowsers,
  browsersIn,
  manifestText,
  reasonOf,
  ShardwrightError,
  taskKindSchema,
  type ErrorDetails,
  type Requirements,
  type Suite,
  type Task,
} from "@shardwright/core";
import { failsWithoutTests, taskKey, type DiscoveredFile, type Discovery, type Runner } from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { nameSome } from "../view/text.ts";
import { FileHashes, sha256, type Described } from "./file-hashes.ts";
import { inBrowsers, type BrowserChoice } from "./fan-out.ts";
import type { ChosenSuite } from "./suites.ts";

export interface Manifest {
  readonly suites: Suite[];
  readonly tasks: Task[];
  readonly hash: string;
  /** What suites ask of their frameworks and do not get here, for people. */
  readonly notices?: readonly string[];
  /** Names of suites that list no tests, for which the project's own command fails. */
  readonly lacking?: readonly string[];
}

export interface DiscoverRequest {
  /** Absolute path of the workspace. */
  readonly workspace: string;
  readonly suites: readonly ChosenSuite[];
  readonly runners: ReadonlyMap<string, Runner>;
  /** What every task needs, beside what its suite says. */
  readonly requirements: Requirements;
  /** Browsers that each file is to run in, where its suite does not name them. */
  readonly browsers?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the listing; what it then throws is the signal's reason, or what the framework says of its end. */
  readonly signal?: AbortSignal;
  /** How long a framework may take to list a suite's tests. */
  readonly limit_ms?: number;
}

/** So many frameworks list their tests at the same time: each is a process that loads a project, and a repository may have hundreds. */
const listedAtOnce = Math.max(2, availableParallelism());

/** No suite takes so long to be listed; what hangs would be waited for until the CI system ends the job. */
const listing_ms = 30 * 60_000;

/** What opens a coordinator, a CI system or a channel of people to its bearer. */
const ownSecrets = new Set([
  "SHARDWRIGHT_API_KEY",
  "SHARDWRIGHT_ADMIN_TOKEN",
  "SHARDWRIGHT_CI_TOKEN",
  "SHARDWRIGHT_ID_TOKEN",
  "SHARDWRIGHT_NOTIFY",
  "SHARDWRIGHT_NOTIFY_ON_FAILURE",
  "SHARDWRIGHT_NOTIFY_SECRET",
  "SHARDWRIGHT_SMTP_PASSWORD",
]);

/** The environment in which a framework lists its tests, and so loads the project's code: as for the tests, without our tokens. */
export function listingEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !ownSecrets.has(entry[0].toUpperCase()),
    ),
  );
}

/** How many files are hashed at once, where that is quicker. */
const hashConcurrency = 16;
/** A longer selection is called by its hash. */
const selectionLength = 1000;

/**
 * Lists every suite's tests and hashes their files: the manifest that the verdict is bound to.
 * @throws ShardwrightError `framework-missing`, `discovery-failed`
 */
export async function discover(request: DiscoverRequest): Promise<Manifest> {
  const found: Discovered[] = [];
  const hashes = new FileHashes();
  const waiting = [...request.suites.entries()];
  const discoverNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, suite] = next;
      found[index] = await discoverSuite(suite, request, hashes).catch((error: unknown) => {
        // What the others would find, nobody would use.
        waiting.length = 0;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: listedAtOnce }, discoverNext));
  const tasks = found.flatMap((suite) => suite.tasks);
  const suites = found.map((suite) => suite.suite);
  const notices = [
    ...request.suites.flatMap((suite) => suite.notices ?? []),
    ...found.flatMap((suite) => suite.notices.map((text) => `The suite ${suite.suite.name}: ${text}`)),
  ];
  const lacking = found.filter(({ isLacking }) => isLacking).map(({ suite }) => suite.name);
  return { suites, tasks, hash: sha256(manifestText({ tasks, suites })), notices, lacking };
}

/** The suites that list no tests. */
export function emptySuites({ suites, tasks }: Manifest): Suite[] {
  const filled = new Set(tasks.map((task) => task.suite));
  return suites.filter(({ name }) => !filled.has(name));
}

/**
 * Refuses a manifest without tests, and one that lacks those of a suite that the configuration file names, or that a package's own script
 * runs: its folder was renamed, its patterns are misspelt, or it is not built, and the green of the others would hide it.
 * @throws ShardwrightError `empty-manifest`, `usage`
 */
export function requireTests(manifest: Manifest, { settings, suites, file }: Configuration): void {
  if (settings.allowEmpty) return;
  if (manifest.tasks.length === 0) throw new ShardwrightError("empty-manifest");
  const empty = emptySuites(manifest).filter(({ name }) => suites !== undefined || manifest.lacking?.includes(name) === true);
  if (empty.length === 0) return;
  const named = empty.map(({ name, directory }) => `${name} (in ${directory})`).join(", ");
  const which = empty.length === 1 ? "the suite" : "the suites";
  throw new ShardwrightError(
    "usage",
    suites === undefined
      ? {
          problem: `No tests were found for ${which} ${named}, for which the script ‘test’ there fails.`,
          remedy:
            "Build what has to be built before, say in the script or the configuration that there may be none (passWithNoTests), or pass --allow-empty.",
        }
      : {
          problem: `No tests were found for ${which} ${named}.`,
          remedy: `Check directory, patterns, directories and excludes in ${file}; pass --allow-empty where no tests are right.`,
        },
  );
}

interface Discovered {
  readonly suite: Suite;
  readonly tasks: Task[];
  readonly notices: readonly string[];
  readonly isLacking: boolean;
}

async function discoverSuite(config: ChosenSuite, request: DiscoverRequest, hashes: FileHashes): Promise<Discovered> {
  const runner = request.runners.get(config.runner);
  if (runner === undefined) throw new Error(`no runner ${config.runner}`);
  const discovery = await listTests(runner, config, request);
  const artifacts = [...(config.artifacts ?? runner.keeps ?? []), ...(discovery.keeps ?? [])];
  const suite: Suite = {
    name: config.name,
    runner: config.runner,
    directory: config.directory,
    options: discovery.options,
    ...(artifacts.length > 0 && { artifacts }),
    ...selectionOf(config),
  };
  const files = inBrowsers(discovery.files, choiceOf(config, request), runner);
  const tasks: Task[] = [];
  for (let begin = 0; begin < files.length; begin += hashConcurrency) {
    const slice = files.slice(begin, begin + hashConcurrency);
    tasks.push(...(await Promise.all(slice.map((file) => describeTask(file, config, request, hashes)))));
  }
  const notices = [...(discovery.notices ?? []), ...missedPackages(config, discovery, runner)];
  return { suite, tasks, notices, isLacking: await isLacking(config, discovery, request.workspace) };
}

/** Whether it lists no tests although it is meant as a whole, and the project's own command fails for that. */
async function isLacking(
  { isRecognised, patterns, directories, excludes, directory, runner }: ChosenSuite,
  { files, mayBeEmpty }: Discovery,
  workspace: string,
): Promise<boolean> {
  if (isRecognised !== true || files.length > 0 || mayBeEmpty === true) return false;
  if ([...patterns, ...directories, ...excludes].length > 0) return false;
  return failsWithoutTests(join(workspace, directory), runner);
}

/** What is said where the root's configuration leaves out packages that are set up for tests: whoever extends it there may not know. */
function missedPackages(config: ChosenSuite, { files }: Discovery, { capabilities }: Runner): string[] {
  const { directory, packages = [] } = config;
  if (config.patterns.length > 0 || config.directories.length > 0) return [];
  const missed = packages.filter((name) => !files.some(({ file }) => file.startsWith(`${posix.join(directory, name)}/`)));
  if (missed.length === 0) return [];
  const count = missed.length === 1 ? "a package that is" : `${missed.length} packages that are`;
  return [
    `none of its tests lies in ${count} set up for ${capabilities.title} as well, whose own do not run: ${nameSome(missed)}. ` +
      "Where they should, name the suites in a configuration file.",
  ];
}

/** A name for what is selected of a suite, the same for the same patterns; none where it is all that the framework finds. */
function selectionOf({ patterns, directories, excludes }: SuiteConfig): Pick<Suite, "selection"> {
  const chosen = { patterns, directories, excludes };
  const said = Object.entries(chosen).flatMap(([name, values]) =>
    values.length === 0 ? [] : [`${name} ${values.toSorted().join(", ")}`],
  );
  if (said.length === 0) return {};
  const text = said.join("; ");
  return { selection: text.length <= selectionLength ? text : `sha256 ${sha256(text)}` };
}

/** What a framework prints that cannot list its tests is quoted: without the values of what looks like secrets, as in a test's output. */
async function listTests(runner: Runner, config: SuiteConfig, request: DiscoverRequest): Promise<Discovery> {
  const { limit_ms = listing_ms } = request;
  const ending = new AbortController();
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = `it has not listed its tests within ${limit_ms / 1000} s`;
    tooLate.reject(new ShardwrightError("discovery-failed", { framework: config.runner, directory: config.directory, reason }));
    ending.abort();
  }, limit_ms);
  try {
    const listing = runner.discover({
      workspace: request.workspace,
      directory: config.directory,
      selection: { patterns: config.patterns, directories: config.directories, excludes: config.excludes },
      options: config.options,
      environment: request.environment,
      signal: request.signal === undefined ? ending.signal : AbortSignal.any([request.signal, ending.signal]),
    });
    return await Promise.race([tooLate.promise, listing]);
  } catch (error) {
    if (!(error instanceof ShardwrightError)) throw error;
    const { SecretMask, secretsOf } = await import("@shardwright/worker");
    const mask = new SecretMask(secretsOf(request.environment));
    // Of several package.json it is not said which.
    const place = error.code === "usage" && config.directory !== "." ? `In ${config.directory}: ` : "";
    const details = Object.entries(error.details).map(([key, value]) => [
      key,
      typeof value === "string" ? `${key === "problem" ? place : ""}${mask.text(value)}` : value,
    ]);
    throw new ShardwrightError(error.code, Object.fromEntries(details) as ErrorDetails, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function describeTask(
  file: Discovery["files"][number],
  config: SuiteConfig,
  request: DiscoverRequest,
  hashes: FileHashes,
): Promise<Task> {
  const { hash, bytes } = await describeSources(file, config, request.workspace, hashes);
  return {
    key: taskKey(config.name, file),
    suite: config.name,
    kind: file.kind ?? taskKindSchema.enum.file,
    file: file.file,
    args: [...(file.args ?? [])],
    requirements: mergeRequirements(request.requirements, config.requirements, file),
    ...(file.browser === undefined ? {} : { browser: file.browser }),
    ...(config.timeout === undefined ? {} : { timeout_ms: Math.round(config.timeout * 1000) }),
    hash,
    bytes,
    // What a command does is unknown.
    side_effects: config.sideEffects ?? config.runner === "command",
  };
}

/** The hash of a task's file, or of the names and hashes of all the files that make it up. */
async function describeSources(
  { file, sources }: Discovery["files"][number],
  config: SuiteConfig,
  workspace: string,
  hashes: FileHashes,
): Promise<Described> {
  try {
    if (sources === undefined) return await hashes.describe(join(workspace, file));
    const lines: string[] = [];
    let bytes = 0;
    for (const source of sources) {
      const described = await hashes.describe(join(workspace, source));
      lines.push(JSON.stringify([source, described.hash]));
      bytes += described.bytes;
    }
    return { hash: sha256(lines.join("\n")), bytes };
  } catch (error) {
    // A link that leads nowhere, a file that went away or may not be read.
    const details = { framework: config.runner, directory: config.directory, reason: reasonOf(error) };
    throw new ShardwrightError("discovery-failed", details, { cause: error });
  }
}

function choiceOf({ name, requirements, browsers }: SuiteConfig, request: DiscoverRequest): BrowserChoice {
  // A suite that asks for one browser has said in which it runs.
  const own = browsers ?? (browsersIn(requirements.tags ?? []).length > 0 ? undefined : request.browsers);
  return { name, browsers: own, requirements: mergeRequirements(request.requirements, requirements, {}) };
}

function mergeRequirements(
  all: Requirements,
  own: Requirements,
  { browser, tags: needs = [] }: Pick<DiscoveredFile, "browser" | "tags">,
): Requirements {
  const offer = browser === undefined ? [] : [`browser:${browser}`];
  const tags = boundToBrowsers([...new Set([...(all.tags ?? []), ...(own.tags ?? []), ...needs, ...offer])]);
  return { ...all, ...own, ...(tags.length === 0 ? {} : { tags }) };
}
