import { ShardwrightError } from "@shardwright/core";
import type { RaftLedgerOptions } from "./ledger-options.ts";
import { prepareLog } from "./prepare-log.ts";
import { RaftLedger } from "./raft-ledger.ts";

/**
 * Opens the ledger of a coordinator: a member of a cluster, if only of one. A cluster of one leads when this resolves, and its
 * projections are brought up to the last fact.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`
 */
export async function openRaftLedger(options: RaftLedgerOptions): Promise<RaftLedger> {
  const { writer } = options;
  try {
    const { repairs, ...prepared } = await prepareLog(options);
    const ledger = new RaftLedger(options, prepared);
    for (const repair of repairs) ledger.note(repair);
    await ledger.begin();
    return ledger;
  } catch (error) {
    await writer.close();
    throw asStartUpTrouble(error);
  }
}

/** Before anything was acknowledged a disk without room is the disk's trouble, not the ledger's: nothing is in doubt. */
function asStartUpTrouble(error: unknown): unknown {
  if (!(error instanceof ShardwrightError) || error.details.unwritable === undefined) return error;
  const { unwritable: path, reason = "" } = error.details;
  return new ShardwrightError("state-unwritable", { path, reason }, { cause: error });
}
