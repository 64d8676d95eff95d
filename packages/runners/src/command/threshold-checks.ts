import { type MeasuringTool, toolNamed } from "./measuring-words.ts";
import { callsIn } from "./scripts.ts";

const threshold = /^--(?:lines|branches|functions|statements)(?:=|$)/;

/**
 * The calls of a script with the thresholds that it, or the one that npm runs after it, asks their tool for by a command of its own:
 * `nyc mocha && nyc check-coverage --lines 90`.
 */
export function withChecks<Call extends { readonly tool?: MeasuringTool }>(
  name: string,
  scripts: ReadonlyMap<string, string>,
  calls: readonly Call[],
): Call[] {
  const checks = [name, `post${name}`].flatMap((one) => callsIn(one, scripts, checkIn));
  return calls.map((call) => {
    const { tool } = call;
    const check = tool === undefined ? undefined : checks.find((one) => one.name === tool.name);
    if (tool === undefined || check === undefined) return call;
    // Given twice, a threshold would be none.
    const own = check.args.some((word) => threshold.test(word)) ? withoutThresholds(tool.args) : tool.args;
    return { ...call, tool: { name: tool.name, args: [...own, "--check-coverage", ...check.args] } };
  });
}

function checkIn(command: readonly string[]): MeasuringTool | undefined {
  const at = command.indexOf("check-coverage");
  const name = toolNamed(command[at - 1]);
  return name === undefined ? undefined : { name, args: command.slice(at + 1) };
}

function withoutThresholds(args: readonly string[]): string[] {
  return args.filter((word, index) => {
    const before = args[index - 1];
    const isValue = before !== undefined && threshold.test(before) && !before.includes("=");
    return !threshold.test(word) && !isValue;
  });
}
