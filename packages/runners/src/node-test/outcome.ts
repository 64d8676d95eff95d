import { caseName, cutText, type CaseResult, type Failure } from "@shardwright/core";
import type { ChildExit } from "../process/child.ts";
import { withOwnFrames } from "../process/own-frames.ts";
import { crashOf } from "../process/warm-session.ts";
import type { TaskOutcome } from "../runner.ts";
import type { TestError } from "./events.ts";

const messageLimit = 3900;

/** How the process of a file ended, and what it told on its way. */
export interface Ending {
  readonly exit: ChildExit;
  /** The end of what it printed. */
  readonly tail: string;
  /** What node:test concluded; absent when it did not come to that. */
  readonly success?: boolean | undefined;
  /** The file's top level was done, and each test it had defined by then has ended. */
  readonly isSettled: boolean;
  /** The last error that nothing caught, if any. */
  readonly uncaught?: TestError | undefined;
  /** What node:test remarked about the file as a whole. */
  readonly remark?: string | undefined;
  /** Set when the process said what cannot be understood. */
  readonly fault?: string | undefined;
}

/** Whether node:test, or an exit in good order after all its tests, vouches for the cases being complete. */
function isComplete({ success, isSettled, exit }: Ending): boolean {
  return isSettled && (success !== undefined || exit.code === 0);
}

/** Whether the cases that failed are all there is to say of an end by which the file is red. */
function isExplained(ending: Ending): boolean {
  const { exit, success, uncaught } = ending;
  return isComplete(ending) && success === false && uncaught === undefined && exit.code === 1;
}

/**
 * The verdict on one file. Only a process that ended by itself, with code 0, after all its tests were reported and none was red, makes
 * it green; a file in which nothing ran is skipped.
 */
export function outcomeOf(cases: readonly CaseResult[], ending: Ending): TaskOutcome {
  const { exit, uncaught } = ending;
  if (ending.fault !== undefined) return { outcome: "errored", failure: { kind: "runner-error", message: ending.fault } };
  if (exit.error !== undefined || exit.signal !== null) return { outcome: "errored", failure: crashOf(exit, ending.tail) };
  const exit_code = exit.code ?? -1;
  const failure = failureOf(cases);
  if (failure !== undefined && (isComplete(ending) || cases.some(({ status }) => status === "failed")))
    return { outcome: "failed", failure: isExplained(ending) ? { ...failure, complete: true } : failure };
  if (uncaught !== undefined && exit_code !== 0) {
    const kind = cases.length === 0 ? "setup-error" : "assertion";
    const message = cutText(withOwnFrames(`An error outside any test: ${uncaught.message}`, uncaught.details), messageLimit);
    return { outcome: "failed", failure: { kind, message, exit_code } };
  }
  if (!isComplete(ending)) return { outcome: "errored", failure: crashOf(exit, ending.tail) };
  if (exit_code !== 0 || ending.success === false) {
    const message = cutText(ending.remark ?? `No test failed, but the file exited with code ${exit_code}.`, messageLimit);
    return { outcome: "failed", failure: { kind: "assertion", message, exit_code } };
  }
  return { outcome: cases.some(({ status }) => status === "passed") ? "passed" : "skipped" };
}

function failureOf(cases: readonly CaseResult[]): Failure | undefined {
  const failed = cases.filter(({ status }) => status === "failed");
  const bad = failed.length > 0 ? failed : cases.filter(({ status }) => status === "errored");
  const [first] = bad;
  if (first === undefined) return undefined;
  const verb = failed.length > 0 ? "failed" : "could not run";
  const message = cutText(
    `${bad.length} of ${cases.length} cases ${verb}. ${caseName(first)}: ${first.message ?? ""}`,
    messageLimit,
  );
  if (failed.length === 0) return { kind: "setup-error", message };
  return { kind: bad.every((one) => one.message?.startsWith("test timed out after")) ? "test-timeout" : "assertion", message };
}
