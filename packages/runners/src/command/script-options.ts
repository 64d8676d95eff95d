import { readdir } from "node:fs/promises";
import type { Suite } from "../runner.ts";
import { onlyCall } from "./one-call.ts";
import { callsIn, readScripts } from "./scripts.ts";

type Options = Suite["options"];

export interface ScriptReader {
  /** Its name, for people. */
  readonly framework: string;
  /** Options of a suite that scripts are not asked about where one of them is set. */
  readonly decisive: readonly string[];
  /** The configuration that the framework finds by itself in a folder. */
  readonly configuration: RegExp;
  /** What a command says, in options of a suite, if it calls the framework. */
  readonly read: (command: readonly string[]) => Options | undefined;
  /** What of a call is not only about which of the tests run: calls that differ in it cannot be run as one. All do agree when absent. */
  readonly inseparable?: (call: Options) => unknown;
}

/**
 * A suite's options with what the project's own scripts say, where they are silent. The script `test` stands for the project's tests, and may
 * narrow them. Any other may be for some of them only: where the folder has no configuration, all of these together say which there is.
 * Where calls do not agree they say nothing, as none of them is more right than the next.
 * @throws ShardwrightError `usage` where `test` calls it with several configurations
 */
export async function withScripts(folder: string, options: Options, reader: ScriptReader): Promise<Options> {
  if (reader.decisive.some((name) => options[name] !== undefined)) return options;
  const scripts = new Map(await readScripts(folder));
  const calls = [...scripts.keys()].flatMap((name) => callsIn(name, scripts, reader.read).map((call) => ({ name, call })));
  const ofTest = calls.filter(({ name }) => name === "test").map(({ call }) => call);
  // With the folder's own configuration, what each of them names would not be run.
  const kinds = new Set(ofTest.map((call) => JSON.stringify([call["config"], reader.inseparable?.(call)])));
  if (kinds.size > 1) onlyCall(reader.framework, "test", ofTest);
  if (ofTest.length > 0) return { ...options, ...agreed(ofTest) };
  const own = await readdir(folder).catch(() => []);
  if (own.some((name) => reader.configuration.test(name))) return options;
  return { ...options, ...agreed(calls.map(({ call: { config } }): Options => (config === undefined ? {} : { config }))) };
}

/** What all calls say. */
function agreed([first = {}, ...others]: readonly Options[]): Options {
  const isShared = ([name, value]: [string, unknown]) =>
    others.every((other) => JSON.stringify(other[name]) === JSON.stringify(value));
  return Object.fromEntries(Object.entries(first).filter(isShared));
}
