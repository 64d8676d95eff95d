import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { RaftLedger } from "./ledger/raft-ledger.ts";
import { markRemoved } from "./ledger/removed-mark.ts";

/** Whether a member of a cluster can still keep what it promises, and why not. */
export class Standing {
  readonly #log: Logger;
  readonly #stateDir: string;
  readonly #failure = Promise.withResolvers<ShardwrightError>();
  #isOver = false;

  constructor(log: Logger, stateDir: string) {
    this.#log = log;
    this.#stateDir = stateDir;
  }

  /** Resolves when the process has to be ended. */
  get failed(): Promise<ShardwrightError> {
    return this.#failure.promise;
  }

  /** It takes no more work: it is being closed, or has failed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** It is being closed. */
  end(): void {
    this.#isOver = true;
  }

  watch(ledger: Pick<RaftLedger, "onFailure">): void {
    ledger.onFailure((error) => {
      this.#isOver = true;
      this.#log.fatal({ err: error }, "the ledger failed: nothing is acknowledged any more");
      this.refused(
        error instanceof ShardwrightError ? error : new ShardwrightError("ledger-failed", { reason: reasonOf(error) }),
      );
    });
  }

  /** The others do not take it. */
  refused(error: ShardwrightError): void {
    this.#failure.resolve(error);
  }

  /** It is no member any more, which its state directory remembers. */
  removed(error: ShardwrightError): void {
    this.#isOver = true;
    this.#log.fatal({ err: error }, "this coordinator was removed from its cluster");
    markRemoved(this.#stateDir, error);
    this.refused(error);
  }
}
