import type { RunId, WorkerId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import { toTask } from "../database/queries/tasks.ts";
import type { AttemptState, TaskState } from "./run-state.ts";

/**
 * The tasks of a run as its tables have them.
 * @param opened_at_ms when it was last opened
 */
export function restoredTasks(queries: Queries, run: RunId, opened_at_ms: number): Omit<TaskState, "group">[] {
  const cases = new Map(queries.tasks.runningCases(run).map((row) => [nameOf(row), row]));
  const duplicated = queries.tasks.duplicated(run, opened_at_ms);
  const bad = new Map<number, Set<WorkerId>>();
  for (const { task, worker } of queries.tasks.badWorkers(run, opened_at_ms)) {
    const known = bad.get(task);
    if (known === undefined) bad.set(task, new Set([worker]));
    else known.add(worker);
  }
  const current = new Map<number, AttemptState>();
  const beside = new Map<number, AttemptState>();
  for (const row of queries.tasks.speakingAttempts(run)) {
    const { attempt: number, worker, fence, status } = row;
    const reported = cases.get(nameOf(row));
    // Nobody wrote down which of a batch had begun: to be careful, all of them.
    const known = { number, worker, fence, status, started: true, hasFailed: (reported?.failed ?? 0) > 0 };
    (row.isCurrent ? current : beside).set(row.task, { ...known, cases: reported?.count ?? 0 });
  }
  return queries.tasks.ofRun(run).map((row) => {
    const attempt = current.get(row.task);
    // Of one that has ended, the task's own count is the attempt's.
    if (attempt !== undefined) attempt.cases = row.cases;
    return {
      spec: toTask(row),
      status: row.status,
      flaky: row.flaky,
      failedBefore: row.failed_before,
      failures: row.failures,
      losses: row.losses,
      recovery: row.recovery ?? undefined,
      badWorkers: bad.get(row.task) ?? new Set(),
      attempts: row.attempt,
      current: attempt,
      duplicate: beside.get(row.task),
      wasDuplicated: duplicated.has(row.task),
    };
  });
}

function nameOf({ task, attempt }: { readonly task: number; readonly attempt: number }): string {
  return `${task}.${attempt}`;
}
