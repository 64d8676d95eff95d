import type { TestProject } from "vitest/node";
import { scriptBeside } from "../../process/node-program.ts";
import type { CaseChoice } from "../../runner.ts";

const setupFile = scriptBeside(import.meta.url, "select-cases");
let groups = 0;

/** Has whatever runs meanwhile leave out all cases but those chosen. */
export async function withOnly(
  project: TestProject,
  { cases, except, finished }: CaseChoice,
  run: () => Promise<unknown>,
): Promise<void> {
  const { config } = project;
  const { setupFiles } = config;
  groups += 1;
  // A name of its own each time: a worker that files share must not take it for loaded. Without Vite, vitest gives it one itself.
  const isNative = (config.experimental as { viteModuleRunner?: boolean } | undefined)?.viteModuleRunner === false;
  config.setupFiles = [...setupFiles, isNative ? setupFile : `${setupFile}?group=${groups}`];
  const provide = project.provide.bind(project) as (name: string, value: unknown) => void;
  provide("shardwright:cases", { ...(cases === undefined ? { except } : { cases }), finished });
  try {
    await run();
  } finally {
    config.setupFiles = setupFiles;
    provide("shardwright:cases", {});
  }
}

/** The same configuration as for all cases: a worker that waits for any file can serve a group, too. */
export function withoutGroup<Config extends { readonly setupFiles: readonly string[] }>(config: Config): Config {
  const setupFiles = config.setupFiles.filter((path) => path.split("?")[0] !== setupFile);
  return setupFiles.length === config.setupFiles.length ? config : { ...config, setupFiles };
}
