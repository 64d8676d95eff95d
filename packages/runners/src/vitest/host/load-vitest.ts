import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { EnvironmentChanges } from "../../process/environment-changes.ts";
import type * as vitestNode from "vitest/node";
import type { TestProject, Vitest } from "vitest/node";

export type VitestModule = typeof vitestNode;
type Overrides = NonNullable<Parameters<VitestModule["createVitest"]>[2]>;

/** What the host is started with, as its first argument. */
export interface HostConfiguration {
  readonly mode: "discover" | "list" | "run" | "setup";
  readonly workspace: string;
  readonly directory: string;
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  /** Whose cases to list: relative to the workspace, with the task's own arguments. */
  readonly list?: { readonly file: string; readonly args: readonly string[] };
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
 * whether they pass: one worker, no coverage (a single file's says nothing), no stop at the first failures (other slots would not know).
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
  const created = await vitest.createVitest(
    "test",
    {
      root: host.directory,
      ...(host.config === undefined ? {} : { config: host.config }),
      ...(host.projects === undefined ? {} : { project: [...host.projects] }),
      watch: false,
      // One that hears nothing, in place of those that print.
      ...(plugins === undefined && { reporters: [{}] }),
      maxWorkers: 1,
      // Vitest before 4 wants both bounds.
      ...({ minWorkers: 1 } as object),
      includeTaskLocation: true,
      coverage: { enabled: false },
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

/** @throws Error when the configuration has none of that name */
export function projectNamed(vitest: Vitest, name: string | undefined): TestProject {
  const project = name === undefined ? vitest.projects[0] : vitest.projects.find((one) => one.name === name);
  if (project === undefined) throw new Error(`The configuration has no project called ${name ?? "at all"}.`);
  return project;
}
