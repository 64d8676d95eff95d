import { caseKey, type CaseResult } from "../model/case.ts";
import type { Metric } from "../model/metric.ts";
import { ownMetrics } from "./measures.ts";
import type { ReportAttempt, ReportCase, ReportTask, RunReport } from "./run-report.ts";

/** The attempts whose results count for the task: the last one, or the last one of each of its parts, in order. */
export function finalAttempts(task: ReportTask): readonly ReportAttempt[] {
  if (task.parts === undefined) return task.attempts.slice(-1);
  const last = new Map<number, ReportAttempt>();
  for (const attempt of task.attempts) last.set(attempt.part ?? 0, attempt);
  return [...last].toSorted(([a], [b]) => a - b).map(([, attempt]) => attempt);
}

/** The attempt that says why the task ended as it did: of a file in parts, that of the part with the gravest end. */
export function finalAttempt(task: ReportTask): ReportAttempt | undefined {
  const final = finalAttempts(task);
  return gravest.map((status) => final.find((attempt) => attempt.status === status)).find(Boolean) ?? final.at(-1);
}

const gravest = ["errored", "lost", "failed"] as const;

/** The results that count for the task. */
export function finalCases(task: ReportTask): readonly ReportCase[] {
  const final = finalAttempts(task);
  return final.length === 1 ? (final[0]?.cases ?? []) : final.flatMap(({ cases }) => cases);
}

/** What was measured of the file as a whole, and is no case's; of a file in parts nothing, for none of them is the whole. */
export function wholeMetrics(task: ReportTask): readonly Metric[] {
  const [only, ...others] = finalAttempts(task);
  return others.length > 0 ? [] : ownMetrics(only?.metrics);
}

/** What the task took in the end, its parts added up, in milliseconds. */
export function finalDuration(task: ReportTask): number {
  return finalAttempts(task).reduce((sum, { duration_ms }) => sum + duration_ms, 0);
}

export function isBad(status: string): boolean {
  return status === "failed" || status === "errored";
}

/** A case that went wrong, and may not: one in quarantine may. */
export function isBadCase({ status, quarantined }: Pick<ReportCase, "status" | "quarantined">): boolean {
  return isBad(status) && quarantined === undefined;
}

/** A case that went wrong, and may. */
export function isQuarantinedCase({ status, quarantined }: Pick<ReportCase, "status" | "quarantined">): boolean {
  return isBad(status) && quarantined !== undefined;
}

/** How often the task, or the part of it that took most, was tried: a duplicate that came to nothing does not count. */
export function countTries(task: ReportTask): number {
  const counts = new Map<number, number>();
  for (const { status, part = 0 } of task.attempts) if (status !== "superseded") counts.set(part, (counts.get(part) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** The attempts that were followed by another one: neither those that count nor duplicates that came to nothing. */
export function earlierTries(task: ReportTask): readonly ReportAttempt[] {
  const final = new Set(finalAttempts(task));
  return task.attempts.filter((attempt) => attempt.status !== "superseded" && !final.has(attempt));
}

/**
 * Keys of the cases that failed in an attempt before the one that counts; none of a task that passed and is not flaky, because it was
 * the machines' or the infrastructure's fault.
 */
export function failedBefore(task: ReportTask): ReadonlySet<string> {
  const keys = new Set<string>();
  if (task.status === "passed" && !task.flaky) return keys;
  for (const attempt of earlierTries(task)) {
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
  const counts: RunReport["cases"] = { total: 0, passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0 };
  for (const task of tasks) {
    const before = failedBefore(task);
    for (const result of finalCases(task)) {
      counts.total += 1;
      if (isQuarantinedCase(result)) counts.quarantined = (counts.quarantined ?? 0) + 1;
      else counts[result.status] += 1;
      if (isFlakyCase(result, before)) counts.flaky += 1;
    }
  }
  return counts;
}
