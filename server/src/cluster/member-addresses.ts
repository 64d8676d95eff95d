import type { Member } from "@shardwright/raft";
import type { RaftLedger } from "../ledger/raft-ledger.ts";

/** Where the other members are reached, as far as this node knows. */
export class MemberAddresses {
  readonly #ledger: Pick<RaftLedger, "consensus" | "identity">;
  readonly #given: readonly string[];

  /** @param given addresses that this node was started with */
  constructor(ledger: Pick<RaftLedger, "consensus" | "identity">, given: readonly string[]) {
    this.#ledger = ledger;
    this.#given = given;
  }

  /** All others, witnesses and learners as well; undefined for a node that joins: it knows nobody but who speaks to it. */
  get others(): ReadonlySet<string> | undefined {
    if (this.#ledger.consensus.log.configuration.members.length === 0) return undefined;
    return new Set(this.#members.map(({ address }) => address));
  }

  /** Those who have tables and blobs, the leader first. */
  get withTables(): readonly string[] {
    const { leader } = this.#ledger.consensus;
    return this.#members
      .filter(({ isWitness }) => isWitness !== true)
      .sort((one, other) => Number(other.id === leader) - Number(one.id === leader))
      .map(({ address }) => address);
  }

  /** Wherever somebody may know the cluster. */
  get known(): readonly string[] {
    return [...new Set([...this.#given, ...this.withTables])];
  }

  get #members(): readonly Member[] {
    const { consensus, identity } = this.#ledger;
    return consensus.log.configuration.members.filter(({ id, address }) => id !== identity.node && address !== "");
  }
}
