import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import type { Test, TestResult } from "@jest/test-result";
import type { Config } from "@jest/types";
import { cut, type HostRequest } from "../../process/host-channel.ts";
import type { ListedCase, TaskOutcome } from "../../runner.ts";
import { parseTaskArguments, type TaskArguments } from "../task-arguments.ts";
import { applyChanges } from "../../process/environment-changes.ts";
import { keepCoverage } from "./coverage.ts";
import type { JestPackages } from "./jest-packages.ts";
import { outcomeOf, textOf } from "./outcome.ts";
import { send } from "./outlet.ts";
import { ProjectRunner } from "./project-runner.ts";
import { Recording, type RecordingOptions } from "./recording.ts";
import { ProjectReporters } from "./reporters.ts";
import { readSetup, readShared, setupPath, type Shared } from "./shared.ts";
import { listen, listenTo } from "./test-framework.ts";

export interface FileRunnerOptions {
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** What the suite's base process has left for its others. */
  readonly folder: string;
  /** Which of the processes that run at the same time on this machine this is, from 1. */
  readonly worker: number;
  /** What each file covers is kept among what its attempt leaves. */
  readonly keepsCoverage?: boolean | undefined;
}

/** What files leave behind piles up; from this part of the possible heap on, the next large file might be too much. */
const fullHeap = 0.75;

type RunRequest = Omit<Extract<HostRequest, { type: "run" }>, "type">;

interface Prepared {
  readonly project: ProjectRunner;
  readonly reporters: ProjectReporters;
  readonly globalConfig: Config.GlobalConfig;
}

/** Runs files of a suite one after the other, each in the fresh environment that jest's own worker makes. */
export class FileRunner {
  readonly #packages: JestPackages;
  readonly #options: FileRunnerOptions;
  readonly #projects = new Map<string, Promise<ProjectRunner>>();
  #shared: Shared | undefined;
  #reporters: ProjectReporters | undefined;

  constructor(packages: JestPackages, options: FileRunnerOptions) {
    this.#packages = packages;
    this.#options = options;
  }

  /** Whether this process should be replaced: by the project's own limit, or because it would soon have no memory left. */
  get isFull(): boolean {
    const limit = this.#shared?.globalConfig.workerIdleMemoryLimit;
    const limit_bytes = typeof limit === "number" ? limit : getHeapStatistics().heap_size_limit * fullHeap;
    return process.memoryUsage().heapUsed > limit_bytes;
  }

  /** Gets ready for files of the first project, as far as that can be done before its global setup. Faults come up again with its files. */
  async warmUp(): Promise<void> {
    try {
      const [project] = this.#readShared().projects;
      if (project === undefined || project.isHooked) return;
      const prepared = await this.#prepare({ project: project.name, obsoleteSnapshot: false });
      await prepared.project.preload();
    } catch {
      // Told with the first file.
    }
  }

  async run(task: RunRequest): Promise<TaskOutcome> {
    const { id, file, cases, except } = task;
    // What is to say all that it covers begins anew.
    const finished = this.#keepsCoverage ? undefined : task.finished;
    const recording = new Recording({
      ...this.#place(file),
      cases,
      except,
      finished,
      announce: (identity) => send({ type: "running", id, case: identity }),
      emit: (result) => send({ type: "case", id, result }),
    });
    let prepared: Prepared;
    try {
      const given = parseTaskArguments(task.args);
      if (given.obsoleteSnapshot) return this.#keepCoverage(undefined) ?? obsoleteSnapshot;
      prepared = await this.#prepare(given);
    } catch (error) {
      return { outcome: "errored", failure: { kind: "setup-error", message: cut(textOf(error), 4000) } };
    }
    const isGroup = cases !== undefined || except !== undefined || finished !== undefined;
    const attempt = await this.#attempt(recording, prepared, file);
    const outcome = outcomeOf({ recording, isGroup, ...attempt });
    return this.#keepCoverage(attempt.result) ?? outcome;
  }

