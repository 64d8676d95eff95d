import {
  type FactBody,
  type JudgementAnswer,
  type JudgementRequest,
  type RunId,
  ShardwrightError,
  judgementVerdictSchema,
  outweighs,
} from "@shardwright/core";
import type { SchedulerState } from "./state.ts";

export interface JudgementDecision {
  readonly answer: JudgementAnswer;
  readonly facts: FactBody[];
}

/** Runs that are given up at once; the others a moment later. */
const unjoinedAtOnce = 100;

/**
 * Takes what a run's coverage comes to from one who has joined it. Of several, one that found too little is believed, and one that could not
 * join it gives way to one that could. A run that has not passed, is not measured, or goes on again, stays as it is. Decides by the tables: those
 * before it must have been applied.
 * @throws ShardwrightError `not-found`
 */
export function decideJudgement(
  { queries, runs }: SchedulerState,
  run: RunId,
  { verdict, reason }: JudgementRequest,
): JudgementDecision {
  const row = queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  if (runs.has(run) || row.status !== "ended") return { answer: { judged: false, changed: false }, facts: [] };
  const stands = { ...(row.verdict !== null && { verdict: row.verdict }) };
  if (row.coverage === null) return { answer: { judged: false, changed: false, ...stands }, facts: [] };
  const before = row.coverage === "judged" ? judgementVerdictSchema.safeParse(row.verdict).data : undefined;
  if (before !== undefined && !outweighs(verdict, before))
    return { answer: { judged: true, changed: false, ...stands }, facts: [] };
  return { answer: { judged: true, changed: true, verdict }, facts: [{ type: "RunJudged", run, verdict, reason }] };
}

/** What is said of runs whose coverage nobody has joined for too long: whoever watched them is gone. */
export function unjoinedRuns({ queries, clock, options }: SchedulerState): {
  readonly runs: RunId[];
  readonly said: JudgementRequest;
} {
  const limit_ms = options.coverage_ms;
  const reason = `Nobody has joined the coverage of its tests within ${Math.round(limit_ms / 60_000)} minutes.`;
  return { runs: queries.runs.awaitedSince(clock.now_ms() - limit_ms, unjoinedAtOnce), said: { verdict: "errored", reason } };
}
