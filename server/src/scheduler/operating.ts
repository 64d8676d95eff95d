import { type FactBody, ShardwrightError, type WorkerId, closedBreaker } from "@shardwright/core";
import { change } from "./breakers.ts";
import { health } from "./health.ts";
import { checkAllRequirements } from "./satisfiability.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** What an operator decides about a worker. What it runs goes on in any case. */

/** It is dealt nothing more, and told to leave. @throws ShardwrightError `worker-gone` */
export function drainWorker(state: SchedulerState, id: WorkerId): FactBody[] {
  const worker = presentWorker(state, id);
  if (worker.status === "draining") return [];
  const facts: FactBody[] = [{ type: "WorkerDraining", worker: id }];
  worker.status = "draining";
  state.generation += 1;
  for (const sink of worker.sinks) sink({ type: "drain" });
  for (const poll of worker.polls) poll.answer();
  checkAllRequirements(state, facts);
  return facts;
}

/** Its breaker is open for so long, as if it had failed too often. @throws ShardwrightError `worker-gone` */
export function quarantineWorker(state: SchedulerState, id: WorkerId, for_ms: number, reason: string): FactBody[] {
  const { name } = presentWorker(state, id);
  const facts: FactBody[] = [];
  const since_ms = state.clock.now_ms() + for_ms;
  change(state, "worker", name, ({ opens }) => ({ phase: "open", evidence: [reason], opens: opens + 1, since_ms }), facts);
  state.generation += 1;
  checkAllRequirements(state, facts);
  return facts;
}

/** Its breaker is closed, and what it was judged by is forgotten. @throws ShardwrightError `worker-gone` */
export function releaseWorker(state: SchedulerState, id: WorkerId): FactBody[] {
  const worker = presentWorker(state, id);
  const facts: FactBody[] = [];
  change(state, "worker", worker.name, () => closedBreaker, facts);
  worker.verdicts.length = 0;
  worker.goodInProbation = 0;
  if (worker.standing !== "well") {
    worker.standing = "well";
    facts.push({ type: "WorkerAssessed", worker: id, standing: "well", health: health(state, worker) });
  }
  state.generation += 1;
  checkAllRequirements(state, facts);
  return facts;
}

/** Whoever asks is not the worker itself: that it is there is nothing new. */
function presentWorker(state: SchedulerState, id: WorkerId): WorkerState {
  const worker = state.workers.get(id);
  if (worker === undefined) throw new ShardwrightError("worker-gone", { worker: id });
  return worker;
}
