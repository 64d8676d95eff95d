import {
  type FactBody,
  type JudgementAnswer,
  type JudgementRequest,
  type PublicationAnswer,
  type PublicationRequest,
  type RunId,
  reasonOf,
} from "@shardwright/core";
import { decideJudgement, unjoinedRuns } from "./judgement.ts";
import { decidePublication } from "./publication.ts";
import type { SchedulerState } from "./state.ts";

/** How often it is looked for runs whose coverage nobody joins. */
const unjoinedEvery_ms = 60_000;

/** What is said of runs that have ended. It is decided by the tables, so what is said of one run waits for what was said of it before. */
export class EndedRuns {
  readonly #state: SchedulerState;
  /** What is under way: until its fact is applied, the tables do not have it. */
  readonly #saying = new Map<RunId, Promise<void>>();
  /** When it was looked last for runs whose coverage nobody joins. Monotonic. */
  #lookedForUnjoined_ms = Number.NEGATIVE_INFINITY;

  constructor(state: SchedulerState) {
    this.#state = state;
  }

  /** @throws ShardwrightError `not-found` */
  publication(run: RunId, request: PublicationRequest): Promise<PublicationAnswer> {
    return this.#say(run, () => decidePublication(this.#state, run, request));
  }

  /** @throws ShardwrightError `not-found` */
  judgement(run: RunId, request: JudgementRequest): Promise<JudgementAnswer> {
    return this.#say(run, () => decideJudgement(this.#state, run, request));
  }

  /** Nobody waits for ever for what somebody else was to say. May be called often; never rejects. */
  async judgeUnjoined(): Promise<void> {
    const { clock, log } = this.#state;
    if (clock.monotonic_ms() - this.#lookedForUnjoined_ms < unjoinedEvery_ms) return;
    this.#lookedForUnjoined_ms = clock.monotonic_ms();
    try {
      const { runs, said } = unjoinedRuns(this.#state);
      for (const run of runs) await this.judgement(run, said);
    } catch (error) {
      log.info({ reason: reasonOf(error) }, "runs whose coverage nobody joins could not be judged: it is tried again");
    }
  }

  async #say<T>(run: RunId, decide: () => { readonly answer: T; readonly facts: readonly FactBody[] }): Promise<T> {
    const before = () => this.#saying.get(run) ?? this.#state.leaving.get(run);
    for (let pending = before(); pending !== undefined; pending = before()) await pending;
    const { answer, facts } = decide();
    if (facts.length === 0) return answer;
    const durable = this.#state.record(facts);
    const forget = () => void this.#saying.delete(run);
    this.#saying.set(run, durable.then(forget, forget));
    await durable;
    return answer;
  }
}
