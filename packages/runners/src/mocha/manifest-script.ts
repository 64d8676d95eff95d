import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MeasuringTool, measuringWords } from "../command/measuring-words.ts";
import { assignmentsIn, callsIn } from "../command/scripts.ts";
import { unmeasured, withChecks } from "../command/threshold-checks.ts";
import { parseNodeLine } from "../node-test/node-line.ts";
import type { MochaInvocation } from "./options.ts";

/** How a script calls mocha. */
export interface MochaCall extends MochaInvocation {
  /** What measures its coverage. */
  readonly tool?: MeasuringTool;
}

/** Mocha's own program: by its name, or where packages are installed. */
const mochaProgram = /^(?:_?mocha(?:\.cmd)?|(?:.*[/\\])?node_modules[/\\](?:\.bin|mocha[/\\]bin)[/\\]_?mocha(?:\.c?js|\.cmd)?)$/;
const nodeProgram = /^(?:.*[/\\])?node(?:\.exe)?$/;

/** What may stand in front of mocha and still call it. `npm run mocha` calls a script. */
const launchers =
  /^(?:cross-env(?:-shell)?|env|dotenv|env-cmd|npm|npx|pnpm|pnpx|yarn|bunx|exec|x|dlx|nyc|c8|time|--|(?:.*[/\\])?node(?:\.exe)?)$/;

/** What no run in CI wants: to go on for ever, or to wait for a debugger. */
const interactive = /^(?:-w|--watch|--inspect.*|inspect)$/;

/** What a folder's package.json says, of which nothing is certain. */
export function readManifest(folder: string): Readonly<Record<string, unknown>> {
  try {
    return objectOr(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  } catch {
    // No manifest, or one that npm could not read either: it says nothing.
    return {};
  }
}

/** The script of a package.json that calls mocha: `test` before others that begin so, before all others. */
export function findMochaScript(
  manifest: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly calls: readonly MochaCall[] } | undefined {
  const rank = (name: string) => (name === "test" ? 0 : name.startsWith("test") ? 1 : 2);
  const all = Object.entries(objectOr(manifest["scripts"]));
  const scripts = new Map(all.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  for (const name of [...scripts.keys()].sort((left, right) => rank(left) - rank(right))) {
    const calls = callsIn(name, scripts, mochaIn);
    if (calls.length > 0) return { name, calls: name === "test" ? withChecks(name, scripts, calls) : unmeasured(calls) };
  }
  return undefined;
}

function objectOr(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The commands of a script that call mocha. */
export function findMocha(script: string): MochaCall[] {
  return callsIn("", new Map([["", script]]), mochaIn);
}

function mochaIn(words: readonly string[]): MochaCall | undefined {
  const { tool, end } = measuringWords(words) ?? { end: 0 };
  const command = words.slice(end);
  const index = command.findIndex((word) => mochaProgram.test(word));
  const before = command.slice(0, index);
  const args = command.slice(index + 1);
  if (index === -1 || !isLaunch(before) || args.some((word) => interactive.test(word))) return undefined;
  const node = before.findIndex((word) => nodeProgram.test(word));
  const nodeArgs = node === -1 ? [] : parseNodeLine(before.slice(node + 1)).args;
  const environment = assignmentsIn([...words.slice(0, end), ...before]);
  return { nodeArgs, args, environment, ...(tool !== undefined && { tool }) };
}

function isLaunch(words: readonly string[]): boolean {
  return words.every((word, index) => {
    if (word === "run" || word === "run-script") return false;
    const isAssignment = /^[A-Za-z_]\w*=/.test(word);
    // An option, or the value of the one before it.
    const isOption = word.startsWith("-") || words[index - 1]?.startsWith("-") === true;
    return isAssignment || isOption || launchers.test(word);
  });
}
