import type { Entry } from "../src/types.ts";

/** Tables that entries build: what is simulated here for speed, and with the coordinator's own tables elsewhere. */
export interface Machine {
  readonly applied: number;
  apply(entries: readonly Entry[]): readonly unknown[];
  /** All that was applied, as bytes that `restored` understands. */
  save(): Uint8Array;
  /** Equal on all nodes that applied the same entries. */
  readonly digest: string;
  close?(): void;
}

export interface MachineKind {
  empty(): Machine;
  restored(saved: Uint8Array): Machine;
}
