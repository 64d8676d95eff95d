import { Sessions } from "../src/sessions.ts";
import type { Entry } from "../src/types.ts";
import type { Machine, MachineKind } from "./machine.ts";

export interface Operation {
  readonly client: string;
  readonly sequence: number;
  readonly key: string;
  readonly value: string;
}

export interface Written {
  /** Index of the entry that took effect: of the first copy, if the command was sent again. */
  readonly index: number;
  readonly before: string | undefined;
}

interface Saved {
  readonly applied: number;
  readonly digest: number;
  readonly values: readonly (readonly [string, string])[];
  readonly sessions: ReturnType<Sessions<Written>["save"]>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const sessionLimit = 100;

export function encode(operation: Operation): Uint8Array {
  return encoder.encode(JSON.stringify(operation));
}

/** Registers that clients write through sessions. The digest runs over everything that ever took effect. */
export class Registers implements Machine {
  readonly values: Map<string, string>;
  readonly #sessions: Sessions<Written>;
  #applied: number;
  #digest: number;
  /** Told of each operation when it takes effect. */
  onEffect: ((operation: Operation, index: number) => void) | undefined;

  constructor(saved: Saved = { applied: 0, digest: 0, values: [], sessions: [] }) {
    this.#applied = saved.applied;
    this.#digest = saved.digest;
    this.values = new Map(saved.values);
    this.#sessions = new Sessions(sessionLimit, saved.sessions);
  }

  get applied(): number {
    return this.#applied;
  }

  get digest(): string {
    return String(this.#digest);
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    const results: unknown[] = [];
    for (const entry of entries) {
      this.#applied = entry.index;
      if (entry.kind !== "data") continue;
      const operation = JSON.parse(decoder.decode(entry.data)) as Operation;
      results.push(
        this.#sessions.once(operation, () => {
          const before = this.values.get(operation.key);
          this.values.set(operation.key, operation.value);
          this.#mix(`${operation.client}/${operation.sequence}@${entry.index}`);
          this.onEffect?.(operation, entry.index);
          return { index: entry.index, before };
        }),
      );
    }
    return results;
  }

  save(): Uint8Array {
    const saved: Saved = {
      applied: this.#applied,
      digest: this.#digest,
      values: [...this.values],
      sessions: this.#sessions.save(),
    };
    return encoder.encode(JSON.stringify(saved));
  }

  #mix(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#digest = Math.imul(this.#digest ^ text.charCodeAt(at), 0x0100_0193) >>> 0;
  }
}

export const registers: MachineKind = {
  empty: () => new Registers(),
  restored: (saved) => new Registers(JSON.parse(decoder.decode(saved)) as Saved),
};
