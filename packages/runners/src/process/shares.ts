import type { Failure } from "@shardwright/core";
import { sharedEnvironment } from "./shared-environment.ts";

/** Something that outlives a session, and is put in order when no session needs it any more. */
export interface Shared {
  /** @returns what could not be put in order */
  close(): Promise<Failure | undefined>;
}

/** A session's part in what is shared. */
export interface Share<T> {
  readonly thing: T;
  /** To be called once. @returns what could not be put in order, if this was the last session */
  leave(): Promise<Failure | undefined>;
}

/** What the sessions of one suite, in one run and one process, have in common: made with the first of them, closed after the last. */
export class Shares<T extends Shared> {
  readonly #all = new Map<string, { readonly thing: T; members: number }>();
  /** What is being put in order: what comes in its place may want the same port. */
  readonly #closing = new Map<string, Promise<unknown>>();

  /**
   * @param environment of the session: those of one run that differ in no more than what tells slots apart have the same thing
   * @param suite tells suites apart; to be written as JSON
   * @param make what it sets up has to wait for `after`
   */
  join(environment: Readonly<Record<string, string>>, suite: unknown, make: (after: Promise<unknown>) => T): Share<T> {
    const key = JSON.stringify([environment["SHARDWRIGHT_RUN_ID"], suite, sharedEnvironment(environment)]);
    const shared = this.#all.get(key) ?? { thing: make(this.#closing.get(key) ?? Promise.resolve()), members: 0 };
    this.#all.set(key, shared);
    shared.members += 1;
    const leave = async () => {
      shared.members -= 1;
      if (shared.members > 0) return undefined;
      this.#all.delete(key);
      const closed = shared.thing.close();
      // One that was replaced before it was in order is waited for, too.
      const settled = Promise.allSettled([this.#closing.get(key), closed]).finally(() => {
        if (this.#closing.get(key) === settled) this.#closing.delete(key);
      });
      this.#closing.set(key, settled);
      return closed;
    };
    return { thing: shared.thing, leave };
  }
}
