import {
  type CoordinatorHealth,
  type LeaderTerms,
  type Readings,
  type Unease,
  coordinatorHealthOf,
  judgeLeader,
  leaderTerms,
  intervalsKept,
  phi,
} from "@shardwright/core";
import type { NodeId } from "@shardwright/raft";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { ElectionHistory } from "./election-history.ts";
import type { OtherCoordinators } from "./other-coordinators.ts";
import type { OwnReadings } from "./own-readings.ts";

/** How often the leader asks the others how they are, and for how long what they said counts. */
const look_ms = 2000;
const counts_ms = 10_000;
/** Entries that a member may lack to lead at once. */
const closeEnough = 100;

export interface MemberHealthOptions {
  readonly ledger: RaftLedger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly others: Pick<OtherCoordinators, "readings">;
  readonly own: OwnReadings;
  readonly elections: ElectionHistory;
  /** A leader below this hands over to one that is not. */
  readonly threshold: () => number;
  readonly terms?: Partial<LeaderTerms> | undefined;
}

interface Heard {
  readonly readings: Readings;
  readonly at_ms: number;
}

/** How each member is, as their leader sees it; where this node does not lead nothing is known of that. */
export class MemberHealth {
  /** Handovers because this node was not well. */
  handovers = 0;
  readonly #options: MemberHealthOptions;
  readonly #heard = new Map<NodeId, Heard>();
  readonly #beats = new Map<NodeId, { last_ms: number; readonly intervals_ms: number[] }>();
  /** The term in which these were heard: in another one others are heard at other times. */
  #term = 0;
  #unease: Unease | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: MemberHealthOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#timer = this.#options.clock.after(look_ms, () => void this.#look());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** A member was heard. */
  beat(id: NodeId): void {
    const { clock, ledger } = this.#options;
    const now_ms = clock.monotonic_ms();
    if (ledger.consensus.term !== this.#term) {
      this.#term = ledger.consensus.term;
      this.#beats.clear();
    }
    const known = this.#beats.get(id);
    if (known === undefined) {
      this.#beats.set(id, { last_ms: now_ms, intervals_ms: [] });
      return;
    }
    known.intervals_ms.push(now_ms - known.last_ms);
    if (known.intervals_ms.length > intervalsKept) known.intervals_ms.shift();
    known.last_ms = now_ms;
  }

  /** What a member said last, if that was lately. */
  readingsOf(id: NodeId): Readings | undefined {
    const heard = this.#heard.get(id);
    const isLate = heard === undefined || this.#options.clock.monotonic_ms() - heard.at_ms > counts_ms;
    return isLate ? undefined : heard.readings;
  }

  /** Undefined where this node does not lead. */
  of(id: NodeId): CoordinatorHealth | undefined {
    const { ledger, clock } = this.#options;
    const { role, commit, log, term } = ledger.consensus;
    if (role.kind !== "leader") return undefined;
    const isOwn = id === ledger.identity.node;
    const beats = term === this.#term ? this.#beats.get(id) : undefined;
    const silent_ms = beats === undefined ? 0 : clock.monotonic_ms() - beats.last_ms;
    const match = isOwn ? log.stable : role.progress.get(id)?.match;
    return coordinatorHealthOf({
      readings: this.readingsOf(id),
      peers_ms: this.#peers_ms(id),
      phi: isOwn || beats === undefined ? 0 : phi(beats.intervals_ms, silent_ms),
      lag: match === undefined ? 0 : Math.max(0, commit - match),
    });
  }

  /** What a write takes the others: of two the quicker one. */
  #peers_ms(id: NodeId): number | undefined {
    const { members } = this.#options.ledger.consensus.log.configuration;
    const times = members.flatMap((member) => (member.id === id ? [] : (this.readingsOf(member.id)?.sync_ms ?? [])));
    times.sort((a, b) => a - b);
    return times[Math.floor((times.length - 1) / 2)];
  }

  async #look(): Promise<void> {
    const { ledger, own } = this.#options;
    const { node } = ledger.identity;
    const { role, log } = ledger.consensus;
    if (role.kind === "leader") {
      const asked = log.configuration.members.map(({ id }) => this.#ask(id, id === node ? own.take() : undefined));
      await Promise.all(asked);
      if (!this.#isClosed) this.#judge();
    } else this.#unease = undefined;
    if (!this.#isClosed) this.begin();
  }

  async #ask(id: NodeId, taken: Promise<Readings> | undefined): Promise<void> {
    const { ledger, others, clock } = this.#options;
    const address = ledger.addressOf(id);
    const readings = await (taken ?? (address === undefined ? undefined : others.readings(address, look_ms)));
    if (readings !== undefined) this.#heard.set(id, { readings, at_ms: clock.monotonic_ms() });
    const { members } = ledger.consensus.log.configuration;
    for (const known of [this.#heard, this.#beats])
      for (const each of known.keys()) if (!members.some((member) => member.id === each)) known.delete(each);
  }

  #judge(): void {
    const { ledger, clock, log, elections, threshold, terms } = this.#options;
    const { role, commit, log: entries } = ledger.consensus;
    const own = this.of(ledger.identity.node);
    if (role.kind !== "leader" || ledger.role !== "leader" || own === undefined) return;
    const others = entries.configuration.members.flatMap(({ id, votes, isWitness }) => {
      if (id === ledger.identity.node) return [];
      const progress = role.progress.get(id);
      const isThere = progress?.mode === "replicate" && commit - progress.match <= closeEnough;
      const isFit = votes && isWitness !== true && isThere && this.readingsOf(id) !== undefined;
      return [{ id, score: this.of(id)?.score ?? 0, isFit }];
    });
    const now_ms = clock.monotonic_ms();
    const look = { own: own.score, others, handedOver_ms: now_ms - elections.handedOver_ms, now_ms };
    const { unease, handOverTo } = judgeLeader(this.#unease, look, { ...leaderTerms, ...terms, threshold: threshold() });
    this.#unease = unease;
    if (handOverTo === undefined) return;
    this.#unease = undefined;
    // Noted whatever comes of it: what does not succeed is not tried again and again either.
    elections.handsOver();
    if (ledger.transfer(handOverTo) !== undefined) return;
    this.handovers += 1;
    log.warn({ to: handOverTo, ...own }, "this coordinator is not well: it hands leadership over");
  }
}
