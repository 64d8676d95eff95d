import type { Repair } from "@shardwright/core";
import type { Index, State } from "@shardwright/raft";
import type { Clock } from "../clock.ts";

/** What was found damaged, or lost, and set right since the ledger was opened. */
export class Repairs {
  /** Oldest first. */
  readonly all: Repair[] = [];
  readonly #clock: Clock;
  readonly #tell: ((repair: Repair) => void) | undefined;
  /** The disk lost entries that are not here again. */
  #isLacking: boolean;

  /** @param isLacking the disk lost entries, which are still to be fetched */
  constructor(clock: Clock, tell: ((repair: Repair) => void) | undefined, isLacking: boolean) {
    this.#clock = clock;
    this.#tell = tell;
    this.#isLacking = isLacking;
  }

  /** Remembers what was set right, and tells it. */
  note(found: Omit<Repair, "at">): void {
    const repair: Repair = { at: new Date(this.#clock.now_ms()).toISOString(), ...found };
    this.all.push(repair);
    this.#tell?.(repair);
  }

  /** Looks whether what was lost is here again; to be called after each step. */
  look({ loss, applied }: { readonly loss: State["loss"]; readonly applied: Index }): void {
    if (!this.#isLacking || loss !== undefined) return;
    this.#isLacking = false;
    this.note({ kind: "entries-regained", what: `what this disk had lost is here again, up to entry ${applied}` });
  }
}
