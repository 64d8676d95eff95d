import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { measuringWords } from "./measuring-words.ts";
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

/**
 * The commands of a script, each in words, without what they redirect, and without those that are run in packages of the folder, which are
 * theirs. What a shell could not split calls nothing.
 */
function commandsIn(script: string): string[][] {
  return allCommandsIn(script).filter((command) => !isRunInPackages(command));
}

function allCommandsIn(script: string): string[][] {
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
  return commands.map((command) => command.slice(0, endOf(command))).flatMap(withConcurrent);
}

/** Programs that run commands in packages, whatever they are told. */
const monorepoProgram = /^(?:lerna|turbo|nx|rush|wsrun|ultra)$/;
/** What makes a package manager run a command in packages; of npm anywhere before two dashes, of the others in front of the command. */
const inPackages = /^(?:-r|-F|-ws|--recursive|--workspaces?|--filter|--filter-prod)(?:=.*)?$|^workspaces?$/s;
const beforeCommand = /^(?:-.*|exec|run|run-script|dlx|x|foreach|workspaces?)$/s;

/** Whether a command has packages of its folder run theirs, measured or not. */
function isRunInPackages(command: readonly string[]): boolean {
  const called = command.slice(measuringWords(command)?.end);
  const at = called.findIndex((word) => !/^(?:npx|cross-env|env|\w+=.*)$/s.test(word));
  const [program = "", ...words] = called.slice(at);
  if (monorepoProgram.test(program)) return true;
  if (!/^(?:npm|pnpm|yarn|bun)$/.test(program)) return false;
  const dashes = words.indexOf("--");
  const first = words.findIndex((word) => !beforeCommand.test(word));
  const own = program === "npm" ? (dashes === -1 ? words : words.slice(0, dashes)) : first === -1 ? words : words.slice(0, first);
  // Of npm it names a package, of pnpm the root.
  return own.some((word) => inPackages.test(word) || (program === "npm" && /^-w(?:=.*)?$/s.test(word)));
}

/** Whether a folder has a script for its tests that does more than to say that there are none. */
export async function hasTestScript(folder: string): Promise<boolean> {
  const scripts = new Map(await readScripts(folder));
  return allCommandsIn(scripts.get("test") ?? "").some(
    ([program]) => program !== undefined && !/^(?:echo|exit|true|:)$/.test(program),
  );
}

/** Whether the script for a folder's tests calls a program of this name, by itself and not so that it passes where it finds no tests. */
export async function failsWithoutTests(folder: string, program: string): Promise<boolean> {
  const scripts = new Map(await readScripts(folder));
  const name = new RegExp(`(?:^|[\\\\/])${program}(?:\\.m?js|\\.cmd)?$`);
  const calls = callsIn("test", scripts, (command) => (command.some((word) => name.test(word)) ? command : undefined));
  return calls.length > 0 && !calls.flat().some((word) => /^--pass-?with-?no-?tests(?:=true)?$/i.test(word));
}

/** The commands by which the script for a folder's tests has packages of it run theirs. */
export async function commandsInPackages(folder: string): Promise<string[][]> {
  const scripts = new Map(await readScripts(folder));
  return everyCommand("test", scripts, scriptDepth).filter(isRunInPackages);
}

/** Each word of one for `concurrently` is a command itself, or `npm:` and a name or pattern of scripts. */
function withConcurrent(command: readonly string[]): string[][] {
  const [program, ...words] = /^(?:npx|pnpx)$/.test(command[0] ?? "") ? command.slice(1) : command;
  if (program !== "concurrently") return [[...command]];
  return words.filter((word) => !word.startsWith("-")).flatMap(allCommandsIn);
}

/** Where a redirection begins: what follows it is no argument. */
function endOf(command: readonly string[]): number {
  const index = command.findIndex((word) => /^\d*[<>]/.test(word));
  return index === -1 ? command.length : index;
}

/**
 * The first of a folder's scripts in which a command calls a framework, in words. Where only what the folder itself is set up with is asked
 * for, the one called `test`: it stands for the folder's tests, and others may as well be about something else.
 * @param without as where a framework is looked for
 */
export async function signInScripts(
  folder: string,
  without: readonly string[] | undefined,
  calls: (command: readonly string[]) => boolean,
): Promise<string | undefined> {
  const isAll = without?.includes(".") !== true;
  const scripts = (await readScripts(folder)).filter(([name]) => isAll || name === "test");
  const found = scripts.find(([, script]) => commandsIn(script).some(calls));
  return found === undefined ? undefined : `the script ‘${found[0]}’ of package.json`;
}

