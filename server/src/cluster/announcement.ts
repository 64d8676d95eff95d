import { type JoinRequest, ShardwrightError } from "@shardwright/core";
import { votersOf } from "@shardwright/raft";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { OtherCoordinators } from "./other-coordinators.ts";

const again_ms = 1000;

export interface AnnouncementOptions {
  readonly ledger: Pick<RaftLedger, "consensus" | "identity" | "role">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly others: Pick<OtherCoordinators, "askIn">;
  readonly isWitness: boolean;
  /** Wherever somebody may know the cluster. */
  readonly known: () => readonly string[];
  /** It was removed: it does not come back by itself. */
  readonly hasLeft: () => boolean;
  /** Notes where this node is, where it leads. */
  readonly admit: (request: JoinRequest) => Promise<void>;
  /** Called when the cluster will never take this node in. */
  readonly onRefused: (error: ShardwrightError) => void;
}

/** Tells the cluster where this node is, until the cluster knows. */
export class Announcement {
  readonly #options: AnnouncementOptions;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  begin(address: string): void {
    void this.#announce(address);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #announce(address: string): Promise<void> {
    const { ledger, clock, isWitness, hasLeft, admit, onRefused } = this.#options;
    const own = ledger.identity.node;
    const { consensus } = ledger;
    const { members } = consensus.log.configurationAt(consensus.commit);
    const isKnown = members.some((member) => member.id === own && member.address === address);
    if (isKnown || this.#isClosed || hasLeft()) return;
    const request: JoinRequest = { id: own, address, witness: isWitness };
    // A leader whose own address changed tells itself.
    if (ledger.role === "leader" && votersOf({ members }).length > 0) await admit(request).catch(() => {});
    else {
      const isMember = members.some(({ id }) => id === own);
      const refusal = await this.#askAll(request, isMember);
      if (refusal !== undefined) return onRefused(refusal);
    }
    if (!this.#isClosed) this.#timer = clock.after(again_ms, () => void this.#announce(address));
  }

  /** Asks one after the other until somebody takes it in. @returns why nobody ever will, if it is so */
  async #askAll(request: JoinRequest, isMember: boolean): Promise<ShardwrightError | undefined> {
    const { others, known, log } = this.#options;
    const tried = known().filter((each) => each !== request.address);
    const problems: string[] = [];
    for (const each of tried) {
      const problem = await others.askIn(each, request, isMember);
      if (problem === undefined) break;
      if (problem instanceof ShardwrightError) return problem;
      problems.push(`${each}: ${problem}`);
    }
    if (problems.length === tried.length) log.warn({ problems }, "no coordinator has taken this one in yet");
    return undefined;
  }
}
