import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Configuration, Member, NodeId } from "@shardwright/raft";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { strongerMembers } from "./stronger-members.ts";
import type { Versions } from "./versions.ts";

export interface Newcomer {
  readonly id: NodeId;
  readonly address: string;
  readonly isWitness: boolean;
  /** The highest version of facts that it can apply. */
  readonly facts: number;
}

export interface MembershipOptions {
  readonly ledger: RaftLedger;
  readonly versions: Versions;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the others reach this node. */
  readonly address: string;
  /** Whether it promotes who has caught up, and replaces who is gone, without an operator. */
  readonly autoRecovery: () => boolean;
}

/** How often the leader looks after the members. */
const look_ms = 500;
/** Entries that a learner may lack when it is made a voter. */
const closeEnough = 1000;
/** How long a learner has to keep up, and to be heard, before it is made a voter. */
const stable_ms = 1500;
/** A voter that was not heard for so long is replaced, if a learner stands by. */
const goneAfter_ms = 60_000;
/** Tries of one change while another one is under way. */
const tries = 50;
const tryAgain_ms = 100;

/** Refusals that come to nothing within moments. */
const passing: ReadonlySet<string> = new Set(["change-pending", "term-uncommitted", "not-caught-up"]);

/** Who belongs to the cluster: takes newcomers in as learners, makes them voters when that makes the cluster stronger. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #since = new Map<NodeId, number>();
  #timer: Timer | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#lookLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /**
   * Makes a node a learner, or notes where a member is now.
   * @throws ShardwrightError `no-leader`, `membership-refused`, `version-too-old`
   */
  async admit({ id, address, isWitness, facts }: Newcomer): Promise<void> {
    await this.#tellOwnAddress();
    await this.#change((members) => {
      // Looked at whenever the change is tried: meanwhile the cluster may have agreed on newer facts.
      if (!isWitness) this.#options.versions.refuseOlder(facts);
      const known = members.find((member) => member.id === id);
      if (known !== undefined)
        return known.address === address ? members : members.map((each) => (each === known ? { ...each, address } : each));
      if (members.length >= 9)
        throw new ShardwrightError("membership-refused", { reason: "it has nine members, which is enough" });
      return [...members, { id, votes: false, address, ...(isWitness && { isWitness }) }];
    });
  }

  /** @throws ShardwrightError `not-found`, `no-leader`, `membership-refused` */
  async remove(id: NodeId): Promise<void> {
    this.#known(id);
    await this.#change((members) => members.filter((member) => member.id !== id));
  }

  /**
   * @param whenCaughtUp refuses while it lacks more than a voter may
   * @throws ShardwrightError `not-found`, `no-leader`, `membership-refused`, `not-caught-up`
   */
  async promote(id: NodeId, whenCaughtUp: boolean): Promise<void> {
    this.#known(id);
    const { role, commit } = this.#options.ledger.consensus;
    const progress = role.kind === "leader" ? role.progress.get(id) : undefined;
    const behind = Math.max(0, commit - (progress?.match ?? 0));
    if (whenCaughtUp && progress !== undefined && (progress.mode !== "replicate" || behind > closeEnough))
      throw new ShardwrightError("not-caught-up", { id, behind });
    await this.#change((members) => members.map((member) => (member.id === id ? { ...member, votes: true } : member)));
  }

  #known(id: NodeId): void {
    if (!this.#members.some((member) => member.id === id))
      throw new ShardwrightError("not-found", { what: `member ${id} in this cluster` });
  }

  get #members(): readonly Member[] {
    return this.#options.ledger.consensus.log.configuration.members;
  }

  /** A cluster of one that was founded for itself has no address yet; and any node may have come back with another one. */
  async #tellOwnAddress(): Promise<void> {
    const { ledger, address } = this.#options;
    const own = ledger.identity.node;
    await this.#change((members) =>
      members.map((each) => (each.id === own && each.address !== address ? { ...each, address } : each)),
    );
  }

  /** Changes the members; a change that has to wait for another one is tried again. */
  async #change(change: (members: readonly Member[]) => readonly Member[]): Promise<void> {
    const { ledger } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#members;
      const after = change(before);
      if (after === before || JSON.stringify(after) === JSON.stringify(before)) return;
      try {
        await ledger.change({ members: after } satisfies Configuration);
        return;
      } catch (error) {
        const isPending = error instanceof ShardwrightError && passing.has(String(error.details.reason));
        if (!isPending || attempt >= tries) throw error;
        await new Promise<void>((resolve) => this.#options.clock.after(tryAgain_ms, resolve));
      }
    }
  }

  #lookLater(): void {
    this.#timer = this.#options.clock.after(look_ms, () => {
      void this.#look().finally(() => {
        if (!this.#isClosed) this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    if (this.#isBusy || this.#options.ledger.role !== "leader") return;
    if (!this.#options.autoRecovery()) {
      this.#since.clear();
      return;
    }
    this.#isBusy = true;
    try {
      const next = this.#step();
      if (next !== undefined) {
        this.#options.log.info({ members: next.map(({ id, votes }) => ({ id, votes })) }, "the cluster's members change");
        await this.#options.ledger.change({ members: next });
      }
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, "the members could not be changed now");
    } finally {
      this.#isBusy = false;
    }
  }

  #step(): readonly Member[] | undefined {
    const members = this.#members;
    const idsOf = (chosen: readonly Member[]): ReadonlySet<NodeId> => new Set(chosen.map(({ id }) => id));
    return strongerMembers({
      members,
      silent: idsOf(members.filter((member) => this.#isSilent(member))),
      ready: idsOf(members.filter((member) => !member.votes && this.#isReady(member))),
    });
  }

  #isSilent({ id }: Member): boolean {
    const { ledger, clock } = this.#options;
    if (id === ledger.identity.node) return false;
    const heard_ms = ledger.contacts.heard_ms(id);
    const now_ms = clock.monotonic_ms();
    const since_ms = heard_ms ?? this.#since.get(`silent ${id}`) ?? now_ms;
    if (heard_ms === undefined) this.#since.set(`silent ${id}`, since_ms);
    else this.#since.delete(`silent ${id}`);
    return now_ms - since_ms > goneAfter_ms;
  }

  #isReady({ id }: Member): boolean {
    const { ledger, clock } = this.#options;
    const { role, commit } = ledger.consensus;
    const progress = role.kind === "leader" ? role.progress.get(id) : undefined;
    const now_ms = clock.monotonic_ms();
    const isClose =
      progress?.mode === "replicate" &&
      progress.match + closeEnough >= commit &&
      now_ms - (ledger.contacts.heard_ms(id) ?? Number.NEGATIVE_INFINITY) < stable_ms;
    if (!isClose) {
      this.#since.delete(id);
      return false;
    }
    const since_ms = this.#since.get(id) ?? now_ms;
    this.#since.set(id, since_ms);
    return now_ms - since_ms >= stable_ms;
  }
}
