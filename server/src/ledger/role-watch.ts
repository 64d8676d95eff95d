import type { NodeId, State, Term } from "@shardwright/raft";
import type { LedgerRole } from "./ledger.ts";

export interface RoleWatchOptions {
  readonly isWitness: boolean;
  /** Who leads has changed, as far as this node knows. */
  readonly onLeader: ((leader: NodeId | undefined, term: Term) => void) | undefined;
  /** This node leads no more; told before anybody else is. */
  readonly onLost: () => void;
}

/** Whether this node leads, and who does otherwise, as it turns out after each step of consensus. */
export class RoleWatch {
  readonly #options: RoleWatchOptions;
  readonly #listeners: ((role: LedgerRole) => void)[] = [];
  #role: LedgerRole = "follower";
  #leader: NodeId | undefined;
  #term: Term = 0;

  constructor(options: RoleWatchOptions) {
    this.#options = options;
  }

  get role(): LedgerRole {
    return this.#role;
  }

  onChange(listener: (role: LedgerRole) => void): void {
    this.#listeners.push(listener);
  }

  look({ role, applied, leader, term }: Pick<State, "role" | "applied" | "leader" | "term">): void {
    const { isWitness, onLeader, onLost } = this.#options;
    if (leader !== this.#leader || (leader !== undefined && term !== this.#term)) {
      this.#leader = leader;
      this.#term = term;
      onLeader?.(leader, term);
    }
    // A witness that leads does so to hand over: there is nothing here to decide with.
    const current: LedgerRole = role.kind === "leader" && applied >= role.firstIndex && !isWitness ? "leader" : "follower";
    if (current === this.#role) return;
    if (current === "follower") onLost();
    this.#become(current);
  }

  /** Others lead by now, or soon: this node has failed. */
  stepDown(): void {
    if (this.#role === "leader") this.#become("follower");
  }

  #become(role: LedgerRole): void {
    this.#role = role;
    for (const listener of this.#listeners) listener(role);
  }
}
