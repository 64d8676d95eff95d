import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { kept, scratch } from "./coverage.ts";
import type { EnvironmentChanges } from "../../process/environment-changes.ts";
import type * as vitestNode from "vitest/node";
import type { TestProject, Vitest } from "vitest/node";

export type VitestModule = typeof vitestNode;
type CliOptions = NonNullable<Parameters<VitestModule["createVitest"]>[1]>;
type CoverageOptions = NonNullable<CliOptions["coverage"]>;
type Overrides = NonNullable<Parameters<VitestModule["createVitest"]>[2]>;

/** What the host is started with, as its first argument. */
export interface HostConfiguration {
  readonly mode: "discover" | "list" | "run" | "setup" | "cover";
  readonly workspace: string;
  readonly directory: string;
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  /** Further arguments, as on vitest's command line. */
  readonly args?: readonly string[] | undefined;
  /** Whose cases to list: relative to the workspace, with the task's own arguments. */
  readonly list?: { readonly file: string; readonly args: readonly string[] };
  /** Coverage is measured: of each file that runs, or of the run that is over. */
  readonly coverage?: boolean | undefined;
  /** The run whose coverage is joined: the folder with its parts, and whether tests failed. */
  readonly cover?: { readonly folder: string; readonly failed: boolean };
}

/** What global set-ups leave for tests. */
export interface SetUp {
  /** What they changed in the environment of their process, which those of tests inherit. */
  readonly environment: EnvironmentChanges;
  /** What tests may `inject`: an object as V8 serializes it, in base64. */
  readonly provided: string;
}

/** The project's own vitest, whatever version it has. */
export async function importVitest(directory: string): Promise<VitestModule> {
  const resolveFrom = createRequire(join(directory, "package.json"));
  return (await import(pathToFileURL(resolveFrom.resolve("vitest/node")).href)) as VitestModule;
}

/**
 * Resolves the project's configuration as `vitest run` does. What is overridden decides only where and how often tests run, never
 * whether they pass: one worker, no report of coverage (a single file's says nothing), no stop at the first failures (other slots would not
 * know).
 */
export async function createVitestFor(
  vitest: VitestModule,
  host: HostConfiguration,
  plugins?: Overrides["plugins"],
): Promise<Vitest> {
  // The command line sets these before it loads the configuration.
  process.env["VITEST"] = "true";
  process.env["TEST"] = "true";
  process.env["NODE_ENV"] ??= "test";
  const { root, ...given } = readArguments(vitest, host.args).options;
  const created = await vitest.createVitest(
    "test",
    {
      ...given,
      root: resolve(host.directory, root ?? "."),
      ...(host.config === undefined ? {} : { config: host.config }),
      ...(host.projects === undefined ? {} : { project: [...host.projects] }),
      watch: false,
      // One that hears nothing, in place of those that print.
      ...(plugins === undefined && { reporters: [{}] }),
      maxWorkers: 1,
      // Vitest before 4 wants both bounds.
      ...({ minWorkers: 1 } as object),
      includeTaskLocation: true,
      coverage: coverageFor(host, given.coverage),
      bail: 0,
      api: false,
      ui: false,
      open: false,
    },
    { ...(plugins !== undefined && { plugins }) },
  );
  for (const project of created.projects) {
    project.config.includeTaskLocation = true;
    // As in CI: snapshots are compared, and none is written that nobody would see.
    project.config.snapshotOptions.updateSnapshot = "none";
  }
  return created;
}

/** Where nothing runs, nothing is measured: there it says what the project asks for. */
function coverageFor({ mode, coverage }: HostConfiguration, given: CoverageOptions = {}): CoverageOptions {
  if (mode === "discover") return coverage === undefined ? given : { ...given, enabled: coverage };
  if (coverage === true && mode === "cover") return { ...given, enabled: true };
  if (coverage !== true || mode !== "run" || kept === undefined) return { enabled: false };
  return { ...given, enabled: true, reportsDirectory: scratch };
}

/** What waits for people, concerns the whole of a run, or is decided by what it is dealt to. */
const forTheRun =
  `api benchmark benchmarkOnly changed clearCache inspect inspectBrk listTags maxWorkers mergeReports minWorkers open
  outputFile related reporter reporters run shard standalone ui update watch --`.split(/\s+/);

/** Reads further arguments as vitest's own command line does: the filters on paths, and options that go over the configuration's. */
export function readArguments(
  { parseCLI }: VitestModule,
  args: readonly string[] = [],
): { readonly filters: string[]; readonly options: Parameters<VitestModule["createVitest"]>[1] } {
  if (args.length === 0) return { filters: [], options: {} };
  const { filter, options: parsed } = parseCLI(["vitest", "run", ...args]);
  const { exclude, ...options } = parsed as typeof parsed & { exclude?: string | string[] };
  for (const name of forTheRun) delete (options as Record<string, unknown>)[name];
  // As vitest does between its reading of them and their use.
  if (exclude !== undefined) options.cliExclude = [exclude].flat();
  if (typeof options.typecheck?.only === "boolean") options.typecheck.enabled ??= true;
  return { filters: filter, options };
}

/** @throws Error when the configuration has none of that name */
export function projectNamed(vitest: Vitest, name: string | undefined): TestProject {
  const project = name === undefined ? vitest.projects[0] : vitest.projects.find((one) => one.name === name);
  if (project === undefined) throw new Error(`The configuration has no project called ${name ?? "at all"}.`);
  return project;
}
