/** A use of slots counts half after so long: what was used lately counts, what was used long ago does not. */
export const useHalfLife_ms = 30_000;
const mean_ms = useHalfLife_ms / Math.LN2;
/** A slot in use counts as much time in advance, so that slots given away at the same moment are shared, too. */
const advance_ms = 2000;
/** A worker with a warm process of a run may prefer it while that run is ahead by less slot time than this. */
const warmth_ms = 2000;

/** How much of the slots a run has lately used. It is a sum over its leases alone, so that it can be had again from a table of them. */
export class SlotUse {
  #used_ms = 0;
  #slots = 0;
  #at_ms = Number.NEGATIVE_INFINITY;

  /** Leases that it holds. */
  get slots(): number {
    return this.#slots;
  }

  begin(now_ms: number): void {
    this.#settle(now_ms);
    this.#slots += 1;
  }

  end(now_ms: number): void {
    this.#settle(now_ms);
    this.#slots = Math.max(0, this.#slots - 1);
  }

  /** Slot time lately used, in milliseconds: each moment of it counts by its age, half after `useHalfLife_ms`. */
  used_ms(now_ms: number): number {
    if (this.#at_ms === Number.NEGATIVE_INFINITY) return 0;
    const kept = Math.exp(-Math.max(0, now_ms - this.#at_ms) / mean_ms);
    return this.#used_ms * kept + this.#slots * mean_ms * (1 - kept);
  }

  #settle(now_ms: number): void {
    this.#used_ms = this.used_ms(now_ms);
    this.#at_ms = Math.max(now_ms, this.#at_ms);
  }
}

/** A run that wants the slot that is free. */
export interface Claim {
  /** As `weightOf` has it. */
  readonly weight: number;
  readonly used_ms: number;
  /** Slots in use at this moment. */
  readonly slots: number;
  /** The free slot's worker has a process of it ready. */
  readonly isWarm: boolean;
  /** Smaller for those opened earlier. */
  readonly order: number;
}

/** The weight of a priority from 0 to 100: 25 points more are twice the share. */
export function weightOf(priority: number): number {
  return 2 ** (priority / 25);
}

/**
 * Who gets a free slot: the first of these that has something to run there. It is the run that has used the least for its weight, slot time
 * lately used and slots in use together; of equals the weightier, then the oldest. Weighted fair sharing as in A. Demers, S. Keshav and
 * S. Shenker, "Analysis and Simulation of a Fair Queueing Algorithm" (1989), with use that is forgotten in place of a virtual time: runs
 * that compete for some of the workers only do not owe each other for the others, and nobody waits long for what was used before it came.
 */
export function inFairOrder<T extends Claim>(claims: readonly T[]): T[] {
  if (claims.length < 2) return [...claims];
  const scored = claims.map((claim) => ({ claim, score: scoreOf(claim) }));
  scored.sort((a, b) => a.score - b.score || amongEquals(a.claim, b.claim));
  return scored.map(({ claim }) => claim);
}

/** Whether a claim goes before another. */
export function isBefore(claim: Claim, other: Claim): boolean {
  return (scoreOf(claim) - scoreOf(other) || amongEquals(claim, other)) < 0;
}

function amongEquals(a: Claim, b: Claim): number {
  return b.weight - a.weight || a.order - b.order;
}

function scoreOf({ weight, used_ms, slots, isWarm }: Claim): number {
  return (used_ms + slots * advance_ms - (isWarm ? warmth_ms : 0)) / weight;
}
