import { readScripts } from "../command/scripts.ts";
import { findNodeTest, type NodeTestScript } from "./node-line.ts";

/** The script of a folder's package.json that calls `node --test`: `test` before others that begin so, before all others. */
export async function readNodeTestScript(
  folder: string,
): Promise<{ readonly name: string; readonly calls: readonly NodeTestScript[] } | undefined> {
  const scripts = await readScripts(folder);
  const rank = (name: string) => (name === "test" ? 0 : name.startsWith("test") ? 1 : 2);
  for (const [name, script] of [...scripts].sort(([left], [right]) => rank(left) - rank(right))) {
    const calls = findNodeTest(script);
    if (calls.length > 0) return { name, calls };
  }
  return undefined;
}
