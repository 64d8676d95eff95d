import { type RunId, ShardwrightError } from "@shardwright/core";
import type { Clock } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { Answer, Reader } from "./reader.ts";

/** Answers that are kept: many look at the same few runs. */
const kept = 16;
/** How long an answer is good for while the run goes on, at least, and as a multiple of how long it took to make. */
const leastAge_ms = 2000;
const ageFactor = 20;

interface Kept {
  readonly answer: Promise<Answer>;
  /** Undefined while the run goes on. */
  readonly end: string | undefined;
  /** By a clock that only goes forward. */
  goodUntil_ms: number;
}

interface Parts {
  readonly queries: Queries;
  readonly reader: Reader;
  readonly clock: Clock;
}

const known = new WeakMap<Queries, Map<RunId, Kept>>();

/**
 * Why a run is not green. To find out, all of its cases are read: so it is found out once for all who ask within a while, and while the run
 * goes on never so often that it takes a coordinator more than a twentieth of its time.
 * @throws ShardwrightError `not-found`
 */
export function answerFailures({ queries, reader, clock }: Parts, run: RunId): Promise<Answer> {
  const row = queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const answers = known.get(queries) ?? new Map<RunId, Kept>();
  known.set(queries, answers);
  const { ended_position, verdict, reason } = row;
  const end = ended_position === null ? undefined : JSON.stringify([ended_position, verdict, reason]);
  const earlier = answers.get(run);
  if (earlier !== undefined && earlier.end === end && clock.monotonic_ms() < earlier.goodUntil_ms) return earlier.answer;
  const begun_ms = clock.monotonic_ms();
  const answer = reader.ask({ of: "failures", run });
  const entry: Kept = { answer, end, goodUntil_ms: Infinity };
  answers.delete(run);
  answers.set(run, entry);
  answer.then(
    () => {
      const now_ms = clock.monotonic_ms();
      if (end === undefined) entry.goodUntil_ms = now_ms + Math.max(leastAge_ms, (now_ms - begun_ms) * ageFactor);
    },
    () => answers.delete(run),
  );
  for (const oldest of [...answers.keys()].slice(0, -kept)) answers.delete(oldest);
  return answer;
}
