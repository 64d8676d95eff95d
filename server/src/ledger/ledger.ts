import type { Fact, FactBody, RunId } from "@shardwright/core";

export type LedgerRole = "leader" | "follower";

/** The ordered, durable sequence of facts. */
export interface Ledger {
  /**
   * Adds facts in this order, all or none. Resolves with the last one's position once they are durable and applied to this node's
   * projections. Calls made one after the other, without waiting, keep their order.
   * @throws ShardwrightError `ledger-failed`; nothing can be appended after that
   */
  append(bodies: readonly FactBody[]): Promise<number>;
  readonly role: LedgerRole;
  onRoleChange(listener: (role: LedgerRole) => void): void;
  /** Called with each batch of facts, in order, right after it was applied. */
  onApplied(listener: (facts: readonly Fact[]) => void): void;
  /** Called once when the ledger can no longer be written. */
  onFailure(listener: (error: Error) => void): void;
  /** Position of the last fact applied here. */
  readonly position: number;
  /** Facts of one run after a position, oldest first. */
  history(run: RunId, after: number, limit: number): Fact[];
  /** Makes the projections as durable as the facts, and lets the ledger drop the facts of runs that are gone. */
  snapshot(options: { forget: readonly RunId[] }): Promise<void>;
  /** Waits for what was appended, then closes. */
  close(): Promise<void>;
}

/** What the ledger feeds: applies facts to the tables, and remembers how far it came. */
export interface Projections {
  readonly position: number;
  /** Applies the facts and moves the position, all in one transaction. */
  apply(facts: readonly Fact[]): void;
  /** Empties the tables, so that all facts can be applied anew. */
  clear(): void;
  /** Flushes everything applied so far to disk. */
  flush(): void;
}
