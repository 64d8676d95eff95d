import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestCase } from "@playwright/test/reporter";
import type { HostMessage } from "../../process/warm-session.ts";
import type { Turns } from "../../process/turns.ts";
import { chosenCases } from "../../process/case-choice.ts";
import type { CaseChoice, TaskOutcome } from "../../runner.ts";
import { cut } from "../../process/host-channel.ts";
import { parseTaskArguments } from "../task-arguments.ts";
import { idsOf, ListReporter } from "./chosen-cases.ts";
import { addBlob, loadConfiguration, narrow, OneFile, projectOf, type HostConfiguration } from "./configuration.ts";
import { outcomeOf } from "./file-outcome.ts";
import type { KeptWorkers } from "./kept-workers.ts";
import type { Config, Playwright } from "./load-playwright.ts";
import { runContext } from "./run-context.ts";
import { publishReporter, StreamingReporter } from "./streaming-reporter.ts";
import { traitsOf } from "./test-traits.ts";

/** A task as its host is told of it, with what the session adds. */
export interface FileRequest extends CaseChoice {
  readonly id: number;
  /** Relative to the workspace. */
  readonly file: string;
  readonly args: readonly string[];
  /** What is done once for all files has changed so much of the environment. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** And so much, for its workers alone, have the projects that it depends on. */
  readonly workerEnvironment?: Record<string, string | null>;
  /** Artifacts go into a folder of this name within the project's own; into that itself when absent. */
  readonly outputFolder?: string | undefined;
  /** Absolute path of the blob that the run leaves; none when absent. */
  readonly blob?: string | undefined;
}

/** What all runs of a host have in common. */
export interface LoadedHost {
  readonly playwright: Playwright;
  readonly host: HostConfiguration;
  /** Absolute paths of all test files. */
  readonly testFiles: ReadonlySet<string>;
  /** For one at a time: Playwright loads a file into a place that all of its process shares. */
  readonly loads: Turns;
}

const reporterEntry = fileURLToPath(new URL("reporter-entry.mjs", import.meta.url));
/** No message is longer than this, in characters. */
const outputPart = 1_000_000;

/** Runs single files for one session, each as Playwright would run it alone. */
export class FileRuns {
  readonly #common: Promise<LoadedHost>;
  readonly #workers: KeptWorkers;
  readonly #send: (message: HostMessage) => void;
  readonly #onLoading: (isLoading: boolean) => void;
  #loaded: () => void = () => {};

  /** @param onLoading told when code of a file begins to run in this process, and when it has run */
  constructor(
    common: Promise<LoadedHost>,
    workers: KeptWorkers,
    send: (message: HostMessage) => void,
    onLoading: (isLoading: boolean) => void = () => {},
  ) {
    this.#common = common;
    this.#workers = workers;
    this.#send = send;
    this.#onLoading = onLoading;
  }

  /** Sends all that is to be known of a run, to its end. */
  async run(request: FileRequest): Promise<void> {
    this.#send({ type: "started", id: request.id });
    let result: TaskOutcome;
    try {
      const print = (text: string) => this.#print(request.id, text);
      result = await runContext.run({ workers: this.#workers, print }, () => this.#run(request, print));
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      result = { outcome: "failed", failure: { kind: "setup-error", message: cut(message, 4000) } };
    }
    this.#send({ type: "finished", id: request.id, result });
  }

  async #run(request: FileRequest, print: (text: string) => void): Promise<TaskOutcome> {
    const common = await this.#common;
    const { playwright, host, loads } = common;
    const turnOver = await loads.take();
    this.#onLoading(true);
    this.#loaded = () => {
      this.#loaded = () => {};
      this.#onLoading(false);
      turnOver();
    };
    try {
      change(process.env, request.environment ?? {});
      const chosen = chosenCases(request);
      const { ids: testIds, missing = [] } = chosen === undefined ? {} : idsOf(await listTests(common, request), chosen);
      const { config, file } = await narrowed(common, request);
      this.#workers.begin(request.workerEnvironment ?? {});
      const reporter = new StreamingReporter({
        workspace: host.workspace,
        onBegin: (tests) => {
          for (const test of tests) this.#workers.know(test.id, traitsOf(test, host.playwright));
          this.#loaded();
        },
        onRunning: (identity) => this.#send({ type: "running", id: request.id, case: identity }),
        onCase: (result) => this.#send({ type: "case", id: request.id, result }),
        onPrint: print,
      });
      publishReporter(reporter);
      const status = await playwright.run(config, file.path, { grep: host.grep, grepInvert: host.grepInvert, testIds });
      const ran = reporter.end();
      if (!file.isFound && ran.errors.length === 0) throw notFound(request.file, config);
      // Playwright sees only this file as one.
      const imported = [...playwright.dependenciesOf(file.path)].find((path) => common.testFiles.has(path));
      if (imported !== undefined) {
        const message = `It should not import another test file: ${relative(host.workspace, imported)}.`;
        return { outcome: "failed", failure: { kind: "setup-error", message } };
      }
      return outcomeOf({ status, missing, failsOnFlaky: config.config.failOnFlakyTests === true, ...ran });
    } finally {
      this.#loaded();
    }
  }

  /** Lets others load their files, though this one may never be loaded. */
  abandon(): void {
    this.#loaded();
  }

  #print(id: number, text: string): void {
    for (let start = 0; start < text.length; start += outputPart)
      this.#send({ type: "output", id, text: text.slice(start, start + outputPart) });
  }
}

/** Loads a file, without running its tests, while nothing else is loaded. @throws Error for one that does not load, with all that is wrong */
export async function listTests(
  loaded: Pick<LoadedHost, "playwright" | "host">,
  request: Pick<FileRequest, "file" | "args">,
): Promise<readonly TestCase[]> {
  const { playwright, host } = loaded;
  const reporter = new ListReporter();
  publishReporter(reporter);
  const { config, file } = await narrowed(loaded, request);
  const status = await playwright.run(config, file.path, { list: true, grep: host.grep, grepInvert: host.grepInvert });
  if (!file.isFound && reporter.problems.length === 0) throw notFound(request.file, config);
  if (status !== "passed") throw new Error(reporter.problems.join("\n") || `${request.file} could not be loaded.`);
  return reporter.tests;
}

async function narrowed(
  { playwright, host }: Pick<LoadedHost, "playwright" | "host">,
  request: Pick<FileRequest, "file" | "args" | "outputFolder" | "blob">,
): Promise<{ config: Config; file: OneFile }> {
  const { project: id } = parseTaskArguments(request.args);
  const file = new OneFile(resolve(host.workspace, request.file));
  let config = await loadConfiguration(playwright, host);
  if (request.outputFolder !== undefined) {
    const { outputDir } = projectOf(config, id).project;
    config = await loadConfiguration(playwright, host, resolve(outputDir, request.outputFolder));
  }
  narrow(config, projectOf(config, id), file, reporterEntry);
  if (request.blob !== undefined) addBlob(config, request.blob);
  return { config, file };
}

function change(environment: NodeJS.ProcessEnv, changes: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(changes))
    if (value === null) delete environment[name];
    else environment[name] = value;
}

function notFound(file: string, config: Config): Error {
  const places = config.projects.map(({ project }) => project.testDir).join(", ");
  return new Error(`Playwright finds no file ${file} in ${places}: it is gone, ignored, or elsewhere.`);
}
