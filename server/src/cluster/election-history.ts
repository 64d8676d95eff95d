import type { ElectionRecord } from "@shardwright/core";
import type { Message, NodeId, RaftEvent, Term } from "@shardwright/raft";
import type { Clock } from "../clock.ts";

/** Elections that are remembered, the latest ones. */
const kept = 20;

interface Leading {
  readonly id: NodeId;
  readonly term: Term;
}

/** Whom a leader follows, where it knew of one, and why that one leads no more. */
export interface Takeover {
  readonly after?: NodeId;
  readonly because: ElectionRecord["reason"];
}

/**
 * What one node saw of elections: how many, how each came about as far as this node can tell, and how long nobody led. Nothing is decided by it.
 */
export class ElectionHistory {
  /** Times this node asked whether it could win; elections that it held, won, and lost. */
  readonly counts = { asked: 0, started: 0, won: 0, lost: 0 };
  /** Times that somebody led who had not led, or in a later term. */
  leaderChanges = 0;
  /** Handovers that came to nothing. */
  transfersAborted = 0;
  /** When leadership was last handed over, or was to be. Monotonic. */
  handedOver_ms = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #own: NodeId;
  #records: ElectionRecord[] = [];
  #leading: Leading | undefined;
  #last: Leading | undefined;
  /** Who led before that one, and why it does not any more. */
  #before: Takeover = { because: "start" };
  /** When the last leader was lost, or this node started. Monotonic; undefined while there is a leader. */
  #leaderless_ms: number | undefined;
  #without_ms = 0;
  #reason: ElectionRecord["reason"] = "start";
  /** The election that this node holds. */
  #campaign: Term | undefined;
  #hasAsked = false;

  constructor(clock: Clock, own: NodeId) {
    this.#clock = clock;
    this.#own = own;
    this.#leaderless_ms = clock.monotonic_ms();
  }

  /** The latest elections, oldest first. */
  get records(): readonly ElectionRecord[] {
    return this.#records;
  }

  /** How long there was no leader, since this node started and as far as it knows. */
  get withoutLeader_ms(): number {
    return this.#without_ms + this.leaderless_ms;
  }

  /** How long there has been no leader now. */
  get leaderless_ms(): number {
    return this.#leaderless_ms === undefined ? 0 : this.#clock.monotonic_ms() - this.#leaderless_ms;
  }

  /** For this node as the leader, also where nobody has said yet that it is one. */
  get takeover(): Takeover {
    return this.#last?.id === this.#own ? this.#before : this.#takeoverFrom(this.#last);
  }

  /** For the consensus' events. */
  take(event: RaftEvent): void {
    switch (event.type) {
      case "became-candidate":
        this.#loseCampaign();
        if (event.phase === "pre") {
          this.counts.asked += 1;
          this.#hasAsked = true;
          return;
        }
        this.counts.started += 1;
        // Only who is told to by the leader itself holds one without asking first.
        if (!this.#hasAsked) this.#reason = "handover";
        this.#hasAsked = false;
        this.#campaign = event.term;
        return;
      case "became-leader":
        this.counts.won += 1;
        this.#campaign = undefined;
        return;
      case "became-follower":
        this.#hasAsked = false;
        this.#loseCampaign();
        return;
      case "quorum-lost":
        this.#reason = "no-quorum";
        return;
      case "transfer-aborted":
        this.transfersAborted += 1;
        return;
      case "snapshot-installed":
        return;
    }
  }

  /** A message came: a request for votes says when leadership is handed over. */
  heard(message: Message): void {
    if (message.type === "vote" && message.isTransfer) this.#reason = "handover";
  }

  /** This node hands over because it is not well. */
  handsOver(): void {
    this.handedOver_ms = this.#clock.monotonic_ms();
  }

  /** The process of the leader is known to be gone. */
  gone(): void {
    this.#reason = "process-gone";
  }

  /** Who leads now, as far as this node knows; called when that has changed. */
  leads(id: NodeId | undefined, term: Term): void {
    const now_ms = this.#clock.monotonic_ms();
    if (id === undefined) {
      if (this.#leading !== undefined) this.#leaderless_ms = now_ms;
      this.#leading = undefined;
      return;
    }
    const without_ms = this.leaderless_ms;
    this.#without_ms += without_ms;
    this.#leaderless_ms = undefined;
    this.#leading = { id, term };
    // It was only not heard for a while.
    if (this.#last?.id === id && this.#last.term === term) return;
    this.#before = this.#takeoverFrom(this.#last);
    this.#last = this.#leading;
    this.leaderChanges += 1;
    const outcome = id === this.#own ? "won" : "followed";
    this.#keep({ term, outcome, leader: id, reason: this.#reason, without_leader_ms: Math.round(without_ms) });
    this.#reason = "silence";
  }

  #takeoverFrom(last: Leading | undefined): Takeover {
    const because = this.#reason;
    return last === undefined || last.id === this.#own ? { because } : { after: last.id, because };
  }

  #loseCampaign(): void {
    if (this.#campaign === undefined) return;
    const term = this.#campaign;
    this.#campaign = undefined;
    this.counts.lost += 1;
    this.#keep({ term, outcome: "lost", reason: this.#reason, without_leader_ms: Math.round(this.leaderless_ms) });
  }

  #keep(record: Omit<ElectionRecord, "at">): void {
    if (record.reason === "handover") this.handedOver_ms = this.#clock.monotonic_ms();
    this.#records.push({ at: new Date(this.#clock.now_ms()).toISOString(), ...record });
    if (this.#records.length > kept) this.#records.shift();
  }
}
