import { fileURLToPath } from "node:url";
import { ShardwrightError } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import { WarmSession } from "@shardwright/runners";

const host = fileURLToPath(new URL("script-host.mjs", import.meta.url));

/** A runner for tests of the worker: real processes that do what the arguments of their tasks say, step by step. */
export const scriptRunner: Runner = {
  name: "script",
  capabilities: {
    title: "Script",
    streamsCases: true,
    warmProcess: true,
    selectsCases: false,
    splitsFiles: false,
    readsProjectConfiguration: false,
    reportsRetries: false,
    reportsLines: false,
    versions: "",
  },
  detect: async () => undefined,
  discover: async () => ({ files: [], options: {} }),
  open: async ({ workspace, environment, options }) => {
    if (options["broken"] === true)
      throw new ShardwrightError("framework-missing", {
        framework: "Script",
        directory: workspace,
        reason: "it is broken",
        remedy: "Mend it.",
      });
    return new WarmSession({ command: process.execPath, args: [host], cwd: workspace, environment });
  },
};
