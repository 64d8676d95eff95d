/** A command with who sends it and which of theirs it is: sent again, it is not done again. */
export interface Command {
  readonly client: string;
  /** From 1 on, by one for each new command; a client has one under way at a time. */
  readonly sequence: number;
}

interface Session<Result> {
  readonly sequence: number;
  readonly result: Result;
}

/**
 * Makes commands take effect once (§6.3): part of the state that entries build, so that every node answers a repeated command alike.
 * A client that was not heard of for the longest time is forgotten when there are too many; by the order of entries, never by a clock.
 */
export class Sessions<Result> {
  readonly #limit: number;
  /** The one that was used last is last. */
  readonly #sessions: Map<string, Session<Result>>;

  constructor(limit: number, saved: readonly (readonly [string, Session<Result>])[] = []) {
    this.#limit = limit;
    this.#sessions = new Map(saved);
  }

  /**
   * @returns the answer of this command, which `run` gives unless it was given before; undefined for one that a later command of the
   * same client has overtaken
   */
  once({ client, sequence }: Command, run: () => Result): Result | undefined {
    const known = this.#sessions.get(client);
    if (known !== undefined && sequence < known.sequence) return undefined;
    const session = known?.sequence === sequence ? known : { sequence, result: run() };
    this.#sessions.delete(client);
    this.#sessions.set(client, session);
    if (this.#sessions.size > this.#limit) this.#sessions.delete(this.#sessions.keys().next().value ?? client);
    return session.result;
  }

  /** For a snapshot, in an order that the next one keeps. */
  save(): (readonly [string, Session<Result>])[] {
    return [...this.#sessions];
  }
}
