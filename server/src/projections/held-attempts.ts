import type { RunId, WorkerId } from "@shardwright/core";

/** An attempt that was begun and is not written yet. */
export type HeldAttempt = {
  readonly run: RunId;
  readonly task: number;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly fence: number;
  /** 0 or 1. */
  readonly duplicate: number;
  /** Number of the attempt that it resumes. */
  readonly resumes: number | null;
  readonly leased_at_ms: number;
  readonly estimate_ms: number | null;
  /** Cases it has reported. */
  cases: number;
};

/** At most one attempt of each task that waits to be written, so that what comes next may be written with it. */
export class HeldAttempts {
  readonly #write: (one: HeldAttempt) => void;
  readonly #runs = new Map<RunId, Map<number, HeldAttempt>>();
  /** Tasks of which an attempt was held a moment ago, and may wait in a batch of rows. */
  readonly #fresh = new Map<RunId, Set<number>>();

  /** @param write as of one that goes on */
  constructor(write: (one: HeldAttempt) => void) {
    this.#write = write;
  }

  hold(one: HeldAttempt): void {
    this.release(one.run, one.task);
    let run = this.#runs.get(one.run);
    if (run === undefined) this.#runs.set(one.run, (run = new Map()));
    run.set(one.task, one);
  }

  /** The attempt, if it is held; another one of its task is written first. */
  of(run: RunId, task: number, attempt: number): HeldAttempt | undefined {
    const one = this.#runs.get(run)?.get(task);
    if (one === undefined || one.attempt === attempt) return one;
    this.release(run, task);
    return undefined;
  }

  /** The same, and no longer held. */
  take(run: RunId, task: number, attempt: number): HeldAttempt | undefined {
    const one = this.of(run, task, attempt);
    if (one !== undefined) this.#let(run, task);
    return one;
  }

  /** Writes what is held of a task. */
  release(run: RunId, task: number): void {
    const one = this.#runs.get(run)?.get(task);
    if (one === undefined) return;
    this.#let(run, task);
    this.#write(one);
  }

  releaseAll(): void {
    for (const held of this.#runs.values()) for (const one of held.values()) this.#write(one);
    this.#runs.clear();
  }

  dropAll(): void {
    this.#runs.clear();
    this.#fresh.clear();
  }

  /** Whether an attempt of the task was held since all rows were last inserted. */
  isFresh(run: RunId, task: number): boolean {
    return this.#fresh.get(run)?.has(task) === true;
  }

  flushed(): void {
    this.#fresh.clear();
  }

  #let(run: RunId, task: number): void {
    this.#runs.get(run)?.delete(task);
    let fresh = this.#fresh.get(run);
    if (fresh === undefined) this.#fresh.set(run, (fresh = new Set()));
    fresh.add(task);
  }
}