  get #keepsCoverage(): boolean {
    return this.#options.keepsCoverage === true;
  }

  /** @returns what a file comes to whose coverage is asked for and cannot be kept */
  #keepCoverage(result: TestResult | undefined): TaskOutcome | undefined {
    const kept = process.env["SHARDWRIGHT_ARTIFACTS_DIR"];
    if (!this.#keepsCoverage || kept === undefined) return undefined;
    try {
      keepCoverage(result, this.#options.workspace, kept);
      return undefined;
    } catch (error) {
      const message = cut(`What the file covered could not be kept: ${textOf(error)}`, 4000);
      return { outcome: "errored", failure: { kind: "runner-error", message } };
    }
  }

  /** @throws Error when the file cannot be loaded */
  async list(file: string, args: readonly string[]): Promise<ListedCase[]> {
    const options: RecordingOptions = { ...this.#place(file), lists: true, announce: () => {}, emit: () => {} };
    const recording = new Recording(options);
    const prepared = await this.#prepare(parseTaskArguments(args));
    const globalConfig = { ...prepared.globalConfig, collectCoverage: false };
    const { fault, result } = await this.#attempt(recording, { ...prepared, globalConfig }, file);
    if (fault !== undefined) throw fault.error;
    if (!recording.hasStarted) throw new Error("Only jest-circus can list cases, and the project's testRunner is another.");
    const error = result?.testExecError;
    if (error !== undefined && error !== null) throw new Error(textOf(error));
    return recording.listed;
  }

  #place(file: string): { readonly path: string; readonly file: string } {
    return { path: resolve(this.#options.workspace, file), file };
  }

  async #prepare({ project: name, testNamePattern }: TaskArguments): Promise<Prepared> {
    const shared = this.#readShared();
    const reporters = (this.#reporters ??= await ProjectReporters.load(this.#packages, shared.globalConfig));
    const project = await this.#project(name, shared, !reporters.isEmpty);
    await listenTo(project.config, project.transformer);
    const { globalConfig } = shared;
    return {
      project,
      reporters,
      globalConfig: testNamePattern === undefined ? globalConfig : { ...globalConfig, testNamePattern },
    };
  }

  async #attempt(recording: Recording, { project, reporters, globalConfig }: Prepared, file: string) {
    let result: TestResult | undefined;
    let fault: { readonly error: unknown } | undefined;
    let reporterErrors: readonly string[] = [];
    listen({ recording, passesOn: !reporters.isEmpty });
    const { path } = this.#place(file);
    const report = async (test: Test, reported: TestResult) => {
      printBuffered(this.#packages, reported, project.config, globalConfig);
      reporterErrors = await reporters.end(test, reported);
    };
    try {
      await project.run(path, globalConfig, {
        onStart: (test) => {
          // Jest's runner has just said that it is the only one.
          process.env["JEST_WORKER_ID"] = String(this.#options.worker);
          return reporters.isEmpty ? undefined : reporters.begin(test);
        },
        onCaseStart: (test, info) => reporters.caseStarted(test, info),
        onCaseResult: (test, reported) => reporters.caseEnded(test, reported),
        onResult: (test, reported) => {
          result = reported;
          return report(test, reported);
        },
        onFailure: (test, error) => {
          fault = { error };
          return reporters.isEmpty ? undefined : report(test, this.#failedResult(path, error));
        },
      });
    } catch (error) {
      fault ??= { error };
    } finally {
      listen(undefined);
    }
    const late = recording.finish(result?.testResults ?? []);
    return { result, fault, late, reporterErrors };
  }

  #failedResult(path: string, error: unknown): TestResult {
    return this.#packages.get("@jest/test-result").buildFailureTestResult(path, error);
  }

  #readShared(): Shared {
    if (this.#shared !== undefined) return this.#shared;
    this.#shared = readShared(this.#options.folder);
    applyChanges(this.#shared.environment);
    return this.#shared;
  }

  #project(name: string | undefined, shared: Shared, hasReporters: boolean): Promise<ProjectRunner> {
    const index = name === undefined ? 0 : shared.projects.findIndex((project) => project.name === name);
    const project = shared.projects[index];
    if (project === undefined) throw new Error(`The configuration has no project called ${name ?? "at all"}.`);
    let loading = this.#projects.get(project.name);
    if (loading === undefined) {
      const { folder } = this.#options;
      if (existsSync(setupPath(folder, index))) applyChanges(readSetup(folder, index));
      loading = ProjectRunner.load(this.#packages, project, hasReporters);
      this.#projects.set(project.name, loading);
    }
    return loading;
  }
}

const obsoleteSnapshot: TaskOutcome = {
  outcome: "failed",
  failure: {
    kind: "assertion",
    message: "This snapshot file belongs to no test file, for which jest --ci fails. Remove it, or run `jest -u`.",
  },
};

/** Where the project wants no verbose output, jest collects what a file prints for its reporter. */
function printBuffered(
  packages: JestPackages,
  { console }: TestResult,
  config: Config.ProjectConfig,
  globalConfig: Config.GlobalConfig,
): void {
  if (console !== undefined && console !== null && console.length > 0)
    process.stdout.write(packages.get("@jest/console").getConsoleOutput(console, config, globalConfig));
}
