import childProcess, { type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { tmpdir } from "node:os";
import type { TestError } from "@playwright/test/reporter";
import { sendToParent } from "../../process/host-channel.ts";
import { messageOf } from "./case-results.ts";
import type { Config, Playwright } from "./load-playwright.ts";

export interface GlobalSetup {
  /** What it changed in the environment; null for what it unset. */
  readonly environment: Record<string, string | null>;
  /** @throws Error with what went wrong */
  teardown(): Promise<void>;
}

/**
 * Starts the configuration's web servers and runs its global setup, as one run of all files would.
 * @throws Error with what went wrong, after what had begun was taken down again
 */
export async function runGlobalSetup(playwright: Playwright, file: string | undefined, overrides: object): Promise<GlobalSetup> {
  const errors: TestError[] = [];
  const reporter = {
    version: () => "v2",
    printsToStdio: () => true,
    onError: (error: TestError) => errors.push(error),
    onStdOut: (chunk: string | Buffer) => process.stdout.write(chunk),
    onStdErr: (chunk: string | Buffer) => process.stderr.write(chunk),
  };
  const runner = new (withoutClearing(playwright))(playwright.location(file), overrides);
  await runner.initialize({});
  const { status, env } = await runner.runGlobalSetup([reporter]);
  if (status !== "passed") throw new Error(errors.map(messageOf).join("\n") || `it ended as ${status}`);
  return {
    environment: Object.fromEntries(env.filter(([name]) => name !== "PLAYWRIGHT_TEST")),
    teardown: async () => {
      errors.length = 0;
      await runner.runGlobalTeardown();
      if (errors.length > 0) throw new Error(errors.map(messageOf).join("\n"));
    },
  };
}

/** Its first act is to empty the folders for output, where other processes' files may be by now: it is shown another one then. */
function withoutClearing({ TestRunner }: Playwright): Playwright["TestRunner"] {
  return class extends TestRunner {
    override async _loadConfigOrReportError(reporter: object, overrides?: object): Promise<Config | null> {
      const config = await super._loadConfigOrReportError(reporter, overrides);
      if (config === null) return config;
      const projects = config.projects.map(({ project }) => ({ project, outputDir: project.outputDir }));
      for (const { project } of projects) project.outputDir = join(tmpdir(), `shardwright-no-output-${process.pid}`);
      const restore = () => {
        for (const { project, outputDir } of projects) project.outputDir = outputDir;
      };
      config.plugins.unshift({ factory: { name: "shardwright:output", setup: restore } });
      return config;
    }
  };
}

/** Tells the parent of processes that are put in groups of their own (web servers are), so that it can end them if we cannot. */
export function tellOfGroups(): void {
  const original = childProcess.spawn as (...args: unknown[]) => ChildProcess;
  const watched = (...args: unknown[]): ChildProcess => {
    const child = original(...args);
    const options = args.find((arg) => typeof arg === "object" && arg !== null && !Array.isArray(arg)) as
      | { detached?: boolean }
      | undefined;
    const group = child.pid;
    if (options?.detached !== true || group === undefined) return child;
    sendToParent({ type: "notice", value: { group, has_ended: false } });
    child.once("exit", () => sendToParent({ type: "notice", value: { group, has_ended: true } }));
    return child;
  };
  Object.assign(childProcess, { spawn: watched });
}
