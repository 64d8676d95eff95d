import { join } from "node:path";
import type { Logger } from "pino";
import type { ClusterMemberOptions } from "../coordinator.ts";
import type { Held } from "../held.ts";
import type { RaftLedgerOptions } from "../ledger/ledger-options.ts";
import type { Durability } from "../ledger/log-error.ts";
import { type LogWriter, openLogWriter } from "../ledger/log-writer.ts";
import { openRaftLedger } from "../ledger/open-raft-ledger.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { refuseRemoved } from "../ledger/removed-mark.ts";
import { consensusWatch } from "../observability/consensus-watch.ts";
import type { Certificates } from "../security/certificates.ts";
import { ElectionHistory } from "./election-history.ts";
import type { SnapshotFigures } from "./figures.ts";
import { OutgoingLinks } from "./links.ts";
import { memberFor, refuseOtherRole } from "./member.ts";
import { createPeers } from "./peers.ts";

/** The log of a member, open and locked, until its ledger takes it over. */
export interface MemberLog {
  readonly path: string;
  readonly found: LogWriter["found"];
  /** Whoever takes it closes it. */
  take(): LogWriter;
}

/**
 * Opens the log in a state directory, which locks it: before that nothing else there may be touched.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`; `usage` where it was another role's;
 *   `member-removed`
 */
export async function holdLog(
  held: Held,
  stateDir: string,
  durability: Durability,
  belonging: ClusterMemberOptions,
): Promise<MemberLog> {
  const path = join(stateDir, "ledger.db");
  const writer = await openLogWriter(path, durability);
  let isTaken = false;
  held.add("the log", () => (isTaken ? undefined : writer.close()));
  refuseOtherRole(writer, stateDir, belonging);
  refuseRemoved(stateDir, writer.found.record?.identity);
  return {
    path,
    found: writer.found,
    take() {
      isTaken = true;
      return writer;
    },
  };
}

type LedgerParts = Required<Pick<RaftLedgerOptions, "projections" | "clock" | "settings" | "durability">> &
  Pick<RaftLedgerOptions, "snapshots" | "isWitness" | "facts" | "onMissed">;

export interface MemberOptions extends LedgerParts {
  readonly belonging: ClusterMemberOptions;
  readonly adminToken: string;
  readonly certificates: Certificates | undefined;
  readonly log: Logger;
  /** Of the program, for the others to know. */
  readonly version: string;
  /** The newest facts that it writes. */
  readonly writes: number;
  /** The newest facts that it can keep. */
  readonly keeps: number;
  /** Of the copies of the tables that it makes and fetches. */
  readonly snapshotFigures: SnapshotFigures;
}

/** What makes a member of a cluster: the ledger, and its connections to the others. */
export interface Member {
  readonly id: string;
  readonly ledger: RaftLedger;
  readonly links: OutgoingLinks;
  readonly elections: ElectionHistory;
  /** Where the others reach it. */
  reachedAt(address: string): void;
}

/** @throws ShardwrightError as `openRaftLedger`, and `usage` where the cluster that it was to join is another one */
export async function holdMember(held: Held, memberLog: MemberLog, options: MemberOptions): Promise<Member> {
  const { belonging, adminToken, certificates, clock, log, version, writes, keeps, snapshotFigures, ...rest } = options;
  const node = await memberFor(memberLog, belonging, { clock, log, certificates, adminToken, facts: keeps });
  const elections = new ElectionHistory(clock, node.id);
  let ownAddress = "";
  const links = new OutgoingLinks({
    node: node.id,
    cluster: () => ledger.identity.cluster,
    address: () => ownAddress,
    adminToken,
    certificates,
    version,
    facts: writes,
    clock,
    log,
  });
  const peers = createPeers(links, rest.snapshots, adminToken, snapshotFigures, certificates);
  held.add("copies of the tables", () => peers.close());
  held.add("connections to the other members", () => links.close());
  const ledger: RaftLedger = await openRaftLedger({
    ...rest,
    writer: memberLog.take(),
    path: memberLog.path,
    clock,
    peers,
    node,
    ...consensusWatch(log, elections),
    ...(belonging.logLimit_entries !== undefined && { logLimit_entries: belonging.logLimit_entries }),
  });
  held.add("the ledger", () => ledger.close());
  return {
    id: node.id,
    ledger,
    links,
    elections,
    reachedAt(address) {
      ownAddress = address;
    },
  };
}
