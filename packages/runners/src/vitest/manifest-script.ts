import { withScripts } from "../command/script-options.ts";
import { assignmentsIn } from "../command/scripts.ts";
import type { Suite } from "../runner.ts";

const vitestProgram = /(?:^|[\\/])vitest(?:\.mjs|\.cmd)?$/;
/** What does something else than to run the tests. */
const otherCommand = /^(?:bench|list|related|init)$/;
/** What vitest finds by itself. */
const configurationFile = /^(?:vitest|vite)\.config\.[cm]?[jt]s$/;

/**
 * A suite's options with what the project's own scripts say: which configuration and projects, the other arguments, and the variables that are
 * set before them.
 */
export function withScript(folder: string, options: Suite["options"]): Promise<Suite["options"]> {
  return withScripts(folder, options, {
    framework: "vitest",
    decisive: ["config", "projects", "args", "environment"],
    configuration: configurationFile,
    read,
  });
}

function read(command: readonly string[]): Suite["options"] | undefined {
  const at = command.findIndex((word) => vitestProgram.test(word));
  const words = command.slice(at + 1);
  if (at === -1 || otherCommand.test(words[0] ?? "")) return undefined;
  const projects: string[] = [];
  const args: string[] = [];
  let config: string | undefined;
  for (let index = /^(?:run|watch|dev)$/.test(words[0] ?? "") ? 1 : 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const [, name = word, joined] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const value = () => joined ?? words[(index += 1)] ?? "";
    if (name === "-c" || name === "--config") config = value();
    else if (name === "--project") projects.push(value());
    else args.push(word);
  }
  const environment = assignmentsIn(command.slice(0, at));
  return {
    ...(config !== undefined && { config }),
    ...(projects.length > 0 && { projects }),
    ...(args.length > 0 && { args }),
    ...(Object.keys(environment).length > 0 && { environment }),
  };
}
