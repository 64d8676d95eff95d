import type { AggregatedResult, Test, TestResult } from "@jest/test-result";
import type { Config } from "@jest/types";
import { textOf } from "./outcome.ts";
import type { JestPackages } from "./jest-packages.ts";

/** Jest's own: they print and sum up for people, which happens elsewhere. */
const own = new Set(["default", "agent", "github-actions", "summary"]);

interface Reporter {
  onRunStart?(results: AggregatedResult, options: object): unknown;
  onTestStart?(test: Test): unknown;
  onTestFileStart?(test: Test): unknown;
  onTestCaseStart?(test: Test, info: unknown): unknown;
  onTestCaseResult?(test: Test, result: unknown): unknown;
  onTestResult?(test: Test, result: TestResult, results: AggregatedResult): unknown;
  onTestFileResult?(test: Test, result: TestResult, results: AggregatedResult): unknown;
  getLastError?(): unknown;
}

/**
 * The project's own reporters. They are told of each file and case that this process runs, but never that the run is complete: what
 * they would write then would be a part of it, and several processes would write it.
 */
export class ProjectReporters {
  readonly #reporters: readonly Reporter[];
  readonly #packages: JestPackages;
  readonly #results: AggregatedResult;
  #hasBegun = false;

  private constructor(reporters: readonly Reporter[], packages: JestPackages) {
    this.#reporters = reporters;
    this.#packages = packages;
    this.#results = packages.get("@jest/test-result").makeEmptyAggregatedTestResult();
  }

  /** @throws Error when one cannot be loaded, which with jest ends the run */
  static async load(packages: JestPackages, globalConfig: Config.GlobalConfig): Promise<ProjectReporters> {
    const { requireOrImportModule } = packages.get("jest-util");
    const reporters: Reporter[] = [];
    for (const [path, options] of (globalConfig.reporters ?? []).filter(([name]) => !own.has(name))) {
      try {
        const Class = (await requireOrImportModule(path)) as new (...args: unknown[]) => Reporter;
        reporters.push(new Class(globalConfig, options, { firstRun: true, previousSuccess: true, startRun: () => {} }));
      } catch (error) {
        throw new Error(`The reporter ${path} could not be loaded: ${textOf(error)}`, { cause: error });
      }
    }
    return new ProjectReporters(reporters, packages);
  }

  get isEmpty(): boolean {
    return this.#reporters.length === 0;
  }

  async begin(test: Test): Promise<void> {
    if (!this.#hasBegun)
      await this.#tell((reporter) => reporter.onRunStart?.(this.#results, { estimatedTime: 0, showStatus: false }));
    this.#hasBegun = true;
    await this.#tell((reporter) =>
      reporter.onTestFileStart === undefined ? reporter.onTestStart?.(test) : reporter.onTestFileStart(test),
    );
  }

  caseStarted(test: Test, info: unknown): Promise<void> {
    return this.#tell((reporter) => reporter.onTestCaseStart?.(test, info));
  }

  caseEnded(test: Test, result: unknown): Promise<void> {
    return this.#tell((reporter) => reporter.onTestCaseResult?.(test, result));
  }

  /** @returns what is wrong by the reporters' own judgement, which with jest makes the run red */
  async end(test: Test, result: TestResult): Promise<string[]> {
    if (this.isEmpty) return [];
    this.#packages.get("@jest/test-result").addResult(this.#results, result);
    await this.#tell((reporter) =>
      reporter.onTestFileResult === undefined
        ? reporter.onTestResult?.(test, result, this.#results)
        : reporter.onTestFileResult(test, result, this.#results),
    );
    // A warm process is not to keep all that ever ran.
    this.#results.testResults = [];
    const errors = this.#reporters.map((reporter) => reporter.getLastError?.()).filter(Boolean);
    return errors.map((error) => `A reporter of the project failed: ${textOf(error)}`);
  }

  async #tell(call: (reporter: Reporter) => unknown): Promise<void> {
    for (const reporter of this.#reporters) await call(reporter);
  }
}
