import type { RunId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import { toTask } from "../database/queries/tasks.ts";
import type { TaskState } from "./run-state.ts";

/** The tasks of a run as its tables have them. */
export function restoredTasks(queries: Queries, run: RunId): Omit<TaskState, "group">[] {
  const latest = new Map(queries.tasks.latestAttempts(run).map((attempt) => [attempt.task, attempt]));
  return queries.tasks.ofRun(run).map((row) => {
    const attempt = latest.get(row.task);
    return {
      spec: toTask(row),
      status: row.status,
      flaky: row.flaky,
      failedBefore: row.failed_before,
      failures: row.failures,
      losses: row.losses,
      attempt: row.attempt,
      attemptStatus: attempt?.status,
      fence: attempt?.fence ?? 0,
      worker: attempt?.worker,
      cases: row.cases,
      // Nobody wrote down which of a batch had begun: to be careful, all of them.
      started: true,
    };
  });
}
