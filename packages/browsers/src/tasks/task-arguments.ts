import { browserKindSchema } from "@shardwright/core";
import type { TestArguments } from "./tools.ts";

export interface TaskArguments {
  readonly args: TestArguments;
  /** `--browser firefox` binds the task to that kind. */
  readonly browser?: string | undefined;
  /** What its worker has to have for `--platform`. */
  readonly tags: readonly string[];
}

/** What each platform needs of a worker; WebAssembly is in every browser. */
const platformTags: Readonly<Record<string, readonly string[]>> = {
  webgpu: ["webgpu"],
  webnn: ["webnn"],
  webgl: ["webgl"],
  wasm: [],
};

/**
 * Words as for a program: `--model tiny`, `--model=tiny`, `--fast` (yes), `--no-fast` (no). One that is named twice has all its values.
 * What stands after `--`, or has no name before it, is in `_`.
 * @throws Error for a browser or a platform that is none
 */
export function parseTestArguments(words: readonly string[]): TaskArguments {
  const args: Record<string, string | boolean | string[]> = Object.create(null) as Record<string, never>;
  const bare: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") {
      bare.push(...words.slice(index + 1));
      break;
    }
    const [, negation, name, value] = /^--(no-)?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      bare.push(word);
      continue;
    }
    const next = words[index + 1];
    if (negation !== undefined && value === undefined) args[camelled(name)] = false;
    else if (value !== undefined) add(args, camelled(`${negation ?? ""}${name}`), value);
    else if (next === undefined || next.startsWith("--")) args[camelled(name)] = true;
    else {
      add(args, camelled(name), next);
      index += 1;
    }
  }
  if (bare.length > 0) args["_"] = bare;
  const browser = browserIn(args["browser"]);
  // What one browser of a machine can do, another may not.
  const tags = tagsOf(args["platform"]).map((tag) => (browser === undefined ? tag : `${browser}:${tag}`));
  return { args: { ...args }, browser, tags };
}

function add(args: Record<string, string | boolean | string[]>, name: string, value: string): void {
  const before = args[name];
  if (typeof before === "string") args[name] = [before, value];
  else if (Array.isArray(before)) before.push(value);
  else args[name] = value;
}

function camelled(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function browserIn(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (browserKindSchema.safeParse(value).success) return value as string;
  throw new Error(`--browser takes one kind of browser, as chromium, chrome, edge or firefox, not ${JSON.stringify(value)}.`);
}

function tagsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const tags = typeof value === "string" ? platformTags[value] : undefined;
  if (tags !== undefined) return tags;
  throw new Error(`--platform takes ${Object.keys(platformTags).join(", ")}, not ${JSON.stringify(value)}.`);
}
