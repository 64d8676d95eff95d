import { globSync } from "node:fs";
import { sep } from "node:path";
import { withScripts } from "../command/script-options.ts";
import { assignmentsIn } from "../command/scripts.ts";
import type { Suite } from "../runner.ts";

const vitestProgram = /(?:^|[\\/])vitest(?:\.mjs|\.cmd)?$/;
/** What a shell puts something into the place of; a `$` at the end of a title is one. */
const byShell = /`|\$[\w{(@*#?!-]/;
/** What does something else than to run the tests. */
const otherCommand = /^(?:bench|list|related|init)$/;
/** What vitest finds by itself. */
const configurationFile = /^(?:vitest|vite)\.config\.[cm]?[jt]s$/;

/**
 * A suite's options with what the project's own scripts say: which configuration and projects, the other arguments, and the variables that are
 * set before them.
 */
export async function withScript(folder: string, options: Suite["options"]): Promise<Suite["options"]> {
  const read = (command: readonly string[]) => readCall(command, folder);
  return withScripts(folder, options, {
    framework: "vitest",
    decisive: ["config", "projects", "args", "environment"],
    configuration: configurationFile,
    read,
    inseparable: ({ args = [], environment }) => [
      environment,
      (args as string[]).filter((word, index, all) => !isNarrowing(word, all[index - 1] ?? "")),
    ],
  });
}

/** Whether a word only leaves out tests that run without it: a filter, or a part of a title. */
function isNarrowing(word: string, before: string): boolean {
  if (/^(?:-t|--testNamePattern|--exclude)(?:=|$)/.test(word) || /^(?:-t|--testNamePattern|--exclude)$/.test(before)) return true;
  return !word.startsWith("-") && !before.startsWith("-");
}

/** What a shell puts into the place of a word: files that are there, or the word itself where there is none like it. */
function expanded(word: string, before: string, folder: string): string[] {
  const isPattern =
    /[*?[]/.test(word) &&
    !word.startsWith("-") &&
    !/^-t$|^--(?:[\w.]*[iI]nclude|[\w.]*[eE]xclude|testNamePattern|project)$/.test(before);
  if (!isPattern) return [word];
  const found = globSync(word, { cwd: folder }).map((path) => path.split(sep).join("/"));
  return found.length === 0 ? [word] : found.sort();
}

/** @returns undefined for a command that does not run its tests, or has words that only a shell can tell the meaning of */
function readCall(command: readonly string[], folder: string): Suite["options"] | undefined {
  const at = command.findIndex((word) => vitestProgram.test(word));
  const words = command.slice(at + 1);
  if (at === -1 || otherCommand.test(words[0] ?? "") || words.some((word) => byShell.test(word))) return undefined;
  const projects: string[] = [];
  const args: string[] = [];
  let config: string | undefined;
  for (let index = /^(?:run|watch|dev)$/.test(words[0] ?? "") ? 1 : 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const [, name = word, joined] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const value = () => joined ?? words[(index += 1)] ?? "";
    if (name === "-c" || name === "--config") config = value();
    else if (name === "--project") projects.push(value());
    else args.push(...expanded(word, words[index - 1] ?? "", folder));
  }
  const environment = assignmentsIn(command.slice(0, at).filter((word) => !byShell.test(word)));
  return {
    ...(config !== undefined && { config }),
    ...(projects.length > 0 && { projects }),
    ...(args.length > 0 && { args }),
    ...(Object.keys(environment).length > 0 && { environment }),
  };
}