/** Scripts that call others are followed so far. */
const scriptDepth = 4;

/** The commands of a script and of those that it runs, wherever they are run. */
function everyCommand(name: string, scripts: ReadonlyMap<string, string>, depth: number): string[][] {
  return allCommandsIn(scripts.get(name) ?? "").flatMap((command) => {
    const measuring = measuringPart(command);
    const runs = depth > 0 ? scriptsRunBy(command.slice(measuring.length), scripts) : [];
    const further = runs.flatMap((run) => everyCommand(run.name, scripts, depth - 1));
    return [command, ...further.map((words) => [...measuring, ...words])];
  });
}

/** The names of a script and of those that it runs. */
export function scriptsIn(name: string, scripts: ReadonlyMap<string, string>, depth = scriptDepth): string[] {
  const runs = allCommandsIn(scripts.get(name) ?? "").flatMap((command) =>
    scriptsRunBy(command.slice(measuringPart(command).length), scripts),
  );
  return [name, ...(depth > 0 ? runs.flatMap((run) => scriptsIn(run.name, scripts, depth - 1)) : [])];
}

/** The words in front of what a command measures: what measures a script measures each of its commands. */
function measuringPart(command: readonly string[]): readonly string[] {
  return command.slice(0, measuringWords(command)?.end ?? 0);
}

/** What the commands of a script say of themselves, and those of the scripts that it runs. @param read undefined for one that says nothing */
export function callsIn<Call>(
  name: string,
  scripts: ReadonlyMap<string, string>,
  read: (command: readonly string[]) => Call | undefined,
  depth = scriptDepth,
): Call[] {
  return commandsIn(scripts.get(name) ?? "").flatMap((command) => {
    const call = read(command);
    if (call !== undefined) return [call];
    const measuring = measuringPart(command);
    const runs = depth > 0 ? scriptsRunBy(command.slice(measuring.length), scripts) : [];
    return runs.flatMap(({ name: other, args }) => {
      // What it adds stands at the end of that script.
      const text = [scripts.get(other), ...args.map((word) => JSON.stringify(word))].join(" ");
      const all = args.length === 0 ? scripts : new Map(scripts).set(other, text);
      return callsIn(other, all, (words) => read([...measuring, ...words]), depth - 1);
    });
  });
}

/** The scripts that a command runs, and what it adds to each: `npm run test:unit -- --ci`, `yarn test:unit`, `run-s test:*`. */
function scriptsRunBy(
  command: readonly string[],
  scripts: ReadonlyMap<string, string>,
): { readonly name: string; readonly args: readonly string[] }[] {
  const [program = "", ...rest] = /^(?:npx|pnpx)$/.test(command[0] ?? "") ? command.slice(1) : command;
  if (/^(?:run-s|run-p|npm-run-all2?)$/.test(program)) {
    const patterns = rest.filter((word) => !word.startsWith("-"));
    return patterns.flatMap((pattern) => namesLike(pattern, scripts).map((name) => ({ name, args: [] })));
  }
  const [, pattern] = /^(?:npm|pnpm|yarn|bun):(.+)$/.exec(program) ?? [];
  if (pattern !== undefined) return namesLike(pattern, scripts).map((name) => ({ name, args: [] }));
  if (!/^(?:npm|pnpm|yarn|bun)$/.test(program)) return [];
  const at = rest.findIndex((word) => !word.startsWith("-") && word !== "run" && word !== "run-script");
  const name = rest[at];
  if (name === undefined || !scripts.has(name)) return [];
  const added = rest.slice(at + 1);
  // Of what is not behind two dashes, npm takes the options for its own; the others take all.
  const dashes = added.indexOf("--");
  if (dashes !== -1) return [{ name, args: added.slice(dashes + 1) }];
  return [{ name, args: program === "npm" ? added.filter((word) => !word.startsWith("-")) : added }];
}

/** `*` stands for any part of a name without a colon, `**` for any. */
function namesLike(pattern: string, scripts: ReadonlyMap<string, string>): string[] {
  const [name = ""] = pattern.split(" ");
  const source = name
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^:]*" : part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&")));
  const like = new RegExp(`^${source.join("")}$`);
  return [...scripts.keys()].filter((one) => like.test(one));
}

/** The variables that words in front of a program set. */
export function assignmentsIn(words: readonly string[]): Record<string, string> {
  const pairs = words.flatMap((word) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}
