import { Quarantine, type RunId, type WorkerId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";
import { toTask } from "../database/queries/tasks.ts";
import { countFailed } from "./quarantined.ts";
import { type Resumption, finishedBy, mayBeResumed, noteCases } from "./resuming.ts";
import type { AttemptState, TaskState } from "./run-state.ts";

/** The tasks of a run as its tables have them. */
export function restoredTasks(
  queries: Queries,
  { id: run, opened_at_ms, quarantine: entries }: Pick<RunRow, "id" | "opened_at_ms" | "quarantine">,
): Omit<TaskState, "group">[] {
  const cases = new Map(queries.tasks.runningCases(run).map((row) => [nameOf(row), row]));
  const inDoubt = queries.tasks.inDoubt(run, opened_at_ms);
  const duplicated = queries.tasks.duplicated(run, opened_at_ms);
  const bad = new Map<number, Set<WorkerId>>();
  for (const { task, worker } of queries.tasks.badWorkers(run, opened_at_ms)) {
    const known = bad.get(task);
    if (known === undefined) bad.set(task, new Set([worker]));
    else known.add(worker);
  }
  const rows = queries.tasks.ofRun(run);
  const parts = new Set(rows.filter(({ part }) => part !== null).map(({ task }) => task));
  const current = new Map<number, AttemptState>();
  const beside = new Map<number, AttemptState>();
  for (const row of queries.tasks.speakingAttempts(run)) {
    const { attempt: number, worker, fence } = row;
    // What was taken back when the run ended is not resumed when it is opened again.
    const wasTaken = row.status !== "running" && mayBeResumed({ outcome: row.status, failure: row.failure ?? undefined });
    const isFormer = wasTaken && row.leased_at_ms < opened_at_ms;
    const status = isFormer ? "cancelled" : row.status;
    const isResumable = !isFormer && (wasTaken || row.status === "running");
    const reported = cases.get(nameOf(row));
    // Nobody wrote down which of a batch had begun: to be careful, all of them.
    const known = {
      number,
      worker,
      fence,
      status,
      started: true,
      hasFailed: (reported?.failed ?? 0) > 0,
      // Once that was in doubt the whole file is run.
      isPart: parts.has(row.task) && !inDoubt.has(row.task),
      ...(isResumable ? restoredCases(queries, { ...row, run }) : { finished: new Map(), resumption: undefined }),
    };
    (row.isCurrent ? current : beside).set(row.task, { ...known, cases: reported?.count ?? 0 });
  }
  if (entries !== null && entries.length > 0) {
    const quarantine = new Quarantine(entries);
    const files = new Map(rows.map(({ task, file }) => [task, file]));
    for (const { task, attempt, result } of queries.tasks.openBadCases(run)) {
      const open = [current.get(task), beside.get(task)].find((one) => one?.number === attempt);
      if (open !== undefined) countFailed(open, quarantine, files.get(task) ?? "", [result]);
    }
  }
  return rows.map((row) => {
    const attempt = current.get(row.task);
    // Of one that has ended, the task's own count is the attempt's.
    if (attempt !== undefined) attempt.cases = row.cases;
    return {
      spec: toTask(row),
      status: row.status,
      flaky: row.flaky,
      quarantined: row.quarantined,
      failedBefore: row.failed_before,
      failures: row.failures,
      losses: row.losses,
      recovery: row.recovery ?? undefined,
      badWorkers: bad.get(row.task) ?? new Set(),
      attempts: row.attempt,
      current: attempt,
      duplicate: beside.get(row.task),
      wasDuplicated: duplicated.has(row.task),
      mustBeWhole: inDoubt.has(row.task),
    };
  });
}

interface Named {
  readonly run: RunId;
  readonly task: number;
  readonly attempt: number;
  readonly resumes: number | null;
}

/** What an attempt has finished that may be resumed, and what it left out itself. */
function restoredCases(queries: Queries, named: Named): Pick<AttemptState, "finished" | "resumption"> {
  const { run, task, attempt, resumes: from } = named;
  const before = from === null ? undefined : queries.tasks.attempt(run, task, from);
  const resumption: Resumption | undefined =
    from === null
      ? undefined
      : { from, kept: finishedBy(restoredCases(queries, { run, task, attempt: from, resumes: before?.resumes ?? null })) };
  const restored = { finished: new Map(), resumption };
  noteCases(restored, queries.tasks.ownCases(run, task, attempt));
  return restored;
}

function nameOf({ task, attempt }: { readonly task: number; readonly attempt: number }): string {
  return `${task}.${attempt}`;
}
