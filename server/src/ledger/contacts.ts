import type { NodeId, RaftEvent } from "@shardwright/raft";
import type { Clock } from "../clock.ts";

/** When the other members were last heard. All times are of the clock that does not go back. */
export class Contacts {
  readonly #clock: Clock;
  readonly #heard = new Map<NodeId, number>();
  /** When this node won the term that it leads. */
  #led_ms: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hear(id: NodeId): void {
    this.#heard.set(id, this.#clock.monotonic_ms());
  }

  /** Undefined for one that was never heard. */
  heard_ms(id: NodeId): number | undefined {
    return this.#heard.get(id);
  }

  isHeardWithin(id: NodeId, duration_ms: number): boolean {
    return this.#isHeardSince(id, this.#clock.monotonic_ms() - duration_ms);
  }

  /** Whether this node leads, and the member has been heard since. */
  isHeardByLeader(id: NodeId): boolean {
    return this.#led_ms !== undefined && this.#isHeardSince(id, this.#led_ms);
  }

  note(event: RaftEvent): void {
    if (event.type === "became-leader") this.#led_ms = this.#clock.monotonic_ms();
    else if (event.type === "became-follower") this.#led_ms = undefined;
  }

  #isHeardSince(id: NodeId, time_ms: number): boolean {
    return (this.#heard.get(id) ?? Number.NEGATIVE_INFINITY) >= time_ms;
  }
}
