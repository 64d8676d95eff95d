import type { TestCase, TestError } from "@playwright/test/reporter";
import type { TaskOutcome } from "../../runner.ts";
import { cut } from "../../process/host-channel.ts";
import { crashOf, messageOf } from "./case-results.ts";

const messageLimit = 4000;

/** All that Playwright said of one file. */
export interface FileRun {
  /** How the run of the file ended: what Playwright's own exit code would be made of. */
  readonly status: string;
  readonly tests: readonly TestCase[];
  /** Errors outside any test. */
  readonly errors: readonly TestError[];
  /** Paths of cases that were asked for and are not in the file. */
  readonly missing: readonly (readonly string[])[];
  /** The configuration's `failOnFlakyTests`: what fails once has failed, whatever comes of it later. */
  readonly failsOnFlaky: boolean;
}

/**
 * The verdict of `playwright test` on one file, and never better than that of its tests. A worker that died under a test is an error of the
 * attempt, not a failure of the file.
 */
export function outcomeOf(run: FileRun): TaskOutcome {
  const { outcome, failure } = verdictOn(run);
  if (failure === undefined || !isForGood(run, outcome)) return { outcome, ...(failure && { failure }) };
  return { outcome, failure: { ...failure, conclusive: true } };
}

/** Whether a test failed by itself where no pass after that is one. */
function isForGood({ failsOnFlaky, tests }: FileRun, outcome: TaskOutcome["outcome"]): boolean {
  return failsOnFlaky && (outcome === "failed" || tests.some((test) => hasFailed(test) && !test.results.some(crashOf)));
}

function hasFailed(test: TestCase): boolean {
  return ["unexpected", "flaky"].includes(test.outcome());
}

function verdictOn({ status, tests, errors, missing, failsOnFlaky }: FileRun): TaskOutcome {
  const failed = tests.filter((test) => test.outcome() === "unexpected");
  for (const test of failed) {
    const last = test.results.at(-1);
    const crash = last === undefined ? undefined : crashOf(last);
    if (crash !== undefined) return { outcome: "errored", failure: crashFailure(crash, test) };
  }
  const [first] = failed;
  if (first !== undefined) {
    const last = first.results.at(-1);
    const count = failed.length === 1 ? `${titleOf(first)} failed` : `${failed.length} tests failed`;
    const end = failsOnFlaky ? ", which failOnFlakyTests makes final" : "";
    const reason = last?.status === "passed" ? "it passed, though it was expected to fail" : reasonIn(last?.errors ?? []);
    const kind = last?.status === "timedOut" ? "test-timeout" : "assertion";
    // In a group that runs in series, what follows a failure is not run.
    const complete = status === "failed" && errors.length === 0 && missing.length === 0 && !tests.some(isLost);
    return {
      outcome: "failed",
      failure: { kind, message: cut(`${count}${end}: ${reason}`, messageLimit), ...(complete && { complete }) },
    };
  }
  if (errors.length > 0 && status !== "passed") {
    const others = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
    return { outcome: "failed", failure: { kind: "setup-error", message: cut(`${reasonIn(errors)}${others}`, messageLimit) } };
  }
  if (status !== "passed")
    return { outcome: "failed", failure: { kind: "assertion", message: cut(unexplained(status, tests), messageLimit) } };
  const [gone] = missing;
  if (gone !== undefined) {
    const message = `The file defines no case ‘${cut(gone.join(" › "), 3000)}’: names that change from run to run cannot be dealt in groups.`;
    return { outcome: "errored", failure: { kind: "runner-error", message } };
  }
  const lost = tests.find(isLost);
  if (lost !== undefined)
    return { outcome: "errored", failure: { kind: "runner-error", message: `Playwright did not run ${titleOf(lost)}.` } };
  return { outcome: tests.every((test) => test.outcome() === "skipped") ? "skipped" : "passed" };
}

function isLost(test: TestCase): boolean {
  return test.expectedStatus !== "skipped" && test.outcome() === "skipped";
}

function unexplained(status: string, tests: readonly TestCase[]): string {
  const [flaky, ...others] = tests.filter((test) => test.outcome() === "flaky");
  if (flaky !== undefined) {
    const count = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return `${titleOf(flaky)}${count} failed before it passed, and failOnFlakyTests fails flaky tests: ${reasonIn(flaky.results[0]?.errors ?? [])}`;
  }
  if (status === "interrupted") return "The run of the file was interrupted.";
  return "Playwright, or a reporter of the project's, ended the run as failed, though no test failed.";
}

function crashFailure(crash: { code: string; signal: string }, test: TestCase): NonNullable<TaskOutcome["failure"]> {
  const message = cut(
    `The worker process ended under ${titleOf(test)} (code ${crash.code}, signal ${crash.signal}).`,
    messageLimit,
  );
  const code = Number.parseInt(crash.code, 10);
  return {
    kind: "crash",
    message,
    ...(Number.isNaN(code) ? {} : { exit_code: code }),
    ...(crash.signal === "null" ? {} : { signal: crash.signal }),
  };
}

function reasonIn(errors: readonly TestError[]): string {
  const [first] = errors;
  return first === undefined ? "no error was given" : messageOf(first);
}

function titleOf(test: TestCase): string {
  return cut(test.titlePath().slice(3).join(" › "), 500);
}
