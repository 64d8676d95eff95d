import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { FileView } from "./file-view.ts";

/**
 * The inner modules of the project's own Playwright that a warm process needs: its command line and its test server start everything
 * anew for each run, or leave out retries.
 */
export interface Playwright {
  /** The program that Playwright forks for each of its workers. */
  readonly workerProgram: string;
  loadConfig(file: string | undefined, overrides: object): Promise<Config>;
  /** One whole run of a file, by its absolute path, which the configuration's projects match. */
  run(config: Config, file: string, wish: RunWish): Promise<"passed" | "failed" | "timedout" | "interrupted">;
  /** The projects of these names, or those that run when none is named. @throws Error for a name that no project has */
  chooseProjects(config: Config, names: readonly string[] | undefined): ConfigProject[];
  /** Absolute paths, in no order that matters. */
  collectFiles(project: ConfigProject): Promise<string[]>;
  /** Absolute paths of what a file that was loaded imports, however indirectly. */
  dependenciesOf(file: string): Iterable<string>;
  readonly TestRunner: TestRunnerClass;
  location(file: string | undefined): unknown;
}

interface RunWish {
  readonly list?: boolean;
  readonly grep?: string | undefined;
  readonly grepInvert?: string | undefined;
  /** Only tests of these ids; all when absent. */
  readonly testIds?: ReadonlySet<string> | undefined;
}

/** The part of Playwright's resolved configuration that is read or set. */
export interface Config {
  readonly config: {
    readonly rootDir: string;
    readonly updateSnapshots: string;
    /** Since 1.52. */
    readonly failOnFlakyTests?: boolean;
    readonly version?: unknown;
    reporter: [name: string, options?: unknown][];
  };
  projects: ConfigProject[];
  globalSetups: unknown[];
  globalTeardowns: unknown[];
  webServers: unknown[];
  plugins: { factory: unknown }[];
  captureGitInfo?: { commit: boolean; diff: boolean };
}

export interface ConfigProject {
  /** Its name, with a number where several have it. */
  readonly id: string;
  readonly project: {
    readonly name: string;
    readonly testDir: string;
    outputDir: string;
    testMatch: unknown;
    testIgnore: unknown;
  };
  deps: ConfigProject[];
  teardown?: ConfigProject | undefined;
  workers?: number | undefined;
  default?: boolean;
}

type TestRunnerClass = new (
  location: unknown,
  overrides: object,
) => {
  initialize(params: object): Promise<void>;
  runGlobalSetup(reporters: object[]): Promise<{ status: string; env: [name: string, value: string | null][] }>;
  runGlobalTeardown(): Promise<unknown>;
  _loadConfigOrReportError(reporter: object, overrides?: object): Promise<Config | null>;
};

interface ConfigLoader {
  readonly loadConfigFromFile: (file: string | undefined, overrides: object) => Promise<Config>;
  readonly resolveConfigLocation: (file: string | undefined) => unknown;
}
interface TestRunnerModule {
  readonly TestRunner: TestRunnerClass;
  readonly runAllTestsWithConfig: (config: Config, options: object) => ReturnType<Playwright["run"]>;
}
interface CompilationCache {
  readonly dependenciesForTestFile: (file: string) => Iterable<string>;
}
interface ProjectUtils {
  readonly filterProjects: (projects: ConfigProject[], names: readonly string[] | undefined) => ConfigProject[];
  readonly collectFilesForProject: (project: ConfigProject) => Promise<string[]>;
}

/** Large parts that the rest is built on, in their order, where a version has them. */
const largeParts = ["playwright-core/lib/utilsBundle", "playwright-core/lib/coreBundle", join("lib", "common", "index.js")];

/**
 * Loads part after part, so that what else there is to do in this process is done in between.
 * @param folder of the `playwright` package. @throws Error when its modules are not laid out as in the versions that are known
 */
