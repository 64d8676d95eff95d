import { createHash } from "node:crypto";
import { join } from "node:path";

/** Below the root of a checkout, for what the sessions of runs cover after their last file. */
export const lastPartsFolder = join(".shardwright", "coverage");

/**
 * Where the sessions of a run leave what they cover after their last file, and where whoever joins the run's coverage in that checkout looks
 * for it. @param workspace absolute path of the checkout
 */
export function lastPartsOf(workspace: string, run: string, suite: string): string {
  // A suite may be called what no folder can be.
  const name = createHash("sha256").update(suite).digest("hex").slice(0, 16);
  return join(workspace, lastPartsFolder, run, name);
}
