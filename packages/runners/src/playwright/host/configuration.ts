import { isAbsolute, resolve } from "node:path";
import type { Overrides } from "../command-line.ts";
import type { Config, ConfigProject, Playwright } from "./load-playwright.ts";

/** What a host is started with, as its first argument. */
export interface HostConfiguration {
  /** `share` serves the sessions of a machine; `setup` does once what they all need. */
  readonly mode: "share" | "setup";
  /** The folder of the `playwright` package. */
  readonly playwright: string;
  readonly workspace: string;
  readonly directory: string;
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  readonly overrides: Overrides;
  readonly grep?: string | undefined;
  readonly grepInvert?: string | undefined;
}

/**
 * What goes over the configuration file. Beyond what the user asked for it decides only where and how often tests run, never whether they
 * pass: one worker, no shard, no stop at the first failures (other slots would not know), no clock for the whole run.
 */
export function overridesFor(host: HostConfiguration, outputDir?: string): object {
  const inSuite = (path: string | undefined) => (path === undefined ? undefined : resolve(host.directory, path));
  const { outputDir: givenOutput, tsconfig, ...given } = host.overrides;
  const output = outputDir ?? inSuite(givenOutput);
  return {
    ...given,
    ...(output === undefined ? {} : { outputDir: output }),
    ...(tsconfig === undefined ? {} : { tsconfig: inSuite(tsconfig) }),
    workers: 1,
    shard: null,
    maxFailures: 0,
    globalTimeout: 0,
    // Other slots' files are in there. Only versions before 1.60 ask for it here.
    preserveOutputDir: true,
  };
}

/** Resolves the project's configuration as `playwright test` does. */
export async function loadConfiguration(playwright: Playwright, host: HostConfiguration, outputDir?: string): Promise<Config> {
  const overrides = overridesFor(host, outputDir);
  writesSnapshots ??=
    host.overrides.updateSnapshots !== undefined || !leavesThemOut(await playwright.loadConfig(host.config, overrides));
  // As in CI: snapshots are compared, and none is written that nobody would see.
  return playwright.loadConfig(host.config, writesSnapshots ? overrides : { ...overrides, updateSnapshots: "none" });
}

/** Whether the project, or the user, says what becomes of snapshots that differ or are missing; known once the configuration was read. */
let writesSnapshots: boolean | undefined;

/** Its name for what it does unless told otherwise; before 1.64 that was `missing`, which a project cannot be told to have said itself. */
function leavesThemOut({ config }: Config): boolean {
  return config.updateSnapshots === "default" || (config.updateSnapshots === "missing" && !knowsDefaultMode(config));
}

function knowsDefaultMode({ version }: { readonly version?: unknown }): boolean {
  const [major = 0, minor = 0] = String(version).split(".").map(Number);
  return major > 1 || minor >= 64;
}

/**
 * Leaves one project, and of it one file, of a configuration. What a whole run does once is done by another process; reporters that
 * would write the report of a whole run (Playwright's own) give way, those of the project stay.
 */
export function narrow(config: Config, project: ConfigProject, file: RegExp, reporter: string): void {
  config.projects = [project];
  project.deps = [];
  project.teardown = undefined;
  project.workers = undefined;
  project.default = true;
  project.project.testMatch = file;
  project.project.testIgnore = [];
  config.globalSetups = [];
  config.globalTeardowns = [];
  config.webServers = [];
  config.plugins = [];
  config.captureGitInfo = { commit: false, diff: false };
  config.config.reporter = [...config.config.reporter.filter(([name]) => isAbsolute(name)), [reporter]];
}

/** Has the run leave a blob of Playwright's own, from which `playwright merge-reports` makes any report. @param outputFile absolute path */
export function addBlob(config: Config, outputFile: string): void {
  // Variables of Playwright's go over what a reporter is told: they mean the blob of a whole run.
  delete process.env["PLAYWRIGHT_BLOB_OUTPUT_FILE"];
  config.config.reporter.push(["blob", { outputFile }]);
}

/** The project of this id, or the only one. @throws Error when there is none */
export function projectOf(config: Config, id: string | undefined): ConfigProject {
  const project = id === undefined ? config.projects[0] : config.projects.find((one) => one.id === id);
  if (project === undefined) throw new Error(`The configuration has no project called ${id ?? "at all"}.`);
  return project;
}

/** Matches one path, and remembers whether it ever did: a file that nothing looks at must not pass. */
export class OneFile extends RegExp {
  readonly path: string;
  isFound = false;

  constructor(path: string) {
    super(`^${path.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}$`);
    this.path = path;
  }

  override test(path: string): boolean {
    const matches = super.test(path);
    this.isFound ||= matches;
    return matches;
  }
}
