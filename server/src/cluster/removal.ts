import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { State } from "@shardwright/raft";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { OtherCoordinators } from "./other-coordinators.ts";

/** How often the others are asked, while no leader is heard. */
const askAgain_ms = 2000;

export interface RemovalOptions {
  readonly ledger: RaftLedger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly others: Pick<OtherCoordinators, "askMembership">;
  /** Where others may know. */
  readonly addresses: () => readonly string[];
  /** A leader is missed when it is silent for longer. */
  readonly silence_ms: number;
  readonly onRemoved: (error: ShardwrightError) => void;
}

/**
 * Notices that this node was removed from its cluster. Whoever is removed is not spoken to any more and cannot tell that from a leader that
 * is gone. So it asks, when it hears no leader; only a leader that a majority has just confirmed answers that.
 */
export class RemovalWatch {
  readonly #options: RemovalOptions;
  /** It belonged to the cluster by an entry that is committed. An id is never admitted again. */
  #wasMember: boolean;
  #asked_ms = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #isTold = false;
  /** Where a member of another cluster answered: that is said once. */
  readonly #others = new Set<string>();

  constructor(options: RemovalOptions) {
    this.#options = options;
    this.#wasMember = wasEverMember(options.ledger.consensus);
  }

  /** It belonged to the cluster, and by the last entry that it knows to be committed it does not any more. */
  get hasLeft(): boolean {
    const { consensus } = this.#options.ledger;
    const isMember = isMemberAt(consensus, consensus.commit);
    this.#wasMember ||= isMember;
    return this.#wasMember && !isMember;
  }

  /** To be called again and again. */
  look(): void {
    const { ledger, clock, silence_ms } = this.#options;
    const { leader } = ledger.consensus;
    const now_ms = clock.monotonic_ms();
    const hasLeft = this.hasLeft;
    if (!this.#wasMember || this.#isAsking || leader === ledger.identity.node) return;
    const isLed = leader !== undefined && now_ms - (ledger.contacts.heard_ms(leader) ?? Number.NEGATIVE_INFINITY) <= silence_ms;
    if ((isLed && !hasLeft) || now_ms - this.#asked_ms < askAgain_ms) return;
    this.#asked_ms = now_ms;
    this.#isAsking = true;
    void this.#ask().finally(() => (this.#isAsking = false));
  }

  async #ask(): Promise<void> {
    const { log, others, onRemoved } = this.#options;
    for (const origin of this.#options.addresses()) {
      try {
        const refusal = await others.askMembership(origin);
        if (refusal === undefined) return;
        if (refusal.code === "member-removed" && !this.#isTold) {
          this.#isTold = true;
          onRemoved(new ShardwrightError("member-removed", refusal.details));
        }
        if (refusal.code === "member-removed") return;
        if (refusal.code === "other-cluster" && !this.#others.has(origin)) {
          this.#others.add(origin);
          log.error({ origin, ...refusal.details }, refusal.hint);
        }
      } catch (error) {
        log.debug({ origin, reason: reasonOf(error) }, "it could not be asked whether this node is still a member");
      }
    }
  }
}

function isMemberAt({ id, log }: State, index: number): boolean {
  return log.configurationAt(index).members.some((member) => member.id === id);
}

function wasEverMember(state: State): boolean {
  const { id, log, commit } = state;
  if (isMemberAt(state, log.base.index)) return true;
  return log
    .between(log.base.index + 1, commit)
    .some((entry) => entry.kind === "configuration" && entry.configuration.members.some((member) => member.id === id));
}
