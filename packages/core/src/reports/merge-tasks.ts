import { plural } from "./format.ts";
import type { ReportTask, RunReport } from "./run-report.ts";

const namedInNotice = 3;

export interface MergedTasks {
  readonly tasks: ReportTask[];
  readonly notices: readonly { readonly code: string; readonly message: string }[];
}

/** Puts the tasks of several reports, earliest first, under one key each. */
export function mergeTasks(shards: readonly RunReport[]): MergedTasks {
  const merged = new Map<string, ReportTask>();
  const twice = new Set<string>();
  // Where a task stood in the manifest of its own run says nothing here.
  for (const { places: _places, ...task } of shards.flatMap((shard) => shard.tasks)) {
    const earlier = merged.get(task.key);
    if (earlier !== undefined) twice.add(task.key);
    merged.set(task.key, earlier === undefined ? task : joined(earlier, task));
  }
  return { tasks: [...merged.values()], notices: twice.size === 0 ? [] : [duplicateNotice(twice)] };
}

/** The later result counts, unless only the earlier one is a result. The attempt that counts stays last. */
function joined(earlier: ReportTask, later: ReportTask): ReportTask {
  const later_wins = isResult(later) || !isResult(earlier);
  const [winner, loser] = later_wins ? [later, earlier] : [earlier, later];
  // Which parts the other report's attempts were of is no matter: none of them counts.
  const before = loser.attempts.map(({ part: _part, ...attempt }) => ({
    ...attempt,
    ...(winner.parts !== undefined && { part: 0 }),
  }));
  const attempts = [...before, ...winner.attempts].map((attempt, index) => ({ ...attempt, attempt: index + 1 }));
  const had_failed = loser.flaky || loser.attempts.some((attempt) => attempt.status === "failed" || attempt.status === "errored");
  return { ...winner, attempts, flaky: winner.flaky || (winner.status === "passed" && had_failed) };
}

function isResult(task: ReportTask): boolean {
  return task.status !== "incomplete" && task.status !== "cancelled";
}

function duplicateNotice(keys: ReadonlySet<string>): { code: string; message: string } {
  const named = [...keys].slice(0, namedInNotice).join(", ");
  const rest = keys.size > namedInNotice ? ` and ${keys.size - namedInNotice} more` : "";
  return {
    code: "duplicate-task",
    message: `${plural(keys.size, "task")} came in more than one report; the later result counts: ${named}${rest}.`,
  };
}
