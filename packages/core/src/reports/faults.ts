import { caseName, type CaseResult } from "../model/case.ts";
import { plainText } from "../model/plain-text.ts";
import { fingerprintOf, type Fingerprint } from "../resilience/fingerprint.ts";
import { finalAttempt, finalAttempts, isBad, isBadCase } from "./final-cases.ts";
import { firstLine } from "./format.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";

const logRead = 8192;
const logLines = 15;

/** One thing that went wrong: a case, or a task as a whole when no case is to blame. */
export interface Fault {
  readonly task: ReportTask;
  /** Place of the task in the report. */
  readonly task_index: number;
  /** The attempt that counts; absent for a task that never ran. */
  readonly attempt?: ReportAttempt | undefined;
  readonly result?: CaseResult | undefined;
  /** Place of the case in that attempt. */
  readonly case_index?: number | undefined;
  /** For people: the case's name, or the file. */
  readonly name: string;
  /** A failure kind of the model, or the task's status when nothing ran. */
  readonly kind: string;
  readonly message: string;
  readonly details: string;
}

/** All that went wrong, in the report's order. */
export function faultsOf(report: RunReport): Fault[] {
  return report.tasks.flatMap((task, index) => faultsOfTask(task, index));
}

/** What went wrong in one attempt, whether it counts in the end or not. */
export function faultsOfAttempt(task: ReportTask, task_index: number, attempt: ReportAttempt): Fault[] {
  if (!isBad(attempt.status)) return [];
  const faults = attempt.cases.flatMap((result, case_index): Fault[] =>
    isBad(result.status) ? [caseFault(task, task_index, attempt, result, case_index)] : [],
  );
  if (faults.length === 0 || isItsOwnStory(attempt.failure?.kind)) faults.push(attemptFault(task, task_index, attempt));
  return faults;
}

/** What stays the same when the same fault strikes again. */
export function faultFingerprint({ kind, message, details, result, task }: Fault): Fingerprint {
  return fingerprintOf({ kind, message, details, file: result?.file ?? task.file, path: result?.path });
}

function faultsOfTask(task: ReportTask, task_index: number): Fault[] {
  if (task.status === "passed" || task.status === "skipped" || task.quarantined === true) return [];
  const attempt = finalAttempt(task);
  let place = 0;
  const faults = finalAttempts(task).flatMap((own) =>
    own.cases.flatMap((result): Fault[] => {
      const case_index = place++;
      return isBadCase(result) ? [caseFault(task, task_index, own, result, case_index)] : [];
    }),
  );
  // A failed assertion is the cases' own story; a crash, or a task without an end, is one more.
  const told = faults.length > 0 && isBad(task.status) && !isItsOwnStory(attempt?.failure?.kind);
  if (!told) faults.push(taskFault(task, task_index, attempt));
  return faults;
}

/** A crash or the like is more than what its cases tell. */
export function isItsOwnStory(kind: string | undefined): boolean {
  return kind !== undefined && kind !== "assertion" && kind !== "test-timeout";
}

function caseFault(
  task: ReportTask,
  task_index: number,
  attempt: ReportAttempt | undefined,
  result: CaseResult,
  case_index: number,
): Fault {
  const message = result.message ?? firstLine(plainText(result.details ?? ""));
  const details = result.details ?? "";
  const timed_out = /\btime[d ]?-?\s?out\b/i.test(message.slice(0, 400));
  const kind = timed_out ? "test-timeout" : result.status === "errored" ? "setup-error" : "assertion";
  return { task, task_index, attempt, result, case_index, name: caseName(result), kind, message, details };
}

function taskFault(task: ReportTask, task_index: number, attempt: ReportAttempt | undefined): Fault {
  const over = task.status === "incomplete" || task.status === "cancelled";
  const said = over ? (task.reason ?? attempt?.failure?.message) : (attempt?.failure?.message ?? task.reason);
  const kind = over ? task.status : (attempt?.failure?.kind ?? task.status);
  const message = said ?? `The task ended as ${task.status}.`;
  return { task, task_index, attempt, name: task.file, kind, message, details: lastLines(attempt) };
}

function attemptFault(task: ReportTask, task_index: number, attempt: ReportAttempt): Fault {
  const kind = attempt.failure?.kind ?? attempt.status;
  const message = attempt.failure?.message ?? `The task ended as ${attempt.status}.`;
  return { task, task_index, attempt, name: task.file, kind, message, details: lastLines(attempt) };
}

/** What a process printed last is the best there is to explain its end. */
function lastLines(attempt: ReportAttempt | undefined): string {
  return plainText((attempt?.log ?? "").slice(-logRead))
    .trimEnd()
    .split("\n")
    .slice(-logLines)
    .join("\n");
}
