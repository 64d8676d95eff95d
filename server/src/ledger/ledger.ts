import type { Fact, FactBody, RunId } from "@shardwright/core";
import type { Tally } from "../observability/tally.ts";

export type LedgerRole = "leader" | "follower";

/** The ordered, durable sequence of facts. */
export interface Ledger {
  /**
   * Adds facts in this order, all or none. Resolves with the last one's position once they are durable on a majority and applied to
   * this node's projections: whatever is read there from then on has them. Calls made one after the other, without waiting, keep their order.
   * No facts at all: resolves once that is so of all that was appended before. Who answers by what is decided, but perhaps not durable yet,
   * waits for it.
   * @throws ShardwrightError `no-leader`, `update-incomplete` (it did not happen), `leadership-lost` (it may have happened),
   *   `ledger-failed`; nothing can be appended after the last one
   */
  append(bodies: readonly FactBody[]): Promise<number>;
  /** The version of facts that the cluster has agreed on: newer ones are not written. */
  readonly factVersion: number;
  /** A leader has applied all that its predecessors did. */
  readonly role: LedgerRole;
  onRoleChange(listener: (role: LedgerRole) => void): void;
  /** Called with each batch of facts, in order, right after it was applied. */
  onApplied(listener: (facts: readonly Fact[]) => void): void;
  /** Called after the projections were replaced as a whole: facts before this were not told one by one. */
  onRestored(listener: () => void): void;
  /** Called once when the ledger can no longer be written. */
  onFailure(listener: (error: Error) => void): void;
  /** Position of the last fact applied here. */
  readonly position: number;
  /** Facts of one run after a position, oldest first. */
  history(run: RunId, after: number, limit: number): Fact[];
  /**
   * Resolves when everything is applied here that was durable when this was called, wherever it was written.
   * @throws ShardwrightError `no-leader` when that cannot be found out
   */
  barrier(): Promise<void>;
  /** Waits for what was appended, then closes. A leader hands over first, if there is somebody. */
  close(): Promise<void>;
}

/** A fact and its JSON, as the log holds it. */
export interface AppliedFact {
  readonly fact: Fact;
  readonly text: string;
  /** Index of the entry it came with. */
  readonly entry: number;
}

/** What the ledger feeds: applies facts to the tables, and remembers how far it came. */
export interface Projections {
  /** Of the last fact applied. */
  readonly position: number;
  /** Of the last entry of the log applied. */
  readonly applied: number;
  /** The version of facts that the cluster has agreed on. */
  readonly factVersion: number;
  /** Facts that were applied and wait to be written. */
  readonly waiting: number;
  /** How long it took to write them. */
  readonly writing: Tally;
  /**
   * Takes over the facts of entries up to `applied`, in order. They are in the tables when those are read, by way of `settle`, and
   * otherwise soon, in one transaction with what the tables themselves know of how far they came. What was not written when the process
   * died has to be applied again.
   * @throws what the database threw, now or before; ShardwrightError `version-too-old` for facts that this program does not know
   */
  readonly apply: (facts: readonly AppliedFact[], applied: number) => void;
  /** Writes what was applied and waits; to be called before the tables are read. @throws what the database threw, now or before */
  readonly settle: () => void;
  /** Called when what was applied could not be written. Nothing can be read any more then. */
  readonly onFailure: (listener: (error: Error) => void) => void;
  readonly history: (run: RunId, after: number, limit: number) => Fact[];
  /** Empties the tables, so that all facts can be applied anew. */
  readonly clear: () => void;
  /** Makes the tables equal to those in another database file. */
  readonly restore: (file: string) => void;
  /** Writes what waits; nothing is applied after that. */
  readonly close: () => void;
}
