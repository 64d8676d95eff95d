import type { ClusterStatus } from "@shardwright/core";
import { type ChaosCluster, leading } from "./cluster.ts";

const look_ms = 50;
const missed_after_ms = 500;

/** Looks for a leader all the time, and how long there is none. */
export class LeaderWatch {
  /** The longest time without a leader, whatever the reason. */
  longest_ms = 0;
  /** The longest time without one while a majority of the voters was there and could reach each other. */
  longestWithMajority_ms = 0;
  readonly #cluster: ChaosCluster;
  #isOver = false;
  readonly #watching: Promise<void>;

  constructor(cluster: ChaosCluster) {
    this.#cluster = cluster;
    this.#watching = this.#watch();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    let led_ms = performance.now();
    let possible_ms = led_ms;
    let looked_ms = led_ms;
    while (!this.#isOver) {
      const began_ms = performance.now();
      // Whoever stops this process stops the coordinators as well, or keeps the machine from all of them.
      const missed_ms = began_ms - looked_ms > missed_after_ms ? began_ms - looked_ms : 0;
      led_ms += missed_ms;
      possible_ms += missed_ms;
      const statuses = await Promise.all(
        this.#cluster.members.map(async (member) => (member.isUp && !member.isPaused ? await member.status() : undefined)),
      );
      const now_ms = performance.now();
      looked_ms = now_ms;
      if (leading(statuses) !== -1) led_ms = now_ms;
      if (!this.#couldLead(statuses)) possible_ms = now_ms;
      this.longest_ms = Math.max(this.longest_ms, now_ms - led_ms);
      this.longestWithMajority_ms = Math.max(this.longestWithMajority_ms, now_ms - Math.max(led_ms, possible_ms));
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, look_ms - (now_ms - began_ms))));
    }
  }

  /** Whether some node reaches, and is reached by, a majority of the voters, itself among them. */
  #couldLead(statuses: readonly (ClusterStatus | undefined)[]): boolean {
    const { network, members } = this.#cluster;
    const known = statuses.filter((status) => status !== undefined).toSorted((one, other) => other.commit - one.commit);
    const voters = known[0]?.members.filter(({ role }) => role !== "learner").map(({ id }) => id) ?? [];
    const there = statuses.flatMap((status, at) => {
      const name = members[at]?.name;
      return status !== undefined && name !== undefined && voters.includes(status.id) ? [name] : [];
    });
    const isJoined = (one: string, other: string): boolean =>
      one === other || (network.stateOf(one, other) === "open" && network.stateOf(other, one) === "open");
    return there.some((one) => there.filter((other) => isJoined(one, other)).length > voters.length / 2);
  }
}
