import type { PendingQueue } from "./pending-queue.ts";

/** Tasks of one suite with equal requirements, which the asking worker meets. */
export interface DealQueue {
  readonly suite: string;
  readonly pending: PendingQueue;
  /** Slots of all live workers that could run these tasks, the asking one's included. */
  readonly slots: number;
}

export interface DealRequest {
  readonly queues: readonly DealQueue[];
  /** Suites for which the worker has a process ready. */
  readonly warm: ReadonlySet<string>;
  /** A batch is never planned longer than this. */
  readonly cap_ms: number;
  readonly count_limit: number;
}

export interface Deal {
  /** Index into the request's queues. */
  readonly queue: number;
  /** At least one; taken out of the queue. */
  readonly tasks: number[];
}

/** How far a warm suite's longest task may stay behind the longest of all and still be preferred. */
const closeEnough = 0.8;
/** So many times the longest task must be left for each slot before order matters less than a warm process. */
const plenty = 3;
/** Guided self-scheduling (Polychronopoulos and Kuck, 1987), with room: each batch is at most a third of a slot's share. */
const shares = 3;

/**
 * Takes the next batch for a worker: the longest expected task first, and after it the next ones of its queue while the batch stays
 * below the slot's third of what remains, so that batches are large at first and single at the end, and nothing waits for a long
 * batch when all else is done. Undefined when nothing waits.
 */
export function deal(request: DealRequest): Deal | undefined {
  const chosen = chooseQueue(request);
  const queue = request.queues[chosen ?? -1];
  if (chosen === undefined || queue === undefined) return undefined;
  const remaining_ms = request.queues.reduce((sum, { pending }) => sum + pending.total_ms, 0);
  const limit_ms = Math.min(request.cap_ms, remaining_ms / (shares * Math.max(1, queue.slots)));
  const tasks: number[] = [];
  let batch_ms = 0;
  for (;;) {
    const next = queue.pending.first();
    if (next === undefined) break;
    batch_ms += queue.pending.expected_ms(next);
    if (tasks.length > 0 && (batch_ms > limit_ms || tasks.length >= request.count_limit)) break;
    queue.pending.take();
    tasks.push(next);
  }
  return tasks.length === 0 ? undefined : { queue: chosen, tasks };
}

function chooseQueue({ queues, warm }: DealRequest): number | undefined {
  let best: number | undefined;
  let bestWarm: number | undefined;
  let best_ms = -1;
  let bestWarm_ms = -1;
  let spare_ms = 0;
  queues.forEach(({ suite, pending, slots }, index) => {
    const first = pending.first();
    if (first === undefined) return;
    spare_ms += pending.total_ms / Math.max(1, slots);
    const first_ms = pending.expected_ms(first);
    if (first_ms > best_ms) [best, best_ms] = [index, first_ms];
    if (warm.has(suite) && first_ms > bestWarm_ms) [bestWarm, bestWarm_ms] = [index, first_ms];
  });
  if (bestWarm === undefined) return best;
  return bestWarm_ms >= closeEnough * best_ms || spare_ms >= plenty * best_ms ? bestWarm : best;
}
