import type { Driver, Ports } from "../src/driver.ts";
import type { StartOptions } from "../src/state.ts";
import type { Entry, Index } from "../src/types.ts";

/** Tables that entries build: what is simulated here for speed, and with the coordinator's own tables elsewhere. */
export interface Machine {
  readonly applied: number;
  apply(entries: readonly Entry[]): readonly unknown[];
  /** All that was applied, as bytes that `restored` understands. */
  save(): Uint8Array;
  /** Of the last entry that `save` has, where entries wait to be written. */
  readonly written?: Index;
  /** What a process that is killed now leaves on its disk; what `save` gives, when absent. */
  left?(): Uint8Array;
  /** Equal on all nodes that applied the same entries; undefined where it is not worth the time just now. */
  readonly digest: string | undefined;
  /** Becomes what was saved; made anew from it, when absent. */
  restore?(saved: Uint8Array): void;
  close?(): void;
}

export interface MachineKind {
  empty(): Machine;
  restored(saved: Uint8Array): Machine;
  /** Begins the process that keeps these tables: the driver alone, when absent. */
  begin?(machine: Machine, surroundings: Surroundings): Process;
}

/** What a simulated world asks of a process: the production driver, or a whole coordinator around it, which does the rest by itself. */
export type Process = Pick<Driver<unknown>, "state" | "isLeader" | "receive" | "change" | "transfer" | "leaderGone" | "stop"> &
  Partial<Pick<Driver<unknown>, "wake" | "campaign" | "propose" | "read" | "compact">> & {
    /** Called once, when it may send and write. */
    begin?(): void;
  };

/** What a process finds around it. */
export interface Surroundings {
  readonly options: Omit<StartOptions, "now_ms">;
  readonly ports: Ports<unknown>;
  /** Snapshots on this node's disk, by digest. */
  readonly files: Map<string, Uint8Array>;
  /** Ends the process at once. */
  readonly fail: () => void;
  /** Something is wrong that must never be. */
  readonly broke: (error: unknown) => void;
  /** Calls back once, by this node's clock, if the process lives. */
  readonly after: (delay_ms: number, work: () => void) => { cancel(): void };
  /** A moment at which the process may die. */
  readonly mayDie: () => void;
  /** The same before and after each commit of its tables. */
  readonly commits: () => void;
  /** To be told of entries that were applied. */
  readonly applied: (entries: readonly Entry[]) => void;
}
