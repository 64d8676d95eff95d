import type { Machine, MachineKind } from "./machine.ts";

/** A witness has no tables; what it applied it forgets. */
export const witnesses: MachineKind = {
  empty: () => witness(0),
  restored: (saved) => witness(Number(new TextDecoder().decode(saved))),
};

function witness(start: number): Machine {
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
