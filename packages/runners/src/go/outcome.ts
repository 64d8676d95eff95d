import { caseName, cutText, type CaseResult, type Failure } from "@shardwright/core";
import type { ChildExit } from "../process/child.ts";
import { crashOf } from "../process/warm-session.ts";
import type { TaskOutcome } from "../runner.ts";

const messageLimit = 3900;
/** By which the race detector ends a program in which it found something. */
const raceExitCode = 66;

/** How one run of a test binary ended, and what it told on its way. */
export interface Ending {
  readonly exit: ChildExit;
  /** The binary's own word on all its tests: true after PASS, false after FAIL, absent when it did not come to that. */
  readonly conclusion: boolean | undefined;
  /** Tests that began and never ended. */
  readonly interrupted: number;
  readonly panic: string | undefined;
  /** What it printed outside all tests. */
  readonly outside: string;
}

/**
 * The verdict on one run of a package's tests. Green needs both: exit code 0, and the binary's own PASS after its last test. A binary that exits with 0 and runs nothing is skipped, as TestMain does it where tests make no sense.
 */
export function outcomeOf(cases: readonly CaseResult[], ending: Ending): TaskOutcome {
  const { exit, conclusion, interrupted, panic } = ending;
  if (exit.error !== undefined || exit.signal !== null) return { outcome: "errored", failure: crashOf(exit, ending.outside) };
  const exit_code = exit.code ?? -1;
  if (panic?.startsWith("panic: test timed out after ") === true && exit_code !== 0)
    return { outcome: "failed", failure: { kind: "test-timeout", message: cutText(panic, messageLimit), exit_code } };
  if (conclusion === undefined || (conclusion && interrupted > 0 && exit_code !== 0)) return cutOff(cases, ending, exit_code);
  const failed = cases.filter(({ status }) => status === "failed");
  // After PASS, what looks like a failed test was one that a test printed.
  if (failed.length > 0 && (exit_code !== 0 || !conclusion))
    return { outcome: "failed", failure: { kind: "assertion", message: account(failed, cases), exit_code, ...vouched(ending) } };
  if (exit_code !== 0 || !conclusion) {
    const race = exit_code === raceExitCode ? " The race detector found a race outside all tests." : "";
    const said = lastWords(ending.outside);
    const message = cutText(`No test failed, but the test binary exited with code ${exit_code}.${race}${said}`, messageLimit);
    return { outcome: "failed", failure: { kind: "assertion", message, exit_code } };
  }
  return { outcome: cases.some(({ status }) => status === "passed") ? "passed" : "skipped" };
}

/** The binary came to its end as one does of which tests failed, and of which nothing else went wrong. */
function vouched({ exit, conclusion, interrupted, panic }: Ending): { complete?: true } {
  return exit.code === 1 && conclusion === false && interrupted === 0 && panic === undefined ? { complete: true } : {};
}

/** It ended before it came to an end with its tests. */
function cutOff(cases: readonly CaseResult[], { interrupted, panic, outside }: Ending, exit_code: number): TaskOutcome {
  if (exit_code === 0 && cases.length === 0 && interrupted === 0) return { outcome: "skipped" };
  const failure = (kind: Failure["kind"], message: string): TaskOutcome => ({
    outcome: "errored",
    failure: { kind, message: cutText(message, messageLimit), exit_code },
  });
  if (panic !== undefined)
    return failure("crash", `${panic}\nThe test binary exited with code ${exit_code}; tests after it did not run.`);
  if (cases.length === 0 && interrupted === 0)
    return failure("setup-error", `The test binary exited with code ${exit_code} before any test ran.${lastWords(outside)}`);
  return failure("crash", `The test binary exited with code ${exit_code} before its tests had ended.${lastWords(outside)}`);
}

function lastWords(outside: string): string {
  const lines = outside.split("\n").filter((line) => !/^(?:PASS|FAIL|exit status \d+)?$/.test(line.trim()));
  return lines.length === 0 ? "" : ` Its last words: ${lines.slice(-5).join("\n")}`;
}

function account(failed: readonly CaseResult[], cases: readonly CaseResult[]): string {
  // A parent fails with its subtests; they know why.
  const [first] = failed.toSorted((left, right) => right.path.length - left.path.length);
  const example = first === undefined ? "" : ` ${caseName(first)}: ${first.message ?? ""}`;
  return cutText(`${failed.length} of ${cases.length} cases failed.${example}`, messageLimit);
}
