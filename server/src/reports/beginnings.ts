import type { AttemptRow } from "../database/queries/tasks.ts";
import type { WorkerRow } from "../database/queries/workers.ts";

/**
 * When each attempt began, by the coordinator's clock. Tasks of a lease wait for one another: one began as long before its end as it
 * took, but, where it is known what ran before it in its slot, not before that had ended.
 */
export function beginningsOf(attempts: readonly AttemptRow[], workers: ReadonlyMap<string, WorkerRow>): Map<AttemptRow, number> {
  const slots = new Map<string, AttemptRow[]>();
  for (const attempt of attempts) {
    const { worker, fence } = attempt;
    const slot = workers.get(worker)?.slots === 1 ? worker : `${worker} ${fence}`;
    const known = slots.get(slot);
    if (known === undefined) slots.set(slot, [attempt]);
    else known.push(attempt);
  }
  const beginnings = new Map<AttemptRow, number>();
  for (const inSlot of slots.values()) {
    let free_ms = 0;
    for (const attempt of inSlot.toSorted((a, b) => (a.ended_at_ms ?? Infinity) - (b.ended_at_ms ?? Infinity))) {
      const { leased_at_ms, ended_at_ms, duration_ms } = attempt;
      const end_ms = ended_at_ms ?? Infinity;
      const began_ms = ended_at_ms === null ? 0 : ended_at_ms - duration_ms;
      beginnings.set(attempt, Math.min(end_ms, Math.max(leased_at_ms, free_ms, began_ms)));
      if (ended_at_ms !== null && hasRun(attempt)) free_ms = Math.max(free_ms, ended_at_ms);
    }
  }
  return beginnings;
}

/** What was handed back as it came kept its slot from nothing, though the one that ran there meanwhile ended later. */
function hasRun({ status, duration_ms }: AttemptRow): boolean {
  return status !== "released" || duration_ms > 0;
}
