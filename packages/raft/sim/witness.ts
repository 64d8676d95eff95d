import type { Machine, MachineKind } from "./machine.ts";

/** A witness has no tables; what it applied it forgets. */
export const witnesses: MachineKind = {
  empty: () => witnessAt(0),
  restored: (saved) => witnessAt(Number(new TextDecoder().decode(saved))),
};

export function witnessAt(start: number): Machine {
  let applied = start;
  return {
    get applied() {
      return applied;
    },
    digest: "",
    apply(entries) {
      applied = entries.at(-1)?.index ?? applied;
      return entries.filter(({ kind }) => kind === "data");
    },
    save: () => new TextEncoder().encode(String(applied)),
  };
}
