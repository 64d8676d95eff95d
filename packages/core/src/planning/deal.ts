import type { PendingQueue } from "./pending-queue.ts";
import { type OtherSlot, commonEnd_ms } from "./slots.ts";

/** Tasks that wait, longest first, to be looked at; `PendingQueue` says more of each. */
export type WaitingTasks = Pick<PendingQueue, "size" | "total_ms" | "duration_ms" | "has" | "first" | "after">;

/** Tasks of one suite with equal requirements, which the asking worker meets. */
export interface DealQueue<Pending extends WaitingTasks = PendingQueue> {
  readonly suite: string;
  /** By what the tasks should take on the asking worker's hardware class. */
  readonly pending: Pending;
  /** Slots of all live workers that could run these tasks, the asking one's included. */
  readonly slots: number;
  /** Longer tasks are left to others; no bound when absent. */
  readonly atMost_ms?: number;
}

export interface DealRequest<Pending extends WaitingTasks = PendingQueue> {
  readonly queues: readonly DealQueue<Pending>[];
  /** Suites for which the worker has a process ready. */
  readonly warm: ReadonlySet<string>;
  /** A batch is never planned longer than this. */
  readonly cap_ms: number;
  readonly count_limit: number;
  /** How slow the worker is within its class; 1 when absent. */
  readonly pace?: number;
  /** The other slots, where they are not all alike. */
  readonly others?: () => readonly OtherSlot[];
}

export interface Deal {
  /** Index into the request's queues. */
  readonly queue: number;
  /** At least one. */
  readonly tasks: readonly number[];
}

type AnyRequest = DealRequest<WaitingTasks>;

/** One task that waits, and its place among the request's queues. */
interface Choice {
  readonly queue: number;
  readonly task: number;
}

/** Longest batch, and most tasks of one, by which the coordinator deals. */
export const batchLimits = { cap_ms: 2000, count_limit: 64 } as const;
/** How far a warm suite's longest task may stay behind the longest of all and still be preferred. */
const closeEnough = 0.8;
/** So many times the longest task must be left for each slot before order matters less than a warm process. */
const plenty = 3;
/** Guided self-scheduling (Polychronopoulos and Kuck, 1987), with room: each batch is at most a third of a slot's share. */
const shares = 3;
/** A task this many times shorter than all that is left will not be the last to end, whoever runs it. */
const harmless = 3;
/** So many tasks are looked through for one that the worker should not leave to the others. */
const lookedThrough = 64;

/** Takes the next batch for a worker out of its queue. */
export function deal(request: DealRequest): Deal | undefined {
  const chosen = chooseBatch(request);
  for (const task of chosen?.tasks ?? []) request.queues[chosen?.queue ?? -1]?.pending.remove(task);
  return chosen;
}

/**
 * Chooses the next batch for a worker: the longest task first, and after it the next ones of its queue while the batch stays below the slot's
 * third of what remains, so that batches are large at first and single at the end, and nothing waits for a long batch when all else is
 * done. Where slots differ, a task that may be the last to end goes only to the slot that should end it first. Undefined when nothing
 * waits, or when the worker had better leave all that does to others.
 */
export function chooseBatch(request: AnyRequest): Deal | undefined {
  const first = firstOf(request);
  const chosen = request.queues[first?.queue ?? -1];
  if (first === undefined || chosen === undefined) return undefined;
  const { pending, slots } = chosen;
  const { pace = 1, cap_ms, count_limit } = request;
  const limit_ms = Math.min(cap_ms, chosen.atMost_ms ?? cap_ms, whole_ms(request) / (shares * Math.max(1, slots)));
  const tasks = [first.task];
  let batch_ms = pace * pending.duration_ms(first.task);
  for (let next = pending.after(first.task); next !== undefined; next = pending.after(next)) {
    batch_ms += pace * pending.duration_ms(next);
    if (batch_ms > limit_ms || tasks.length >= count_limit) break;
    tasks.push(next);
  }
  return { queue: first.queue, tasks };
}

/** The task that a worker would be dealt first, left where it is. */
export function firstOf(request: AnyRequest): Choice | undefined {
  const longest = longestOf(request);
  if (longest === undefined || request.others === undefined) return longest;
  const others = request.others();
  const end_ms = commonEnd_ms(whole_ms(request), others);
  return harmless * here_ms(request, longest) <= end_ms ? longest : soonestHere(request, others);
}

/**
 * Gives what waits, longest first, to whichever slot would end it first, until the asking one gets something. Undefined when the others
 * would end all of it sooner. Source: O. H. Ibarra and C. E. Kim, "Heuristic Algorithms for Scheduling Independent Tasks on Nonidentical
 * Processors" (1977).
 */
function soonestHere(request: AnyRequest, others: readonly OtherSlot[]): Choice | undefined {
  const heads = request.queues.map((queue) => headOf(request, queue));
  const free_ms = others.map((slot) => slot.free_ms);
  for (let count = 0; count < lookedThrough; count += 1) {
    const longest = longestHead(request, heads);
    if (longest === undefined) return undefined;
    let best: number | undefined;
    let best_ms = here_ms(request, longest);
    others.forEach((slot, index) => {
      const end_ms = (free_ms[index] ?? 0) + slot.duration_ms(longest.task);
      if (end_ms < best_ms) [best, best_ms] = [index, end_ms];
    });
    if (best === undefined) return longest;
    free_ms[best] = best_ms;
    heads[longest.queue] = request.queues[longest.queue]?.pending.after(longest.task);
  }
  return undefined;
}

function longestHead(request: AnyRequest, heads: readonly (number | undefined)[]): Choice | undefined {
  let longest: Choice | undefined;
  let longest_ms = -1;
  heads.forEach((task, queue) => {
    if (task === undefined) return;
    const task_ms = here_ms(request, { queue, task });
    if (task_ms > longest_ms) [longest, longest_ms] = [{ queue, task }, task_ms];
  });
  return longest;
}

/** The longest task of all, or that of a warm suite where it matters little. */
function longestOf(request: AnyRequest): Choice | undefined {
  const { queues, warm } = request;
  let best: Choice | undefined;
  let bestWarm: Choice | undefined;
  let best_ms = -1;
  let bestWarm_ms = -1;
  let spare_ms = 0;
  queues.forEach((each, queue) => {
    const { suite, pending, slots } = each;
    const task = headOf(request, each);
    if (task === undefined) return;
    spare_ms += pending.total_ms / Math.max(1, slots);
    const task_ms = pending.duration_ms(task);
    if (task_ms > best_ms) [best, best_ms] = [{ queue, task }, task_ms];
    if (warm.has(suite) && task_ms > bestWarm_ms) [bestWarm, bestWarm_ms] = [{ queue, task }, task_ms];
  });
  if (bestWarm === undefined) return best;
  return bestWarm_ms >= closeEnough * best_ms || spare_ms >= plenty * best_ms ? bestWarm : best;
}

/** The longest task of a queue that the asking worker may take. */
function headOf({ pace = 1 }: AnyRequest, { pending, atMost_ms }: DealQueue<WaitingTasks>): number | undefined {
  return atMost_ms === undefined ? pending.first() : pending.first(atMost_ms / pace);
}

/** What the asking worker would take for a task. */
function here_ms({ queues, pace = 1 }: AnyRequest, { queue, task }: Choice): number {
  return pace * (queues[queue]?.pending.duration_ms(task) ?? 0);
}

/** What it would take for all that waits. */
function whole_ms({ queues, pace = 1 }: AnyRequest): number {
  return pace * queues.reduce((sum, { pending }) => sum + pending.total_ms, 0);
}
