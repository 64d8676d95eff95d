import type { Driver, RaftEvent } from "@shardwright/raft";
import type { Tally } from "../observability/tally.ts";
import type { EntryApplier } from "./entry-applier.ts";
import type { Projections } from "./ledger.ts";
import type { ProposalQueue } from "./proposal-queue.ts";
import type { ReadBarrier } from "./read-barrier.ts";

/** What is measured. */
export interface Measured {
  readonly driver: Pick<Driver<number>, "waitingWrites">;
  readonly applier: Pick<EntryApplier, "committing">;
  readonly proposals: Pick<ProposalQueue, "size">;
  readonly reads: Pick<ReadBarrier, "waiting">;
  readonly projections: Pick<Projections, "waiting" | "writing">;
}

/** How busy a ledger is, for whoever watches it. */
export class LedgerFigures {
  /** Elections that this node won since it started. */
  elections = 0;
  readonly #measured: Measured;

  constructor(measured: Measured) {
    this.#measured = measured;
  }

  note(event: RaftEvent): void {
    if (event.type === "became-leader") this.elections += 1;
  }

  /** How long it took from when something was decided here until a majority had it. */
  get committing(): Tally {
    return this.#measured.applier.committing;
  }

  /** How long it took to write facts into the tables. */
  get applying(): Tally {
    return this.#measured.projections.writing;
  }

  /** What waits here: facts for a majority, writes for the disk, facts for the tables, reads for the others. */
  get queues(): { proposals: number; log: number; tables: number; reads: number } {
    const { driver, proposals, reads, projections } = this.#measured;
    return { proposals: proposals.size, log: driver.waitingWrites, tables: projections.waiting, reads: reads.waiting };
  }
}
