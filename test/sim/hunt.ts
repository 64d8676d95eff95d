import { join } from "node:path";
import { type Finding, type Ground, hunt } from "../../packages/raft/sim/mutation.ts";
import type { Mutant } from "../../packages/raft/sim/mutants.ts";

const ground: Ground = {
  root: join(import.meta.dirname, "..", ".."),
  parts: [
    "server/src",
    "server/package.json",
    "packages/raft/src",
    "packages/raft/sim",
    "packages/raft/package.json",
    "test/sim",
  ],
  links: ["node_modules", "server/node_modules"],
  source: "server/src",
  command: [join("test", "sim", "main.ts"), "--tables"],
};

/** Plants a bug in a copy of the coordinator, and plays seeds from 1 on until one breaks a promise. */
export function huntByChance(mutant: Mutant): Promise<Finding> {
  return hunt(mutant, mutant.foundBy, ground);
}
