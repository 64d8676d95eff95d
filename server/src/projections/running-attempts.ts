import type { RunId } from "@shardwright/core";
import type { HeldAttempt } from "./held-attempts.ts";

/** Attempts that are remembered. */
const limit = 10_000;

/**
 * The latest attempt of each task, while the tables have it as one that goes on: what its end needs of it has not to be read then. Nothing
 * depends on it but speed.
 */
export class RunningAttempts {
  readonly #runs = new Map<RunId, Map<number, HeldAttempt>>();
  #count = 0;

  written(one: HeldAttempt): void {
    if (this.#count >= limit) this.forget();
    let run = this.#runs.get(one.run);
    if (run === undefined) this.#runs.set(one.run, (run = new Map()));
    if (!run.has(one.task)) this.#count += 1;
    run.set(one.task, one);
  }

  /** The attempt, which goes on no longer; undefined when it is not known whether it did. */
  take(run: RunId, task: number, attempt: number): HeldAttempt | undefined {
    const one = this.#runs.get(run)?.get(task);
    if (one?.attempt !== attempt) return undefined;
    this.ended(run, task);
    return one;
  }

  /** Something else ended what goes on of a task. */
  ended(run: RunId, task: number): void {
    const of = this.#runs.get(run);
    if (of?.delete(task) !== true) return;
    this.#count -= 1;
    if (of.size === 0) this.#runs.delete(run);
  }

  forget(): void {
    this.#runs.clear();
    this.#count = 0;
  }
}
