import { join } from "node:path";
import type { SessionOptions, TypedCommand } from "../runner.ts";
import { withScript } from "./manifest-script.ts";
import { parseVitestOptions } from "./options.ts";

/** Options that take the next word as their value. */
const valued = new RegExp(
  `^(?:-r|--(?:${[
    "root|dir|mode|config|configLoader|environment|exclude|setupFiles|globalSetup|diff|execArgv|attachmentsDir|tagsFilter",
    "pool|poolOptions\\.\\w+\\.(?!singleFork|singleThread|isolate|useAtomics)\\w+|(?:min|max)Workers|maxConcurrency|vmMemoryLimit",
    "testTimeout|hookTimeout|teardownTimeout|slowTestThreshold|retry|sequence\\.(?:seed|hooks|setupFiles)|browser\\.(?:name|provider)",
  ].join("|")}))$`,
);
/** What is for a run as a whole, or chooses tests. */
const forTheRun =
  /^(?:-t|-u|-w|--(?:run|watch|coverage|shard|bail|changed|reporter|outputFile|silent|update|ui|passWithNoTests|testNamePattern|typecheck).*)$/;

/** With the arguments and variables of the project's own script, without those that choose tests. */
export async function typedVitest({ workspace, directory, options }: SessionOptions): Promise<TypedCommand> {
  const {
    config,
    projects = [],
    args = [],
    environment = {},
  } = parseVitestOptions(await withScript(join(workspace, directory), options));
  const kept = args.filter((word, index) => (word.startsWith("-") ? !forTheRun.test(word) : valued.test(args[index - 1] ?? "")));
  const chosen = [...(config === undefined ? [] : ["--config", config]), ...projects.map((name) => `--project=${name}`)];
  return { words: ["npx", "vitest", "run", ...chosen, ...kept], environment };
}
