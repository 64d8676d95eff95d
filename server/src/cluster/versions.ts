import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { NodeId } from "@shardwright/raft";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";

/**
 * How a coordinator says, when it connects to another and when it asks to be taken in, up to which version it can apply facts. A header, for
 * a program that does not know it passes it over.
 */
export const factsHeader = "shardwright-facts";

export function factsIn(header: string | readonly string[] | undefined): number {
  const [number] = /^[1-9]\d{0,8}$/.exec(String(header)) ?? [];
  return Number(number ?? 1);
}

export interface VersionsOptions {
  readonly ledger: RaftLedger;
  readonly clock: Clock;
  readonly log: Logger;
  /** The highest version of facts that this node can apply. */
  readonly own: number;
}

/** How often the leader looks whether newer facts may be written. */
const look_ms = 500;
/** A member that was silent for longer may come back as another program than it was. */
const there_ms = 10_000;

/**
 * Which facts the members can apply. What a member announced holds as long as its connection: a program is not replaced without ending it.
 * When all members that keep tables know facts of a higher version than the cluster has agreed on, the leader raises that by an entry
 * of the log, and who knows only older ones is not taken in any more.
 */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #announced = new Map<NodeId, { readonly facts: number }>();
  /** What is on its way into the log. */
  #raising = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** A member has connected. @returns what to call when that connection ends */
  connected(node: NodeId, facts: number): () => void {
    const announcement = { facts };
    this.#announced.set(node, announcement);
    return () => {
      // It may have connected anew before its former connection was seen to end.
      if (this.#announced.get(node) === announcement) this.#announced.delete(node);
    };
  }

  get own(): number {
    return this.#options.own;
  }

  /** The highest version of facts that a member can apply; undefined for one that is not connected. */
  of(node: NodeId): number | undefined {
    const { ledger, own } = this.#options;
    return node === ledger.identity.node ? own : this.#announced.get(node)?.facts;
  }

  /** @throws ShardwrightError `version-too-old` */
  refuseOlder(facts: number): void {
    const agreed = Math.max(this.#options.ledger.factVersion, this.#raising);
    if (facts < agreed) throw new ShardwrightError("version-too-old", { known: facts, agreed });
  }

  /** Looks now, and from now on again and again. */
  async begin(): Promise<void> {
    await this.#look();
    if (!this.#isClosed) this.#timer = this.#options.clock.after(look_ms, () => void this.begin());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { ledger, log } = this.#options;
    const version = this.#lowest();
    if (ledger.role !== "leader" || version <= ledger.factVersion) return;
    this.#raising = version;
    try {
      await ledger.raiseFactVersion(version);
      log.info({ facts: version }, "all members know newer facts: the cluster writes them from now on");
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, "the version of facts could not be raised now");
    } finally {
      this.#raising = 0;
    }
  }

  /** What every member can apply; 0 while that is not known. */
  #lowest(): number {
    const { ledger, clock } = this.#options;
    const own = ledger.identity.node;
    const { members } = ledger.consensus.log.configuration;
    // A witness has no tables.
    const known = members.flatMap(({ id, isWitness }) => {
      if (isWitness === true) return [];
      const isThere = id === own || clock.monotonic_ms() - (ledger.contacts.heard_ms(id) ?? Number.NEGATIVE_INFINITY) < there_ms;
      return [isThere ? (this.of(id) ?? 0) : 0];
    });
    return Math.min(...known, known.length === 0 ? 0 : Number.POSITIVE_INFINITY);
  }
}
