import { inspect, stripVTControlCharacters } from "node:util";
import type { CaseResult, Failure } from "@shardwright/core";
import type { TestCase, TestModule, TestSuite } from "vitest/node";
import { cut } from "../../process/host-channel.ts";
import { toPath } from "./case-path.ts";

const textLimit = 65_536;

/** The part of vitest's serialized errors that is shown. */
export interface ReportedError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly diff?: unknown;
  readonly cause?: unknown;
}

/** The part of a vitest test case that a result is made of. */
export type ReportedCase = Pick<TestCase, "name" | "options" | "location" | "parent" | "result" | "diagnostic">;

export function toCaseResult(testCase: ReportedCase, file: string, ordinal: number): CaseResult {
  const result = testCase.result();
  const diagnostic = testCase.diagnostic();
  const base = {
    path: pathOf(testCase),
    ordinal,
    duration_ms: Math.max(0, diagnostic?.duration ?? 0),
    retries: diagnostic?.retryCount ?? 0,
    file,
    ...(testCase.location === undefined ? {} : { line: testCase.location.line }),
  };
  switch (result.state) {
    case "passed":
      return { ...base, status: "passed", ...(testCase.options.fails ? { note: "expected-failure" as const } : {}) };
    case "failed":
      return {
        ...base,
        status: "failed",
        ...(testCase.options.fails ? { note: "unexpected-pass" as const } : {}),
        ...describeErrors(result.errors),
      };
    case "skipped":
      return {
        ...base,
        status: "skipped",
        ...(testCase.options.mode === "todo" ? { note: "todo" as const } : {}),
        ...(result.note === undefined ? {} : { message: cut(result.note, textLimit) }),
      };
    case "pending":
      return { ...base, status: "errored", message: "The test began but never ended." };
  }
}

/** The titles from the outermost suite to the case. */
export function pathOf(testCase: Pick<TestCase, "name" | "parent">): string[] {
  const names = [testCase.name];
  for (let parent: TestSuite | TestModule = testCase.parent; parent.type === "suite"; parent = parent.parent)
    names.unshift(parent.name);
  return toPath(names);
}

/** The first line for people; stacks and diffs, each cause included, for whoever digs. */
function describeErrors(errors: readonly ReportedError[]): { message: string; details: string } {
  const first = errors[0];
  return {
    message: first === undefined ? "failed without an error" : cut(messageOf(first), textLimit),
    details: cut(errors.map((error) => detailsOf(error)).join("\n\n"), textLimit),
  };
}

export function messageOf(error: ReportedError): string {
  const message = stripVTControlCharacters(typeof error.message === "string" ? error.message : inspect(error));
  const name = typeof error.name === "string" ? error.name : "";
  return name === "" || name === "Error" || message.startsWith(name) ? message : `${name}: ${message}`;
}

const causeDepthLimit = 8;

/** Its stack and diff, and those of its causes. */
export function detailsOf(error: ReportedError, depth = 0): string {
  const parts = [typeof error.stack === "string" && error.stack !== "" ? error.stack : messageOf(error)];
  if (typeof error.diff === "string" && error.diff !== "") parts.push(error.diff);
  if (typeof error.cause === "object" && error.cause !== null && depth < causeDepthLimit)
    parts.push(`Caused by: ${detailsOf(error.cause, depth + 1)}`);
  return stripVTControlCharacters(parts.join("\n\n"));
}

export function failureKindOf(errors: readonly ReportedError[]): Failure["kind"] {
  return errors.some((error) => /^(?:Error: )?(?:Test|Hook) timed out in \d+ms/.test(String(error.message)))
    ? "test-timeout"
    : "assertion";
}
