import { readScripts } from "../node-test/manifest-script.ts";
import { commandsOf } from "../node-test/node-line.ts";
import type { Suite } from "../runner.ts";
import { splitWords } from "./split-command.ts";

/** The commands of all scripts in a folder's package.json, in words. */
export async function scriptCommands(folder: string): Promise<string[][]> {
  const scripts = await readScripts(folder);
  return scripts.flatMap(([, script]) => {
    try {
      return commandsOf(splitWords(script));
    } catch {
      // What a shell could not split calls nothing.
      return [];
    }
  });
}

/** Options with what all calls of a framework say; calls that do not agree say nothing, as none of them is more right than the next. */
export function withAgreed(options: Suite["options"], calls: readonly Suite["options"][]): Suite["options"] {
  const different = new Map(calls.map((call) => [JSON.stringify(call), call]));
  const [only] = different.values();
  return different.size === 1 ? { ...options, ...only } : options;
}
