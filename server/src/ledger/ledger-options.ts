import type { FactVersions, Repair } from "@shardwright/core";
import type { Index, Message, NodeId, RaftEvent, Settings, Snapshot, Term } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import type { LogOptions } from "./prepare-log.ts";

/** How a node reaches the others; a node that is alone has none. */
export interface Peers {
  send(message: Message, address: string): void;
  /** Where a node said that it is; for those that no configuration here names. */
  addressOf(node: NodeId): string | undefined;
  /** Brings a snapshot's bytes over into a file of this node. @returns whether they are complete, checked and durable */
  fetch(address: string, snapshot: Snapshot): Promise<boolean>;
}

export interface RaftLedgerOptions extends LogOptions {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly peers?: Peers;
  readonly onEvent?: (event: RaftEvent) => void;
  /** Who leads has changed, as far as this node knows. */
  readonly onLeader?: (leader: NodeId | undefined, term: Term) => void;
  /** Something was found damaged, or lost, and set right. */
  readonly onRepair?: (repair: Repair) => void;
  /** A write has waited for the disk for longer than an election may take, and again each time as much has passed; or it is done. */
  readonly onStall?: (stalled_ms: number | undefined) => void;
  /** A witness had to drop entries that a voter lacks. */
  readonly onMissed?: (upTo: Index) => void;
  /** Entries after which the log is shortened; 20,000 when absent. */
  readonly logLimit_entries?: number;
  /** What this node knows of facts; all that the program knows when absent. */
  readonly facts?: FactVersions;
  /** Uniform in [0, 1), for elections; a simulated world has its own, as it has its own turns. */
  readonly random?: () => number;
  /** Does something once this turn is over; `setImmediate` when absent. */
  readonly soon?: (work: () => void) => void;
}
