import { type FactBody, type PublicationAnswer, type PublicationRequest, type RunId, ShardwrightError } from "@shardwright/core";
import type { SchedulerState } from "./state.ts";

export interface PublicationDecision {
  readonly answer: PublicationAnswer;
  readonly facts: FactBody[];
}

/**
 * Gives the telling of a run's end to the first who asks. It stays theirs until they say that it is done, or for a while: who dies
 * before that does not keep the others from it, and may come again by the same name. Taking the run up again begins anew. Decides by
 * the tables: those before it must have been applied.
 * @throws ShardwrightError `not-found`
 */
export function decidePublication(
  { queries, clock, runs, options }: SchedulerState,
  run: RunId,
  { by, done = false }: PublicationRequest,
): PublicationDecision {
  const row = queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const refused = (answer: Omit<PublicationAnswer, "granted">) => ({ answer: { granted: false, ...answer }, facts: [] });
  if (runs.has(run) || row.status !== "ended") return refused({ done: false });
  const { publication: held } = row;
  if (held?.done === true) return refused({ done: true, by: held.by });
  const since_ms = held === null ? 0 : clock.now_ms() - held.at_ms;
  // Coordinators' clocks differ a little, and another one may lead by now; one that was set back far must not keep it any longer.
  const isSetBack = since_ms < -options.publication_ms;
  const again_ms = isSetBack ? 0 : Math.max(0, options.publication_ms - Math.max(0, since_ms));
  if (held !== null && held.by !== by && again_ms > 0) return refused({ done: false, by: held.by, again_ms });
  // Whose it no longer is has told too late: whose it is now will tell once more.
  if (done && held?.by !== by) return refused({ done: false, ...(held !== null && { by: held.by, again_ms }) });
  return {
    answer: { granted: true, done, by, ...(!done && { again_ms: options.publication_ms }) },
    facts: [{ type: "PublicationClaimed", run, by, done }],
  };
}
