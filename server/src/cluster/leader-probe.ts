import { connect } from "node:net";
import type { NodeId } from "@shardwright/raft";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { ElectionHistory } from "./election-history.ts";

const limit_ms = 500;

export interface LeaderProbeOptions {
  readonly ledger: Pick<RaftLedger, "consensus" | "addressOf" | "gone">;
  readonly elections: Pick<ElectionHistory, "gone">;
}

/**
 * Finds out whether a leader's process is gone when a connection from it breaks. If nothing listens where it was, it is, and the election
 * need not wait for its silence; a machine that is gone, or a network, says nothing of the kind.
 */
export class LeaderProbe {
  readonly #options: LeaderProbeOptions;
  #isClosed = false;

  constructor(options: LeaderProbeOptions) {
    this.#options = options;
  }

  /** A connection from a member broke. */
  lost(node: NodeId): void {
    const { ledger, elections } = this.#options;
    const address = ledger.consensus.leader === node && !this.#isClosed ? ledger.addressOf(node) : undefined;
    if (address === undefined) return;
    const { hostname, port, protocol } = new URL(address);
    const probe = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) });
    probe.setTimeout(limit_ms, () => probe.destroy());
    probe.once("connect", () => probe.destroy());
    probe.once("error", (error) => {
      if (!("code" in error) || error.code !== "ECONNREFUSED") return;
      if (ledger.consensus.leader === node) elections.gone();
      ledger.gone(node);
    });
  }

  /** Nobody is looked for any more. */
  close(): void {
    this.#isClosed = true;
  }
}
