import { type AttemptOutcome, resultsRequestSchema, resultsResponseSchema } from "@shardwright/core";

/** One attempt, as far as a worker was told that it is durable. */
export interface AcknowledgedAttempt {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
  /** How many of its cases. */
  cases: number;
  outcome?: AttemptOutcome;
}

/** What workers were told is durable: no coordinator may ever miss it. */
export class Acknowledged {
  readonly #attempts = new Map<string, AcknowledgedAttempt>();

  get attempts(): readonly AcknowledgedAttempt[] {
    return [...this.#attempts.values()];
  }

  /**
   * What is dropped because it is known already is acknowledged too: its first answer may have died with the coordinator that gave it.
   *
   * @param request the body of a report, and the answer that it got
   */
  add(request: Buffer, answer: Buffer): void {
    const { events } = resultsRequestSchema.parse(JSON.parse(request.toString("utf8")));
    const { dropped } = resultsResponseSchema.parse(JSON.parse(answer.toString("utf8")));
    const isDropped = new Set(dropped.filter(({ reason }) => reason !== "duplicate").map(({ index }) => index));
    events.forEach((event, index) => {
      if (isDropped.has(index) || event.type === "started" || event.type === "released") return;
      const { run, task, attempt } = event;
      const key = `${run} ${task} ${attempt}`;
      const known = this.#attempts.get(key) ?? { run, task, attempt, cases: 0 };
      this.#attempts.set(key, known);
      if (event.type === "cases") known.cases = Math.max(known.cases, event.first + event.cases.length);
      else {
        known.cases = event.cases;
        known.outcome = event.outcome;
      }
    });
  }
}
