import { plural } from "./format.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";

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
  const before = renumbered(loser.attempts, 0).map(({ part: _part, ...attempt }) => ({
    ...attempt,
    ...(winner.parts !== undefined && { part: 0 }),
  }));
  const attempts = [...before, ...renumbered(winner.attempts, before.length)];
  const had_failed = loser.flaky || loser.attempts.some((attempt) => attempt.status === "failed" || attempt.status === "errored");
  return { ...winner, attempts, flaky: winner.flaky || (winner.status === "passed" && had_failed) };
}

/** Attempts by their places among those of several reports. */
function renumbered(attempts: readonly ReportAttempt[], before: number): ReportAttempt[] {
  return attempts.map((attempt, index) => {
    const { resumed, part } = attempt;
    const from = attempts.findIndex((other) => other.attempt === resumed?.attempt && other.part === part);
    const numbered = { ...attempt, attempt: before + index + 1 };
    return resumed === undefined ? numbered : { ...numbered, resumed: { ...resumed, attempt: before + from + 1 || 1 } };
  });
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
