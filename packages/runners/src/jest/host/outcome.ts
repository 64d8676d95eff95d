import { stripVTControlCharacters } from "node:util";
import type { AssertionResult, TestResult } from "@jest/test-result";
import type { Failure } from "@shardwright/core";
import { cut } from "../../process/host-channel.ts";
import type { TaskOutcome } from "../../runner.ts";
import { detailsOf, failureKindOf, headOf } from "./case-results.ts";
import type { Recording } from "./recording.ts";

const messageLimit = 4000;

/** How jest ended a file. */
export interface Ending {
  readonly recording: Recording;
  /** What its runner reported; absent when the file could not be run. */
  readonly result: TestResult | undefined;
  /** What was thrown in place of a result. */
  readonly fault: { readonly error: unknown } | undefined;
  /** Failures of cases that had been reported as passed. */
  readonly late: readonly AssertionResult[];
  /** Errors of the project's own reporters. */
  readonly reporterErrors: readonly string[];
  /** Only some of its cases were to run. */
  readonly isGroup: boolean;
}

/**
 * The verdict of `jest --ci` on one file: red for a failed test, hook or import, for a file without tests, for snapshots that nothing
 * uses, and for an error of a reporter.
 */
export function outcomeOf(ending: Ending): TaskOutcome {
  const { result, fault, recording, isGroup } = ending;
  if (fault !== undefined) return failed("setup-error", textOf(fault.error));
  if (result === undefined) return unfinished("Jest's runner ended without a result for the file.");
  const failure = failureOf(ending, result);
  if (failure !== undefined)
    return { outcome: "failed", failure: isExplained(ending, result) ? { ...failure, complete: true } : failure };
  if (isGroup && !recording.hasStarted)
    return unfinished("Only jest-circus can run a group of cases, and the project's testRunner is another.");
  if (recording.missing.length > 0) {
    const name = recording.missing[0]?.join(" > ") ?? "";
    return unfinished(`The file defines no case ‘${name}’: names that change from run to run cannot be dealt in groups.`);
  }
  const ran = result.testResults.some(({ status }) => status === "passed");
  return { outcome: ran ? "passed" : "skipped" };
}

/** Whether nothing is wrong with the file but tests that failed, each of which was reported as such. */
function isExplained({ late, reporterErrors, recording }: Ending, result: TestResult): boolean {
  const { testResults, testExecError, leaks, snapshot } = result;
  if ((testExecError ?? undefined) !== undefined || leaks || snapshot.unchecked > 0) return false;
  const isWhole = late.length === 0 && reporterErrors.length === 0 && recording.missing.length === 0;
  return isWhole && testResults.some(({ status }) => status === "failed");
}

function failureOf({ late, reporterErrors }: Ending, result: TestResult): Failure | undefined {
  const { testResults, testExecError, leaks, snapshot } = result;
  const inTests = testFailure(testResults);
  if (testExecError !== undefined && testExecError !== null) {
    const text = textOf(testExecError);
    return { kind: "setup-error", message: cut(inTests === undefined ? text : `${text}\n${inTests.message}`, messageLimit) };
  }
  if (testResults.length === 0) return { kind: "setup-error", message: "Your test suite must contain at least one test." };
  if (inTests !== undefined) {
    const [first] = late;
    if (first === undefined) return inTests;
    const message = `${first.fullName} failed after it had passed: ${headOf(first.failureMessages[0] ?? "")}`;
    return { kind: inTests.kind, message: cut(message, messageLimit) };
  }
  if (leaks) return { kind: "assertion", message: "The file is leaking memory: something outlives its environment." };
  if (snapshot.unchecked > 0) {
    const names = (snapshot.uncheckedKeys ?? []).join(", ");
    const message = `${snapshot.unchecked} obsolete in its snapshot file: ${names}. Remove what no test uses with \`jest -u\`.`;
    return { kind: "assertion", message: cut(message, messageLimit) };
  }
  if (snapshot.unmatched > 0) return { kind: "assertion", message: `${snapshot.unmatched} snapshots do not match.` };
  const [error] = reporterErrors;
  return error === undefined ? undefined : { kind: "runner-error", message: cut(error, messageLimit) };
}

function testFailure(results: readonly AssertionResult[]): Failure | undefined {
  const bad = results.filter(({ status }) => status === "failed");
  const [first] = bad;
  if (first === undefined) return undefined;
  const messages = bad.flatMap(({ failureMessages }) => failureMessages);
  const count = bad.length === 1 ? `${first.fullName} failed` : `${bad.length} tests failed`;
  return { kind: failureKindOf(messages), message: cut(`${count}: ${headOf(messages[0] ?? "")}`, messageLimit) };
}

function failed(kind: Failure["kind"], message: string): TaskOutcome {
  return { outcome: "failed", failure: { kind, message: cut(message, messageLimit) } };
}

function unfinished(message: string): TaskOutcome {
  return { outcome: "errored", failure: { kind: "runner-error", message: cut(message, messageLimit) } };
}

/** What jest's runners throw or report is an error, or looks like one. */
export function textOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return stripVTControlCharacters(String(error));
  const { message = "", stack } = error as { readonly message?: unknown; readonly stack?: unknown };
  const text = typeof stack === "string" && stack !== "" ? stack : "";
  // A syntax error of a transformed file has its code frame in the message alone.
  const whole = text.includes(String(message)) ? text : `${String(message)}\n${text}`;
  return detailsOf(whole).replace(parseAdvice, "").trim();
}

/** Twenty lines on what one could configure, before what is wrong. */
const parseAdvice = /^(?:\w*Error: )?Jest encountered an unexpected token\n[\s\S]*?\nDetails:\n/;
