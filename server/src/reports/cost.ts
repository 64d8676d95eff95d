import type { RunReport } from "@shardwright/core";
import type { RunRow } from "../database/queries/runs.ts";
import type { AttemptRow } from "../database/queries/tasks.ts";
import type { WorkerRow } from "../database/queries/workers.ts";

export interface CostInput {
  readonly row: Pick<RunRow, "opened_at_ms">;
  readonly attempts: readonly Pick<AttemptRow, "task" | "worker" | "leased_at_ms" | "ended_at_ms" | "duration_ms" | "status">[];
  readonly workers: readonly Pick<WorkerRow, "id" | "status" | "slots" | "registered_at_ms" | "gone_at_ms">[];
  readonly ended_at_ms: number;
}

/**
 * What the run took since it was last opened, against the least it could have taken with these slots: the longest task, or the whole
 * work shared evenly, whichever is more (Graham's bounds). Only each task's last attempt, the one that counts, is work that had to be done;
 * the others count as test time.
 */
export function costOf({ row, attempts, workers, ended_at_ms }: CostInput): RunReport["cost"] {
  const recent = attempts.filter(({ leased_at_ms }) => leased_at_ms >= row.opened_at_ms);
  const needed = new Map(
    recent
      .filter(({ status }) => status !== "released" && status !== "superseded")
      .map(({ task, duration_ms }) => [task, duration_ms]),
  );
  const longest_ms = [...needed.values()].reduce((longest, duration_ms) => Math.max(longest, duration_ms), 0);
  const total_ms = [...needed.values()].reduce((sum, duration_ms) => sum + duration_ms, 0);
  const slots = mostSlots(workers, attempts);
  return {
    makespan_ms: Math.max(0, ended_at_ms - row.opened_at_ms),
    ideal_ms: slots === 0 ? 0 : Math.max(longest_ms, total_ms / slots),
    test_time_ms: recent.reduce((sum, { duration_ms }) => sum + duration_ms, 0),
    slots,
  };
}

/**
 * The most slots that were there at one time: a worker that replaced a lost one adds none. When a worker was lost is noticed later than
 * it happened; the last it was heard of is its last lease or result.
 */
function mostSlots(workers: CostInput["workers"], attempts: CostInput["attempts"]): number {
  const heard = new Map<string, number>();
  for (const { worker, status, leased_at_ms, ended_at_ms } of attempts) {
    const isWord = !["lost", "released", "superseded"].includes(status);
    heard.set(worker, Math.max(heard.get(worker) ?? 0, leased_at_ms, isWord ? (ended_at_ms ?? 0) : 0));
  }
  const changes = workers.flatMap(({ id, status, slots, registered_at_ms, gone_at_ms }) => {
    const until_ms = status === "lost" ? (heard.get(id) ?? registered_at_ms) : (gone_at_ms ?? Infinity);
    return [
      { at_ms: registered_at_ms, slots },
      { at_ms: Math.max(registered_at_ms, until_ms), slots: -slots },
    ];
  });
  // At one moment, those who go go first.
  changes.sort((a, b) => a.at_ms - b.at_ms || a.slots - b.slots);
  let now = 0;
  let most = 0;
  for (const { slots } of changes) {
    now += slots;
    most = Math.max(most, now);
  }
  return most;
}
