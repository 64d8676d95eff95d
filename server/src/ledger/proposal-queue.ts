import { type FactBody, ShardwrightError } from "@shardwright/core";
import type { Driver, Outcome } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import { Draft } from "./draft.ts";
import { errorOf } from "./outcome-error.ts";

export interface ProposalQueueOptions {
  readonly driver: Pick<Driver<number>, "isLeader" | "wouldTake" | "propose">;
  readonly clock: Clock;
  /** Does something once this turn is over. */
  readonly soon: (work: () => void) => void;
  /** Position of the last fact applied here. */
  readonly position: () => number;
  /** Called after each step of consensus that was taken here. */
  readonly settle: () => void;
}

/** Facts on their way from whoever appends them into the log, and the word back that they are there: submitted, proposed, acknowledged. */
export class ProposalQueue {
  readonly #options: ProposalQueueOptions;
  /** Entries that are not proposed yet. */
  #waiting: Draft[] = [];
  #isProposing = false;
  /** Entries that are proposed, of which it is not known what becomes of them. */
  readonly #unanswered = new Set<Draft>();
  /** What this node proposed itself, so that it need not be read again when it is applied. */
  readonly #proposed = new WeakMap<Uint8Array, Draft>();
  /** Appends that are under way. */
  readonly #open = new Set<Promise<number>>();
  #failure: ShardwrightError | undefined;

  constructor(options: ProposalQueueOptions) {
    this.#options = options;
  }

  /** Appends that are under way. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes facts in, in the order of the calls.
   * @returns the position of the last one once it is applied here; without facts, once all are applied that were appended before
   */
  append(bodies: readonly FactBody[]): Promise<number> {
    if (bodies.length === 0) return Promise.all(this.#open).then(() => this.#options.position());
    const promise = this.#draft().add(bodies);
    this.#open.add(promise);
    const forget = () => this.#open.delete(promise);
    promise.then(forget, forget);
    // What many requests decide in one turn is proposed together.
    if (!this.#isProposing) this.#proposeSoon();
    return promise;
  }

  /** Resolves when it is known of all that is under way now what became of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  /** The draft of an entry that was proposed here; it is given away once. */
  take(data: Uint8Array): Draft | undefined {
    const draft = this.#proposed.get(data);
    // The log keeps its entries for long, and must not keep what was read of them as well.
    this.#proposed.delete(data);
    return draft;
  }

  /** Proposes what waits, as soon as it would be taken; to be called after each step. */
  look(): void {
    if (this.#waiting.length > 0 && !this.#isProposing && !this.#mustWait) this.#proposeSoon();
  }

  /** Whoever waits is told now that this node leads no more: it may be long until it is known what became of it. */
  loseLeadership(): void {
    for (const draft of this.#unanswered) draft.fail(new ShardwrightError("leadership-lost"));
    this.#unanswered.clear();
    for (const draft of this.#waiting.splice(0)) draft.fail(new ShardwrightError("no-leader"));
  }

  /** Nothing is acknowledged from now on. */
  fail(failure: ShardwrightError): void {
    this.#failure = failure;
    for (const draft of [...this.#unanswered, ...this.#waiting.splice(0)]) draft.fail(failure);
    this.#unanswered.clear();
  }

  /** The entry that what is appended now comes into. */
  #draft(): Draft {
    const { clock } = this.#options;
    const at_ms = clock.now_ms();
    const last = this.#waiting.at(-1);
    if (last?.takes(at_ms) === true) return last;
    const draft = new Draft(at_ms, clock.monotonic_ms());
    this.#waiting.push(draft);
    return draft;
  }

  #proposeSoon(): void {
    this.#isProposing = true;
    this.#options.soon(() => this.#propose());
  }

  #propose(): void {
    this.#isProposing = false;
    if (this.#waiting.length === 0 || this.#mustWait) return;
    const together = this.#waiting;
    this.#waiting = [];
    for (const draft of together) {
      this.#unanswered.add(draft);
      this.#proposed.set(draft.data, draft);
    }
    const { driver, settle } = this.#options;
    driver.propose(
      together.map(({ data }) => data),
      (outcome) => this.#answer(together, outcome),
    );
    settle();
  }

  #answer(together: readonly Draft[], outcome: Outcome<number>): void {
    const error = this.#failure ?? (outcome.kind === "applied" ? undefined : errorOf(outcome));
    together.forEach((draft, at) => {
      this.#unanswered.delete(draft);
      const position = outcome.kind === "applied" ? outcome.results[at] : undefined;
      if (position === undefined) draft.fail(error ?? new ShardwrightError("leadership-lost"));
      else draft.applied(position);
    });
  }

  /**
   * Nothing is taken while leadership is handed over, or while too much waits for a majority. Who decided it remembers it as done: it waits
   * until somebody else leads, or until it can be proposed.
   */
  get #mustWait(): boolean {
    const { driver } = this.#options;
    return driver.isLeader && !driver.wouldTake(this.#waiting.map(({ data }) => data));
  }
}
