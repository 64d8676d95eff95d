import { createRequire } from "node:module";
import type { Config } from "@jest/types";
import type { ScriptTransformer } from "./jest-packages.ts";
import type { ReportedCase } from "./case-results.ts";
import type { Environment, Recording } from "./recording.ts";

type SendMessage = (event: string, values: readonly unknown[]) => unknown;
type TestFramework = (
  globalConfig: Config.GlobalConfig,
  config: Config.ProjectConfig,
  environment: Environment,
  runtime: unknown,
  path: string,
  sendMessage?: SendMessage,
  ...rest: unknown[]
) => Promise<unknown>;

/** Who listens to the file that runs. */
export interface Listener {
  readonly recording: Recording;
  /** Whether anybody else wants to be told of each case: a reporter of the project. */
  readonly passesOn: boolean;
}

let listener: Listener | undefined;
const heard = new Set<string>();

export function listen(next: Listener | undefined): void {
  listener = next;
}

/**
 * Puts an ear between jest's runner and the project's test framework (`testRunner`, jest-circus by default). The configuration stays
 * as it is: it is part of the key under which jest keeps transformed files, and those of earlier runs are to be found.
 */
export async function listenTo(config: Config.ProjectConfig, transformer: ScriptTransformer): Promise<void> {
  const { testRunner: path } = config;
  if (heard.has(path)) return;
  heard.add(path);
  const framework = await transformer.requireAndTranspileModule(path);
  const loaded = createRequire(path).cache[path];
  // One that is an ES module is not in this cache: its cases are told when the file has ended.
  if (loaded === undefined || typeof framework !== "function") return;
  loaded.exports = { __esModule: true, default: withEar(framework as TestFramework) };
}

function withEar(framework: TestFramework): TestFramework {
  return (globalConfig, config, environment, runtime, path, sendMessage, ...rest) => {
    const current = listener;
    if (current === undefined) return framework(globalConfig, config, environment, runtime, path, sendMessage, ...rest);
    current.recording.watch(environment);
    const hear: SendMessage = (event, values) => {
      if (event === "test-case-result") current.recording.hear(values[1] as ReportedCase, environment);
      // Jest copies what it passes on, which only a reporter is worth.
      return current.passesOn ? sendMessage?.(event, values) : undefined;
    };
    return framework(globalConfig, config, environment, runtime, path, hear, ...rest);
  };
}
