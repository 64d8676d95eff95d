import { createRequire } from "node:module";
import { join } from "node:path";
import type { AggregatedResult, Test, TestContext, TestResult } from "@jest/test-result";
import type { Config } from "@jest/types";

/** The parts of jest's packages that are used; all of them are exported by their packages. */
interface Packages {
  "@jest/console": {
    readonly getConsoleOutput: (
      buffer: NonNullable<TestResult["console"]>,
      config: Config.ProjectConfig,
      globalConfig: Config.GlobalConfig,
    ) => string;
  };
  "@jest/core": { readonly SearchSource: new (context: TestContext) => SearchSource };
  "@jest/reporters": {
    readonly CoverageReporter: new (globalConfig: Config.GlobalConfig, context: object) => CoverageReporter;
  };
  "@jest/test-result": {
    readonly makeEmptyAggregatedTestResult: () => AggregatedResult;
    readonly addResult: (aggregated: AggregatedResult, result: TestResult) => void;
    readonly buildFailureTestResult: (path: string, error: unknown) => TestResult;
  };
  "@jest/transform": { readonly createScriptTransformer: (config: Config.ProjectConfig) => Promise<ScriptTransformer> };
  "jest-config": {
    readonly readConfigs: (
      argv: object,
      projects: string[],
    ) => Promise<{ globalConfig: Config.GlobalConfig; configs: Config.ProjectConfig[] }>;
    readonly deprecationEntries: unknown;
  };
  "jest-haste-map": {
    readonly default: {
      getStatic(config: Config.ProjectConfig): { getModuleMapFromJSON(json: unknown): TestContext["moduleMap"] };
    };
  };
  "jest-resolve": { readonly preloadResolver?: (path: string | undefined) => Promise<void> };
  "jest-runtime": {
    readonly default: {
      createHasteMap(config: Config.ProjectConfig, options: object): Promise<{ build(): Promise<HasteMapObject> }>;
      createResolver(config: Config.ProjectConfig, moduleMap: TestContext["moduleMap"]): TestContext["resolver"];
    };
  };
  "jest-snapshot": {
    readonly buildSnapshotResolver: (config: Config.ProjectConfig) => Promise<object>;
    readonly cleanup: (
      hasteFS: TestContext["hasteFS"],
      update: "none",
      resolver: object,
      ignored: readonly string[],
    ) => { filesRemovedList: string[] };
  };
  "jest-util": { readonly requireOrImportModule: (path: string) => Promise<unknown> };
  "jest-watcher": { readonly TestWatcher: new (options: { isWatchMode: boolean }) => object };
}

interface CoverageReporter {
  onTestResult(test: object, result: object): void;
  onRunComplete(contexts: Iterable<object>, results: object): Promise<void>;
  getLastError(): Error | undefined;
}

interface SearchSource {
  getTestPaths(...args: unknown[]): Promise<{ tests: Test[] }>;
}

export interface ScriptTransformer {
  requireAndTranspileModule(path: string, callback?: (module: unknown) => unknown): Promise<unknown>;
}

export interface HasteMapObject {
  readonly hasteFS: TestContext["hasteFS"];
  readonly moduleMap: TestContext["moduleMap"];
}

/** The project's own jest, whatever version it has: its packages are found as jest itself finds them. */
export class JestPackages {
  readonly #jest: NodeJS.Require;
  readonly #core: NodeJS.Require;

  /** @throws Error when the folder resolves to no jest */
  constructor(directory: string) {
    const project = createRequire(join(directory, "package.json"));
    this.#jest = createRequire(resolveFirst(project, ["jest/package.json", "jest-cli/package.json"]));
    this.#core = createRequire(this.#jest.resolve("@jest/core/package.json"));
  }

  get<Name extends keyof Packages>(name: Name): Packages[Name] {
    return this.#core(name) as Packages[Name];
  }

  pathOf(name: string): string | undefined {
    return attempt(() => this.#core.resolve(name));
  }

  get major(): number {
    return Number.parseInt((this.#core("@jest/core/package.json") as { version: string }).version, 10);
  }

  /** A package of jest's command line. */
  fromCommandLine(name: string): unknown {
    const cli = attempt(() => createRequire(this.#jest.resolve("jest-cli/package.json"))) ?? this.#jest;
    return cli(name);
  }
}

function resolveFirst(from: NodeJS.Require, names: readonly string[]): string {
  let fault: unknown;
  for (const name of names) {
    try {
      return from.resolve(name);
    } catch (error) {
      fault ??= error;
    }
  }
  throw fault;
}

function attempt<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch {
    // The caller has another way.
    return undefined;
  }
}
