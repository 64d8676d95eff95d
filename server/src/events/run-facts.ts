import type { Fact, RunId } from "@shardwright/core";
import type { Ledger } from "../ledger/ledger.ts";
import type { CoordinatorParts } from "../parts.ts";

/** Facts read at a time. */
const page = 200;
/** Facts that are kept for one who does not read; with more, they are read from the tables when their turn comes. */
const newsLimit = 500;

export interface RunFactsParts extends Pick<CoordinatorParts, "queries" | "hub"> {
  readonly ledger: Pick<Ledger, "history">;
}

/**
 * The facts of a run after a position, in their order: from the tables until all that are there are read, then as they are applied. To read
 * the tables has all facts that wait written first, of all runs: who watches one must not cost a transaction with each fact.
 */
export class RunFacts {
  readonly #run: RunId;
  readonly #parts: Omit<RunFactsParts, "hub">;
  readonly #unwatch: () => void;
  #position: number;
  /** What came since all was read; undefined where that is not everything. */
  #news: Fact[] | undefined;
  #isOver = false;

  /** @param ring called when there may be something new */
  constructor(run: RunId, after: number, { queries, ledger, hub }: RunFactsParts, ring: () => void) {
    this.#run = run;
    this.#position = after;
    // By name: a follower has parts that may not be asked for.
    this.#parts = { queries, ledger };
    this.#unwatch = hub.watch(run, (facts) => {
      if (facts === undefined || (this.#news?.length ?? 0) + facts.length > newsLimit) this.#news = undefined;
      else this.#news?.push(...facts);
      ring();
    });
  }

  /** Those that are there now, oldest first; empty for none yet. */
  next(): readonly Fact[] {
    const facts = this.#news === undefined ? this.#read() : this.#news.filter(({ position }) => position > this.#position);
    if (this.#news !== undefined) this.#news = [];
    this.#position = facts.at(-1)?.position ?? this.#position;
    return facts;
  }

  /** Whether the tables say that nothing comes any more: the run has ended before the position, or is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  close(): void {
    this.#unwatch();
  }

  #read(): readonly Fact[] {
    const { queries, ledger } = this.#parts;
    const facts = ledger.history(this.#run, this.#position, page);
    // Nothing is applied between this and the last fact read.
    if (facts.length < page) this.#news = [];
    if (facts.length > 0) return facts;
    const row = queries.runs.byId(this.#run);
    this.#isOver = row === undefined || (row.ended_position !== null && row.ended_position <= this.#position);
    return facts;
  }
}
