import { withScripts } from "../command/script-options.ts";
import type { Suite } from "../runner.ts";

const vitestProgram = /(?:^|[\\/])vitest(?:\.mjs|\.cmd)?$/;
/** What does something else than to run the tests. */
const otherCommand = /^(?:bench|list|related|init)$/;
/** What vitest finds by itself. */
const configurationFile = /^(?:vitest|vite)\.config\.[cm]?[jt]s$/;

/**
 * A suite's options with what the project's own scripts say: which configuration and projects. All else that vitest takes on its command line
 * belongs into its configuration, or is decided for the run.
 */
export function withScript(folder: string, options: Suite["options"]): Promise<Suite["options"]> {
  return withScripts(folder, options, { decisive: ["config", "projects"], configuration: configurationFile, read });
}

function read(command: readonly string[]): Suite["options"] | undefined {
  const at = command.findIndex((word) => vitestProgram.test(word));
  const words = command.slice(at + 1);
  if (at === -1 || otherCommand.test(words[0] ?? "")) return undefined;
  const [config] = valuesOf(words, /^(?:-c|--config)$/);
  const projects = valuesOf(words, /^--project$/);
  return { ...(config !== undefined && { config }), ...(projects.length > 0 && { projects }) };
}

/** What an option is given, each time: joined to its name or in the next word. */
function valuesOf(words: readonly string[], name: RegExp): string[] {
  return words.flatMap((word, index) => {
    const [, before = word, joined] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    return name.test(before) ? [joined ?? words[index + 1] ?? ""] : [];
  });
}
