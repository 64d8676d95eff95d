import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..", "..");

/** Builds `actions/dist` where it is not of these sources. @returns the folder of an action */
export function builtAction(name: "run" | "worker" | "report"): string {
  const built = spawnSync(process.execPath, [join(root, "tools", "build-actions.ts"), "--if-stale"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the actions could not be built:\n${built.stdout}${built.stderr}`);
  return join(root, "actions", name);
}
