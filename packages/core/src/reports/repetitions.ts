import { caseKey } from "../model/case.ts";
import type { TaskStatus } from "../model/task.ts";
import { finalAttempts, isBad } from "./final-cases.ts";
import { plural } from "./format.ts";
import type { ReportAttempt, ReportCase, ReportTask } from "./run-report.ts";

/** One repetition of what is new in a file. */
interface Repetition {
  readonly status: TaskStatus;
  readonly attempt: ReportAttempt | undefined;
}

/**
 * A file with the repetitions of its new cases: a case that failed in any of them has failed, though its ordinary run may have passed. That
 * it fails sometimes from its first day is what the repetitions are for.
 */
export function withRepetitions(task: ReportTask, repetitions: readonly Repetition[]): ReportTask {
  const tallies = new Map<string, { of: number; failed: number; first: ReportCase | undefined }>();
  for (const result of repetitions.flatMap(({ attempt }) => attempt?.cases ?? [])) {
    if (result.status === "skipped") continue;
    const known = tallies.get(caseKey(result)) ?? { of: 0, failed: 0, first: undefined };
    const failed = isBad(result.status);
    tallies.set(caseKey(result), {
      of: known.of + 1,
      failed: known.failed + Number(failed),
      first: known.first ?? (failed ? result : undefined),
    });
  }
  const final = new Set(finalAttempts(task));
  const attempts = task.attempts.map((attempt) =>
    final.has(attempt) ? { ...attempt, cases: attempt.cases.map((result) => repeatedCase(result, tallies)) } : attempt,
  );
  const wrong = repetitions.filter(({ status }) => status !== "passed" && status !== "skipped").length;
  const reason = wrong === 0 ? task.reason : repetitionSentence({ failed: wrong, of: repetitions.length });
  return {
    ...task,
    attempts,
    ...(reason !== undefined && { reason }),
    repetitions: repetitions.flatMap(({ attempt }) => attempt ?? []),
  };
}

function repeatedCase(
  result: ReportCase,
  tallies: ReadonlyMap<string, { readonly of: number; readonly failed: number; readonly first: ReportCase | undefined }>,
): ReportCase {
  const tally = tallies.get(caseKey(result));
  if (tally === undefined) return result;
  const { of, failed, first } = tally;
  const repeated = { failed, of };
  if (first === undefined) return { ...result, repeated };
  const why = first.message === undefined || first.message === "" ? "" : `. The first: ${first.message}`;
  const message = `${repetitionSentence(repeated)}${why}`;
  return { ...first, status: first.status, duration_ms: result.duration_ms, message, repeated };
}

/** "3 of 10 repetitions failed: flaky from birth". */
export function repetitionSentence({ failed, of }: { readonly failed: number; readonly of: number }): string {
  const words = `${failed} of ${plural(of, "repetition")} failed`;
  return failed === of ? words : `${words}: flaky from birth`;
}
