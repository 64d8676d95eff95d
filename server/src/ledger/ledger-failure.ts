import { ShardwrightError, reasonOf } from "@shardwright/core";
import { resultOf } from "./log-error.ts";

/** The failure after which nothing is acknowledged any more; the first one counts. */
export class LedgerFailure {
  #error: ShardwrightError | undefined;
  readonly #listeners: ((error: ShardwrightError) => void)[] = [];

  get error(): ShardwrightError | undefined {
    return this.#error;
  }

  /** Calls once, in the order of those who asked; at once when it has failed already: whoever comes late must not wait for ever. */
  listen(listener: (error: ShardwrightError) => void): void {
    this.#listeners.push(listener);
    if (this.#error !== undefined) listener(this.#error);
  }

  fail(error: Error): void {
    if (this.#error !== undefined) return;
    const failure =
      error instanceof ShardwrightError ? error : new ShardwrightError("ledger-failed", { reason: reasonOf(error) });
    this.#error = failure;
    for (const listener of this.#listeners) listener(failure);
  }

  /** Facts that are committed cannot be brought into the tables. */
  failToApply(error: unknown): void {
    if (error instanceof ShardwrightError && error.code === "version-too-old") return this.fail(error);
    const reason = `its facts could not be applied: ${resultOf(error).reason}`;
    this.fail(new ShardwrightError("ledger-failed", { reason }, { cause: error }));
  }
}
