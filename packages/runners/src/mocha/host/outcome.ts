import type { TaskOutcome } from "../../runner.ts";
import { cut } from "../../process/host-channel.ts";
import type { BadCase } from "./case-reporter.ts";

const messageLimit = 3900;

/** What became of one file. */
export interface Ending {
  /** Mocha's own count. */
  readonly failures: number;
  readonly bad: readonly BadCase[];
  readonly cases: number;
  readonly passed: number;
  /** Something failed outside of any test or hook. */
  readonly hasStrayError: boolean;
  /** Cases that were asked for and are not there. */
  readonly missing: readonly (readonly string[])[];
  /** The file defines no test at all. */
  readonly isEmpty: boolean;
  readonly options: { readonly failZero?: unknown; readonly passOnFailingTestSuite?: unknown };
}

/** The verdict by which mocha would exit if it were given this file alone; a file in which nothing ran is skipped. */
export function outcomeOf(ending: Ending): TaskOutcome {
  const { failures, missing, isEmpty, options, passed } = ending;
  if (missing.length > 0) {
    const [first = []] = missing;
    const message = `${missing.length} of the cases asked for are not in the file any more, the first of them ${first.join(" > ")}`;
    return { outcome: "errored", failure: { kind: "runner-error", message: cut(message, messageLimit) } };
  }
  if (failures > 0 && options.passOnFailingTestSuite !== true) return { outcome: "failed", failure: failureOf(ending) };
  if (isEmpty && options.failZero === true)
    return { outcome: "failed", failure: { kind: "setup-error", message: "The file has no tests, which failZero forbids." } };
  return { outcome: passed > 0 || failures > 0 ? "passed" : "skipped" };
}

function failureOf({ bad, cases, failures, hasStrayError }: Ending): NonNullable<TaskOutcome["failure"]> {
  const failed = bad.filter(({ status }) => status === "failed");
  const named = failed.length > 0 ? failed : bad;
  const [first] = named;
  if (first === undefined) return { kind: "runner-error", message: `Mocha counts ${failures} failures, but told of none.` };
  const verb = failed.length > 0 ? "failed" : "could not be run";
  const message = cut(`${named.length} of ${cases} cases ${verb}. ${first.name}: ${first.message}`, messageLimit);
  if (failed.length === 0) return { kind: "setup-error", message };
  // After a hook that failed, the tests that it was for are not run.
  const complete = failed.length === bad.length && bad.length === failures && !hasStrayError;
  const kind = failed.every(({ isTimeout }) => isTimeout) ? "test-timeout" : "assertion";
  return { kind, message, ...(complete && { complete }) };
}
