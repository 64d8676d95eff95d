import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { splitWords } from "./split-command.ts";

/** The scripts of a folder's package.json, by their names. */
export async function readScripts(folder: string): Promise<[string, string][]> {
  try {
    const { scripts } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { scripts?: Record<string, unknown> };
    return Object.entries(scripts ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  } catch {
    // No manifest, or one that npm could not read either: no scripts.
    return [];
  }
}

/** Words that part one command of a script from the next. */
const separators = new Set(["&&", "||", "|", ";", "&"]);

/** The commands of a script, each in words, without what they redirect. What a shell could not split calls nothing. */
export function commandsIn(script: string): string[][] {
  let words: string[];
  try {
    words = splitWords(script);
  } catch {
    return [];
  }
  const commands: string[][] = [[]];
  for (const word of words) {
    const ends = separators.has(word) || word.endsWith(";");
    const kept = word.replace(/;$/, "");
    if (!separators.has(word) && kept !== "") commands.at(-1)?.push(kept);
    if (ends) commands.push([]);
  }
  return commands.map((command) => command.slice(0, endOf(command)));
}

/** Where a redirection begins: what follows it is no argument. */
function endOf(command: readonly string[]): number {
  const index = command.findIndex((word) => /^\d*[<>]/.test(word));
  return index === -1 ? command.length : index;
}

/** The variables that words in front of a program set. */
export function assignmentsIn(words: readonly string[]): Record<string, string> {
  const pairs = words.flatMap((word) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}
