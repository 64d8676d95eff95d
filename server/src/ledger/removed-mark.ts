import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { Identity } from "./log-file.ts";

/** Says on the disk of a member that it was removed: it is not to come back with what it knew. */
const mark = "removed.json";

/** @throws ShardwrightError `member-removed` for a disk that says so of itself */
export function refuseRemoved(stateDir: string, identity: Identity | undefined): void {
  if (identity !== undefined && isRemoved(stateDir))
    throw new ShardwrightError("member-removed", { id: identity.node, cluster: identity.cluster });
}

export function isRemoved(stateDir: string): boolean {
  return existsSync(join(stateDir, mark));
}

/** Writes down that the member on this disk was removed. Where that fails it asks again at the next start. */
export function markRemoved(stateDir: string, { code, details }: ShardwrightError): void {
  try {
    writeFileSync(join(stateDir, mark), `${JSON.stringify({ code, ...details })}\n`, { mode: 0o600, flush: true });
  } catch {
    // It ends in any case.
  }
}

/** The member on this disk counts again. */
export function unmarkRemoved(stateDir: string): void {
  rmSync(join(stateDir, mark), { force: true });
}
