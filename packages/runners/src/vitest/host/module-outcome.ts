import type { Failure } from "@shardwright/core";
import type { TestModule } from "vitest/node";
import type { TaskOutcome } from "../../runner.ts";
import type { ChosenCases } from "../../process/case-choice.ts";
import { cut } from "../../process/host-channel.ts";
import { withOwnFrames } from "../../process/own-frames.ts";
import { detailsOf, failureKindOf, messageOf, pathOf, type ReportedError } from "./case-results.ts";

const messageLimit = 4000;

/** Matches what vitest reports when the process or thread that ran the file is gone. */
const crashPattern =
  /Worker exited unexpectedly|Worker \S+ emitted error|Failed to start \S+ worker|Timeout starting|Channel closed|ERR_WORKER_OUT_OF_MEMORY/;

/** The part of a vitest module that a verdict hangs on. */
export type ReportedModule = Pick<TestModule, "state" | "errors" | "children">;

/**
 * The verdict of `vitest run` on one file: red for a failed test, hook or import, for a file without tests, and for any error that
 * nobody caught. A worker that died is an error of the attempt, not a failure of the file.
 * @param bails Vitest was told to end with the first failure, so that it may have left cases out
 */
export function outcomeOf(modules: readonly ReportedModule[], unhandled: readonly ReportedError[], bails = false): TaskOutcome {
  const crash = unhandled.find((error) => crashPattern.test(wholeMessage(error)));
  if (crash !== undefined) return { outcome: "errored", failure: crashFailure(wholeMessage(crash)) };
  const failure = modules.map(failureOf).find((found) => found !== undefined) ?? unhandledFailure(unhandled);
  if (failure !== undefined) {
    const complete = !bails && unhandled.length === 0 && modules.every(isComplete);
    return { outcome: "failed", failure: complete ? { ...failure, complete } : failure };
  }
  if (modules.length === 0) return unfinished("Vitest did not run the file.");
  if (modules.some((module) => module.state() === "pending" || module.state() === "queued"))
    return unfinished("Vitest began the file but never ended it.");
  return { outcome: modules.every((module) => module.state() === "skipped") ? "skipped" : "passed" };
}

/** Whether nothing went wrong in a module but tests of it, and all others have ended. */
function isComplete(module: ReportedModule): boolean {
  const tests = [...module.children.allTests()];
  const suites = [...module.children.allSuites()];
  if (module.errors().length > 0 || suites.some((suite) => suite.errors().length > 0)) return false;
  return tests.length > 0 && tests.every((test) => test.result().state !== "pending");
}

/** The verdict on a group of a file's cases: never green if one of them is gone, or if the others were not left out. */
export function groupOutcomeOf(
  chosen: ChosenCases,
  modules: readonly Pick<TestModule, "children">[],
  outcome: TaskOutcome,
): TaskOutcome {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  if (outcome.failure !== undefined) {
    const isWhole = chosen.missingFrom(tests.map((test) => pathOf(test))).length === 0;
    const { complete: _, ...failure } = outcome.failure;
    return isWhole ? outcome : { ...outcome, failure };
  }
  let ran = false;
  for (const test of tests) {
    const { state } = test.result();
    if (state !== "passed" && state !== "failed") continue;
    if (!chosen.has(pathOf(test)))
      return unfinished(cut(`Vitest ran ‘${test.fullName}’, which is not in the group.`, messageLimit));
    ran = true;
  }
  const [gone] = chosen.missingFrom(tests.map((test) => pathOf(test)));
  if (gone !== undefined) {
    const why = "names that change from run to run cannot be dealt in groups";
    return unfinished(cut(`The file defines no case ‘${cut(gone.join(" > "), 3000)}’: ${why}.`, messageLimit));
  }
  return { outcome: ran ? "passed" : "skipped" };
}

function failureOf(module: ReportedModule): Failure | undefined {
  if (module.state() !== "failed") return undefined;
  const own = module.errors();
  if (own.length > 0) return { kind: "setup-error", message: summaryWithPlaces(own) };
  const failed = [...module.children.allTests("failed")];
  const inSuites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
  if (failed.length === 0 || inSuites.length > 0)
    return { kind: inSuites.length > 0 ? "setup-error" : "assertion", message: summaryWithPlaces(inSuites) };
  const errors = failed.flatMap((test) => test.result().errors ?? []);
  const count = failed.length === 1 ? `${failed[0]?.fullName} failed` : `${failed.length} tests failed`;
  return { kind: failureKindOf(errors), message: cut(`${count}: ${summary(errors)}`, messageLimit) };
}

function unhandledFailure(unhandled: readonly ReportedError[]): Failure | undefined {
  if (unhandled.length === 0) return undefined;
  const count = unhandled.length === 1 ? "An error" : `${unhandled.length} errors`;
  return { kind: "assertion", message: cut(`${count} outside any test: ${summaryWithPlaces(unhandled)}`, messageLimit) };
}

function crashFailure(message: string): Failure {
  const signal = /signal (SIG[A-Z0-9]+)/.exec(message)?.[1];
  const code = /exit code (\d+)/.exec(message)?.[1];
  return {
    kind: "crash",
    message: cut(message, messageLimit),
    ...(signal === undefined ? {} : { signal }),
    ...(code === undefined ? {} : { exit_code: Number(code) }),
  };
}

function unfinished(message: string): TaskOutcome {
  return { outcome: "errored", failure: { kind: "runner-error", message } };
}

function summary(errors: readonly ReportedError[]): string {
  const first = errors[0];
  return first === undefined ? "no error was given" : cut(messageOf(first), messageLimit - 200);
}

function summaryWithPlaces(errors: readonly ReportedError[]): string {
  const [first] = errors;
  const message = summary(errors);
  return first === undefined ? message : cut(withOwnFrames(message, detailsOf(first)), messageLimit - 100);
}

function wholeMessage(error: ReportedError): string {
  const cause = error.cause;
  const inner = typeof cause === "object" && cause !== null ? ` ${messageOf(cause)}` : "";
  return `${messageOf(error)}${inner}`;
}
