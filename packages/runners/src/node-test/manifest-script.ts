import { callsIn, readScripts } from "../command/scripts.ts";
import { unmeasured, withChecks } from "../command/threshold-checks.ts";
import { nodeTestIn, type NodeTestScript } from "./node-line.ts";

/** The script of a folder's package.json that calls `node --test`: `test` before others that begin so, before all others. */
export async function readNodeTestScript(
  folder: string,
): Promise<{ readonly name: string; readonly calls: readonly NodeTestScript[] } | undefined> {
  const scripts = new Map(await readScripts(folder));
  const rank = (name: string) => (name === "test" ? 0 : name.startsWith("test") ? 1 : 2);
  for (const name of [...scripts.keys()].sort((left, right) => rank(left) - rank(right))) {
    const calls = callsIn(name, scripts, nodeTestIn);
    if (calls.length > 0) return { name, calls: name === "test" ? withChecks(name, scripts, calls) : unmeasured(calls) };
  }
  return undefined;
}
