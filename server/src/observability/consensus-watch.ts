import type { Logger } from "pino";
import type { ElectionHistory } from "../cluster/election-history.ts";
import type { RaftLedgerOptions } from "../ledger/ledger-options.ts";

type Watch = Required<Pick<RaftLedgerOptions, "onEvent" | "onLeader" | "onStall" | "onRepair">>;

/** Tells the log and the history of elections what a ledger goes through. */
export function consensusWatch(log: Logger, elections: ElectionHistory): Watch {
  return {
    onEvent: (event) => {
      elections.take(event);
      log.info({ ...event }, "consensus");
    },
    onLeader: (leader, term) => elections.leads(leader, term),
    onStall: (stalled_ms) => {
      if (stalled_ms === undefined) log.warn("the disk answers again");
      else
        log.error({ stalled_ms: Math.round(stalled_ms) }, "the disk does not answer: a write of the ledger has waited too long");
    },
    onRepair: ({ kind, what }) => log.warn({ kind, what }, "the ledger was repaired"),
  };
}
