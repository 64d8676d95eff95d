import { caseKey, type CaseStatus } from "../model/case.ts";
import { hardwareClass } from "../model/requirement.ts";
import type { BaseRun } from "./comparison-schema.ts";
import { failedBefore, finalAttempt, finalAttempts, finalCases, isBad, isFlakyCase, isQuarantinedCase } from "./final-cases.ts";
import { isItsOwnStory } from "./faults.ts";
import type { ReportTask, RunReport } from "./run-report.ts";

/** What became of a test in one run. `flaky`: passed when tried again; `excused`: failed in quarantine. */
export type ComparedOutcome = "passed" | "failed" | "skipped" | "flaky" | "excused";

export interface ComparedCase {
  /** As `caseKey` gives it. */
  readonly key: string;
  readonly outcome: ComparedOutcome;
  readonly duration_ms: number;
  /** Class of the machine that ran it; absent where it is not known. */
  readonly hardware?: string | undefined;
}

/** One entry of a run's manifest. */
export interface ComparedFile {
  /** Of its task. */
  readonly key: string;
  readonly suite: string;
  readonly file: string;
  /** It ran to its end: a test that is not among its cases does not exist. */
  readonly isWhole: boolean;
  /** Something went wrong that no case tells: it crashed, or could not be set up. */
  readonly failedItself: boolean;
  readonly cases: Iterable<ComparedCase>;
}

/** A run, but for its files. */
export interface ComparedRun extends BaseRun {
  readonly branch?: string | undefined;
  /** Which tests were selected, by suite; of a suite that is not here it ran none. */
  readonly selections: ReadonlyMap<string, string>;
  /** Its manifest is all that was selected: no share of it, and nothing of it is missing. */
  readonly isWhole: boolean;
}

/** A report as a comparison reads it, without its files. */
export function comparedRun(report: RunReport): ComparedRun {
  const { run, verdict, notices } = report;
  const suites = new Set(report.tasks.map(({ suite }) => suite));
  const named = new Map((report.suites ?? []).map(({ name, selection = "" }) => [name, selection]));
  return {
    id: run.id,
    key: run.key,
    ...(run.context.commit !== undefined && { commit: run.context.commit }),
    branch: run.context.branch,
    verdict,
    submitted_at_ms: run.submitted_at_ms,
    selections: new Map([...named, ...[...suites].filter((name) => !named.has(name)).map((name) => [name, ""] as const)]),
    isWhole: run.share === undefined && !notices.some(({ code }) => code === "missing-share"),
  };
}

/** The files of a report as a comparison reads them. */
export function* comparedFiles(report: RunReport): Generator<ComparedFile> {
  const hardware = new Map(report.workers.map(({ name, capabilities }) => [name, hardwareClass(capabilities)]));
  for (const task of report.tasks) {
    const { key, suite, file } = task;
    const final = finalAttempts(task);
    const before = failedBefore(task);
    yield {
      key,
      suite,
      file,
      isWhole: isWholeFile(
        task.status,
        final.map(({ failure }) => failure?.complete === true || failure === undefined),
      ),
      failedItself: failedItself(task),
      cases: final.flatMap(({ worker, cases }) =>
        cases.map((result) => ({
          key: caseKey(result),
          outcome: isQuarantinedCase(result) ? "excused" : outcomeOf(result.status, isFlakyCase(result, before)),
          duration_ms: result.duration_ms,
          hardware: hardware.get(worker),
        })),
      ),
    };
  }
}

/** @param complete of each attempt that counts, whether no more went wrong than its cases tell */
export function isWholeFile(status: string, complete: readonly boolean[]): boolean {
  return status === "passed" || status === "skipped" || (status === "failed" && complete.every(Boolean));
}

export function outcomeOf(status: CaseStatus, isFlaky: boolean): ComparedOutcome {
  if (status === "passed") return isFlaky ? "flaky" : "passed";
  return status === "skipped" ? "skipped" : "failed";
}

/** The same as what the report's faults say of the file itself. */
function failedItself(task: ReportTask): boolean {
  if (!isBad(task.status) || task.quarantined === true) return false;
  return isItsOwnStory(finalAttempt(task)?.failure?.kind) || !finalCases(task).some(({ status }) => isBad(status));
}
