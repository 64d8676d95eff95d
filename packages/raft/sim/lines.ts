import type { Entry, Index } from "../src/types.ts";
import type { Machine, MachineKind } from "./machine.ts";

/** Tables that keep each command by its index. */
export class Lines implements Machine {
  readonly lines: Map<Index, string>;
  #applied: Index;

  constructor(applied: Index, lines: readonly (readonly [Index, string])[]) {
    this.#applied = applied;
    this.lines = new Map(lines);
  }

  get applied(): Index {
    return this.#applied;
  }

  get digest(): string {
    return `${this.lines.size} lines to ${[...this.lines.values()].at(-1) ?? "none"}`;
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    const results: string[] = [];
    for (const entry of entries) {
      this.#applied = entry.index;
      if (entry.kind !== "data") continue;
      const line = new TextDecoder().decode(entry.data);
      this.lines.set(entry.index, line);
      results.push(line);
    }
    return results;
  }

  save(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify({ applied: this.#applied, lines: [...this.lines] }));
  }
}

export const lines: MachineKind = {
  empty: () => new Lines(0, []),
  restored: (saved) => {
    const { applied, lines: kept } = JSON.parse(new TextDecoder().decode(saved)) as { applied: Index; lines: [Index, string][] };
    return new Lines(applied, kept);
  },
};
