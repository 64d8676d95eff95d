import { ShardwrightError } from "@shardwright/core";
import type { Ledger } from "./ledger/ledger.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";

/** The scheduler runs on the leader alone: it is made when leadership is won, from the tables, and gone when it is lost. */
export class Leadership {
  #scheduler: Scheduler | undefined;
  #isDraining = false;
  readonly #make: () => Scheduler;

  constructor(ledger: Ledger, make: () => Scheduler) {
    this.#make = make;
    ledger.onRoleChange((role) => {
      if (role === "leader") this.#begin();
      else this.#end();
    });
    if (ledger.role === "leader") this.#begin();
  }

  /** @throws ShardwrightError `no-leader` where another node leads, or none */
  get scheduler(): Scheduler {
    if (this.#scheduler === undefined) throw new ShardwrightError("no-leader");
    return this.#scheduler;
  }

  get current(): Scheduler | undefined {
    return this.#scheduler;
  }

  /** Deals nothing more; what it would take up later as well. */
  drain(): void {
    this.#isDraining = true;
    this.#scheduler?.drain();
  }

  close(): void {
    this.#isDraining = true;
    this.#end();
  }

  #begin(): void {
    if (this.#isDraining) return;
    this.#end();
    this.#scheduler = this.#make();
    this.#scheduler.lead();
  }

  #end(): void {
    this.#scheduler?.close();
    this.#scheduler = undefined;
  }
}
