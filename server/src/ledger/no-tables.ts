import type { Index } from "@shardwright/raft";
import { Tally } from "../observability/tally.ts";
import type { Projections } from "./ledger.ts";

/** What a witness has in place of tables: it only knows how far it came, and after a restart where its log begins. */
export function noTables(begins: Index): Projections {
  let applied = begins;
  return {
    position: 0,
    factVersion: 1,
    waiting: 0,
    writing: new Tally(),
    get applied() {
      return applied;
    },
    apply: (_facts, upTo) => (applied = upTo),
    settle: () => undefined,
    onFailure: () => undefined,
    history: () => [],
    clear: () => (applied = begins),
    restore: () => undefined,
    close: () => undefined,
  };
}
