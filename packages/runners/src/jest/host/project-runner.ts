import { existsSync } from "node:fs";
import type { Test, TestContext, TestResult } from "@jest/test-result";
import type { Config } from "@jest/types";
import type { JestPackages, ScriptTransformer } from "./jest-packages.ts";
import type { SharedProject } from "./shared.ts";

/** What jest asks of a `runner`, jest-runner or the project's own, of either kind. */
interface TestRunner {
  readonly supportsEventEmitters?: boolean;
  on?(event: string, listener: (values: readonly unknown[]) => unknown): () => void;
  runTests(tests: readonly Test[], watcher: object, ...rest: unknown[]): Promise<void>;
}

type TestRunnerClass = new (globalConfig: Config.GlobalConfig, context: object, options?: unknown) => TestRunner;

/** Told as a file goes on its way; each may be waited for. */
export interface FileEvents {
  readonly onStart: (test: Test) => unknown;
  readonly onCaseStart: (test: Test, info: unknown) => unknown;
  readonly onCaseResult: (test: Test, result: unknown) => unknown;
  readonly onResult: (test: Test, result: TestResult) => unknown;
  readonly onFailure: (test: Test, error: unknown) => unknown;
}

/** One project of the configuration, with what jest's worker keeps of it from file to file. */
export class ProjectRunner {
  readonly config: Config.ProjectConfig;
  readonly transformer: ScriptTransformer;
  readonly #context: TestContext;
  readonly #Runner: TestRunnerClass;
  readonly #watcher: object;

  private constructor(
    { config }: SharedProject,
    transformer: ScriptTransformer,
    context: TestContext,
    Runner: TestRunnerClass,
    watcher: object,
  ) {
    this.config = config;
    this.transformer = transformer;
    this.#context = context;
    this.#Runner = Runner;
    this.#watcher = watcher;
  }

  /** @param wantsFiles somebody of the project's own may ask what files there are, which jest's own runner never does */
  static async load(packages: JestPackages, project: SharedProject, wantsFiles: boolean): Promise<ProjectRunner> {
    const { config } = project;
    const transformer = await packages.get("@jest/transform").createScriptTransformer(config);
    const Runner = (await transformer.requireAndTranspileModule(config.runner)) as TestRunnerClass;
    const moduleMap = packages.get("jest-haste-map").default.getStatic(config).getModuleMapFromJSON(project.moduleMap);
    await packages.get("jest-resolve").preloadResolver?.(config.resolver ?? undefined);
    const resolver = packages.get("jest-runtime").default.createResolver(config, moduleMap);
    const isJests = config.runner === packages.pathOf("jest-runner");
    const hasteFS = wantsFiles || !isJests ? await crawled(packages, config) : undefined;
    const watcher = new (packages.get("jest-watcher").TestWatcher)({ isWatchMode: false });
    const context = { config, moduleMap, resolver, hasteFS: hasteFS as TestContext["hasteFS"] };
    return new ProjectRunner(project, transformer, context, Runner, watcher);
  }

  /** Loads what its first file would wait for: the test framework and environment. They are only loaded, not used. */
  async preload(): Promise<void> {
    await this.transformer.requireAndTranspileModule(this.config.testRunner);
    await this.transformer.requireAndTranspileModule(this.config.testEnvironment);
  }

  /** Runs one file in this process. @param path absolute */
  async run(path: string, globalConfig: Config.GlobalConfig, events: FileEvents): Promise<void> {
    if (!existsSync(path)) throw new Error(`There is no file ${path}.`);
    const test: Test = { context: this.#context, path };
    const runner = new this.#Runner(globalConfig, {}, (this.config as { runnerOptions?: unknown }).runnerOptions);
    if (runner.supportsEventEmitters !== true || runner.on === undefined) {
      // Jest's own callbacks are asynchronous, and there are runners that count on it.
      const onStart = async (...given: Parameters<FileEvents["onStart"]>) => events.onStart(...given);
      const onResult = async (...given: Parameters<FileEvents["onResult"]>) => events.onResult(...given);
      const onFailure = async (...given: Parameters<FileEvents["onFailure"]>) => events.onFailure(...given);
      return runner.runTests([test], this.#watcher, onStart, onResult, onFailure, { serial: true });
    }
    runner.on("test-file-start", () => events.onStart(test));
    runner.on("test-case-start", ([, info]) => events.onCaseStart(test, info));
    runner.on("test-case-result", ([, result]) => events.onCaseResult(test, result));
    runner.on("test-file-success", ([, result]) => events.onResult(test, result as TestResult));
    runner.on("test-file-failure", ([, error]) => events.onFailure(test, error));
    return runner.runTests([test], this.#watcher, { serial: true });
  }
}

async function crawled(packages: JestPackages, config: Config.ProjectConfig): Promise<TestContext["hasteFS"]> {
  const options = { console, maxWorkers: 1, resetCache: false, watch: false, watchman: false };
  const hasteMap = await packages.get("jest-runtime").default.createHasteMap(config, options);
  return (await hasteMap.build()).hasteFS;
}
