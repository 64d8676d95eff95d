import { ShardwrightError } from "@shardwright/core";
import type { SimNode } from "../../packages/raft/sim/node.ts";
import type { Random } from "../../packages/raft/sim/random.ts";
import type { Customer, Place } from "../../packages/raft/sim/usage.ts";
import type { Coordinator } from "./coordinator.ts";

/** What came of a request: an answer, a refusal by its code, or nothing in time. */
export type Reply<T> =
  | { readonly kind: "answer"; readonly answer: T }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "silence" };

/** What those who ask coordinators have in common. */
export abstract class Asking implements Customer {
  readonly id: string;
  done = 0;
  isStopped = false;
  protected readonly place: Place;
  protected readonly random: Random;
  readonly #coordinatorOf: (node: SimNode) => Coordinator | undefined;
  #leader: string | undefined;

  constructor(id: string, place: Place, coordinatorOf: (node: SimNode) => Coordinator | undefined) {
    this.id = id;
    this.place = place;
    this.random = place.random(id);
    this.#coordinatorOf = coordinatorOf;
  }

  protected abstract live(): Promise<void>;

  begin(): void {
    this.live().catch((error: unknown) => this.place.broke(error));
  }

  protected pause(delay_ms: number): Promise<void> {
    return new Promise((resolve) => this.place.timeline.after(delay_ms, resolve));
  }

  /** Asks one coordinator once. */
  protected ask<T>(work: (coordinator: Coordinator) => Promise<T>, limit_ms: number): Promise<Reply<T>> {
    const { network, timeline } = this.place;
    const node = this.#choose();
    return new Promise((resolve) => {
      timeline.after(limit_ms, () => {
        this.#leader = undefined;
        resolve({ kind: "silence" });
      });
      if (node === undefined) return;
      network.send(this.id, node.id, () =>
        node.run(() => {
          const coordinator = this.#coordinatorOf(node);
          if (coordinator === undefined) return;
          void replyOf(work, coordinator).then((reply) => {
            // What a dead process would have said nobody hears.
            if (this.#coordinatorOf(node) !== coordinator || reply === undefined) return;
            const { leader } = coordinator.ledger.consensus;
            network.send(node.id, this.id, () => {
              this.#leader = reply.kind === "refused" ? leader : node.id;
              resolve(reply);
            });
          });
        }),
      );
    });
  }

  /** Asks until there is an answer, or a refusal that is final. @returns undefined when it is stopped before that */
  protected async insist<T>(
    work: (coordinator: Coordinator) => Promise<T>,
    isFinal: (code: string) => boolean = () => false,
  ): Promise<Exclude<Reply<T>, { kind: "silence" }> | undefined> {
    while (!this.isStopped) {
      const reply = await this.ask(work, this.random.between(200, 900));
      if (reply.kind === "answer" || (reply.kind === "refused" && isFinal(reply.code))) return reply;
      await this.pause(this.random.between(5, 80));
    }
    return undefined;
  }

  /** The one that led; else one that says it leads, or any. */
  #choose(): SimNode | undefined {
    const up = [...this.place.nodes.values()].filter((node) => this.#coordinatorOf(node) !== undefined);
    if (up.length === 0) return undefined;
    const known = up.find(({ id }) => id === this.#leader);
    if (known !== undefined && this.random.chance(0.9)) return known;
    const leaders = up.filter((node) => node.driver?.isLeader === true);
    return leaders.length > 0 && this.random.chance(0.7) ? this.random.pick(leaders) : this.random.pick(up);
  }
}

async function replyOf<T>(
  work: (coordinator: Coordinator) => Promise<T>,
  coordinator: Coordinator,
): Promise<Reply<T> | undefined> {
  try {
    return { kind: "answer", answer: await work(coordinator) };
  } catch (error) {
    return error instanceof ShardwrightError ? { kind: "refused", code: error.code } : undefined;
  }
}
