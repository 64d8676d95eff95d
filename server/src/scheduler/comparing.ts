import { type FactBody, afterBreakerFailure, blameFor, isOfTest } from "@shardwright/core";
import { breakerOf, change } from "./breakers.ts";
import { type Ended, refOf } from "./doubts.ts";
import type { RunState } from "./run-state.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/**
 * A file has passed that failed elsewhere: it speaks against the workers on which nothing has passed since it failed there.
 * @returns those whose breakers open with that
 */
export function noteOutdone(
  state: SchedulerState,
  { run, task, index, attempt }: Ended,
  facts: FactBody[],
): readonly WorkerState[] {
  const ref = refOf(run, index);
  const now_ms = state.clock.now_ms();
  const step = (breaker: ReturnType<typeof breakerOf>) => afterBreakerFailure(breaker, ref, now_ms, state.options.breakers);
  const others = [...task.badWorkers].filter((id) => id !== attempt.worker).flatMap((id) => state.workers.get(id) ?? []);
  return others.filter((other) => other.failing.has(ref) && change(state, "worker", other.name, step, facts));
}

/**
 * Of tasks that passed in the end, those that failed nowhere but on workers that were quarantined, after all that passed there before that:
 * the workers made them fail.
 */
export function excusedByQuarantine(state: SchedulerState, run: RunState, tasks: readonly number[]): number[] {
  if (state.breakers.size === 0) return [];
  const attempts = state.queries.tasks.attempts(run.id);
  const soundUntil_ms = new Map<string, number>();
  const trustedFrom_ms = (id: string) => {
    const name = state.workers.get(id)?.name ?? state.queries.workers.byId(id)?.name ?? "";
    const { opens, since_ms } = breakerOf(state, "worker", name);
    return opens === 0 ? undefined : since_ms;
  };
  for (const { worker, status, ended_at_ms } of attempts)
    if (status === "passed" && (ended_at_ms ?? 0) < (trustedFrom_ms(worker) ?? 0))
      soundUntil_ms.set(worker, Math.max(soundUntil_ms.get(worker) ?? 0, ended_at_ms ?? 0));
  const isExcused = ({ worker, ended_at_ms }: (typeof attempts)[number]) =>
    (ended_at_ms ?? 0) >= (soundUntil_ms.get(worker) ?? 0) && (ended_at_ms ?? 0) < (trustedFrom_ms(worker) ?? 0);
  const charged = attempts.filter(({ status, failure, recovery }) => {
    const isBad = status === "failed" || status === "errored";
    return isBad && isOfTest(recovery) && blameFor(failure?.kind ?? "assertion").test;
  });
  return tasks.filter((index) => charged.every((attempt) => attempt.task !== index || isExcused(attempt)));
}
