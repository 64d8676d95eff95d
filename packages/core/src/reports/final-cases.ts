import { caseKey, type CaseResult } from "../model/case.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";

/** The attempt whose results count for the task: it stands last. */
export function finalAttempt(task: ReportTask): ReportAttempt | undefined {
  return task.attempts.at(-1);
}

export function isBad(status: string): boolean {
  return status === "failed" || status === "errored";
}

/** Attempts that were made one after the other: a duplicate that came to nothing is none of them. */
export function tries(task: ReportTask): readonly ReportAttempt[] {
  return task.attempts.filter(({ status }) => status !== "superseded");
}

/** Keys of the cases that failed in an attempt before the one that counts. */
export function failedBefore(task: ReportTask): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const attempt of tries(task).slice(0, -1)) {
    for (const result of attempt.cases) if (isBad(result.status)) keys.add(caseKey(result));
  }
  return keys;
}

/** Passed, but only after it failed: in an earlier attempt, or in the framework's own retries. */
export function isFlakyCase(result: CaseResult, failed_before: ReadonlySet<string>): boolean {
  if (result.status !== "passed") return false;
  return result.retries > 0 || (failed_before.size > 0 && failed_before.has(caseKey(result)));
}

/** Counts the cases of each task's last attempt. */
export function countCases(tasks: readonly ReportTask[]): RunReport["cases"] {
  const counts = { total: 0, passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0 };
  for (const task of tasks) {
    const before = failedBefore(task);
    for (const result of finalAttempt(task)?.cases ?? []) {
      counts.total += 1;
      counts[result.status] += 1;
      if (isFlakyCase(result, before)) counts.flaky += 1;
    }
  }
  return counts;
}