export async function loadPlaywright(folder: string): Promise<Playwright> {
  const load = createRequire(join(folder, "package.json"));
  for (const part of largeParts) {
    const path = part.startsWith("playwright-core") ? part : join(folder, part);
    try {
      load(load.resolve(path));
    } catch {
      // What matters is asked for below, and its absence told.
    }
    await setImmediate();
  }
  const view = new FileView();
  const { configLoader, testRunner, projectUtils, cc } = view.whileLoading(() => modulesOf(folder, load));
  return {
    workerProgram: workerProgramOf(folder),
    TestRunner: testRunner.TestRunner,
    loadConfig: (file, overrides) => configLoader.loadConfigFromFile(file, overrides),
    location: (file) => configLoader.resolveConfigLocation(file),
    run: async (config, file, wish) => {
      view.only = file;
      try {
        return await testRunner.runAllTestsWithConfig(withOldOptions(config, wish), optionsOf(wish));
      } finally {
        view.only = undefined;
      }
    },
    chooseProjects: (config, names) => projectUtils.filterProjects(config.projects, names),
    collectFiles: (project) => projectUtils.collectFilesForProject(project),
    dependenciesOf: (file) => cc.dependenciesForTestFile(file),
  };
}

export function workerProgramOf(folder: string): string {
  return join(folder, "lib", "worker", "workerProcessEntry.js");
}

function modulesOf(folder: string, load: NodeJS.Require) {
  const inner = (name: string) => join(folder, "lib", ...name.split("/"));
  let found: {
    configLoader?: ConfigLoader;
    testRunner?: TestRunnerModule;
    projectUtils?: ProjectUtils;
    cc?: CompilationCache;
  };
  if (existsSync(inner("runner/testRunner.js"))) {
    // Before 1.60.
    found = {
      configLoader: load(inner("common/configLoader.js")) as ConfigLoader,
      testRunner: load(inner("runner/testRunner.js")) as TestRunnerModule,
      projectUtils: load(inner("runner/projectUtils.js")) as ProjectUtils,
      cc: load(inner("transform/compilationCache.js")) as CompilationCache,
    };
  } else {
    const runner = load(inner("runner/index.js")) as Pick<typeof found, "testRunner" | "projectUtils">;
    found = { ...(load(inner("common/index.js")) as Pick<typeof found, "configLoader" | "cc">), ...runner };
  }
  const { configLoader, testRunner, projectUtils, cc } = found;
  const isKnown = [
    configLoader?.loadConfigFromFile,
    configLoader?.resolveConfigLocation,
    testRunner?.runAllTestsWithConfig,
    testRunner?.TestRunner,
    projectUtils?.filterProjects,
    projectUtils?.collectFilesForProject,
    cc?.dependenciesForTestFile,
  ].every((part) => typeof part === "function");
  if (!isKnown || configLoader === undefined || testRunner === undefined || projectUtils === undefined || cc === undefined)
    throw new Error(`The inner modules of the Playwright in ${folder} are not those of a version that is known.`);
  return { configLoader, testRunner, projectUtils, cc };
}

function optionsOf({ list, grep, grepInvert, testIds }: RunWish): object {
  return {
    passWithNoTests: true,
    preserveOutputDir: true,
    ...(list === true ? { listMode: true } : {}),
    ...(grep === undefined ? {} : { grep }),
    ...(grepInvert === undefined ? {} : { grepInvert }),
    ...(testIds === undefined ? {} : { lastFailedTestIds: [...testIds] }),
  };
}

/** Before 1.60 the same wishes were fields of the configuration. */
function withOldOptions(config: Config, { list, grep, grepInvert, testIds }: RunWish): Config {
  const old = config as Config & { postShardTestFilters?: ((test: { id: string }) => boolean)[] };
  if (old.postShardTestFilters === undefined) return config;
  if (testIds !== undefined) old.postShardTestFilters.push(({ id }) => testIds.has(id));
  return Object.assign(old, { cliPassWithNoTests: true, cliListOnly: list === true, cliGrep: grep, cliGrepInvert: grepInvert });
}
