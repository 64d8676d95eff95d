import { type Driver, type NodeId, votersOf } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import type { Contacts } from "./contacts.ts";
import type { RoleWatch } from "./role-watch.ts";
import { successors } from "./successors.ts";

/** How long a leader that leaves waits for somebody to take over. */
export const handover_ms = 1500;

export interface HandoverOptions {
  readonly driver: Pick<Driver<number>, "state" | "transfer">;
  readonly roles: RoleWatch;
  readonly contacts: Contacts;
  readonly clock: Clock;
  /** Who was not heard for this long is not asked. */
  readonly silence_ms: number;
  /** Called after each step of consensus that was taken here. */
  readonly settle: () => void;
}

/** Lets somebody else lead: on demand, before this node leaves, and while its disk does not answer. */
export class Handover {
  readonly #options: HandoverOptions;
  /** How often somebody else was asked to lead since the disk has not answered. */
  #asked = 0;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** @returns why leadership cannot be handed over, if it cannot */
  transfer(to?: NodeId): string | undefined {
    const { driver, settle } = this.#options;
    const refusal = driver.transfer(to);
    settle();
    return refusal;
  }

  /** Lets another member lead, if this one does and there is one. Resolves when that is done, or will not be. */
  async handOver(): Promise<void> {
    const { driver, roles, clock } = this.#options;
    if (roles.role !== "leader" || votersOf(driver.state.log.configuration).length < 2) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(handover_ms, resolve);
      roles.onChange(() => {
        timer.cancel();
        resolve();
      });
      if (this.transfer() !== undefined) resolve();
    });
  }

  /**
   * The disk has not answered for too long, and again each time as much has passed. What this node proposes may be committed by the others,
   * but it applies and acknowledges nothing that is not on its own disk: somebody whose disk answers has to lead. Nobody need vote here for
   * that.
   */
  stalled(): void {
    const { driver, contacts, silence_ms } = this.#options;
    const others = successors(driver.state, (id) => contacts.isHeardWithin(id, silence_ms));
    // Another one each time: the disk of the first may be the same.
    const next = others[this.#asked % Math.max(1, others.length)];
    if (next === undefined) return;
    this.#asked += 1;
    this.transfer(next);
  }

  /** The disk has answered. */
  answered(): void {
    this.#asked = 0;
  }
}
