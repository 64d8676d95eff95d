import { type MeasuringTool, measuringWords, toolNamed } from "./measuring-words.ts";
import { callsIn, scriptsIn } from "./scripts.ts";

const threshold = /^--(lines|branches|functions|statements)(?:=(.*))?$/s;
const checking = /^--check-coverage(?:=true)?$/;

/**
 * The calls of a script with the thresholds that it, or one that npm runs after it or after one that it runs, asks their tool for by commands of its own:
 * `nyc mocha && nyc check-coverage --lines 90`, `c8 mocha && c8 report --check-coverage`.
 */
export function withChecks<Call extends { readonly tool?: MeasuringTool }>(
  name: string,
  scripts: ReadonlyMap<string, string>,
  calls: readonly Call[],
): Call[] {
  const after = [...new Set(scriptsIn(name, scripts))].map((one) => `post${one}`);
  const checks = [name, ...after].flatMap((one) => callsIn(one, scripts, checkIn));
  return calls.map((call) => {
    const { tool } = call;
    const own = checks.filter((one) => one.name === tool?.name).map(({ args }) => args);
    if (tool === undefined || own.length === 0) return call;
    // What it is only told, without being told to check, it does not.
    const judging = [...(tool.args.some((word) => checking.test(word)) ? [tool.args] : []), ...own];
    const others = [tool.args, ...own].flatMap((args) => split(args).others);
    const args = [...others.filter((word) => !checking.test(word)), "--check-coverage", ...strictest(judging)];
    return { ...call, tool: { name: tool.name, args } };
  });
}

function checkIn(command: readonly string[]): MeasuringTool | undefined {
  if (measuringWords(command) !== undefined) return undefined;
  const from = command.findIndex((word) => toolNamed(word) !== undefined);
  const name = toolNamed(command[from]);
  const at = command.findIndex((word, index) => index > from && (word === "check-coverage" || word === "report"));
  if (name === undefined || at === -1) return undefined;
  const args = [...command.slice(from + 1, at), ...command.slice(at + 1)];
  return command[at] === "check-coverage" || args.some((word) => checking.test(word)) ? { name, args } : undefined;
}

/** Each threshold as the highest that one of them has: given twice, it would be none. */
function strictest(all: readonly (readonly string[])[]): string[] {
  const found = new Map<string, number>();
  for (const [name, value] of all.flatMap((args) => split(args).thresholds))
    found.set(name, Math.max(value, found.get(name) ?? 0));
  return [...found].flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function split(args: readonly string[]) {
  const thresholds: [name: string, value: number][] = [];
  const others: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name, value] = threshold.exec(word) ?? [];
    if (name === undefined) others.push(word);
    else thresholds.push([name, Number(value ?? rest.shift())]);
  }
  return { thresholds, others };
}

interface Measured {
  readonly tool?: MeasuringTool;
  readonly coverage?: readonly string[];
}

/** The calls of a script that is not the folder's tests itself, without what measures them: whoever runs its tests does not measure. */
export function unmeasured<Call extends Measured>(calls: readonly Call[]): Call[] {
  return calls.map(({ tool: _tool, coverage: _coverage, ...call }) => call as Call);
}
