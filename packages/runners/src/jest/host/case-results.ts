import { stripVTControlCharacters } from "node:util";
import type { AssertionResult } from "@jest/test-result";
import type { CaseResult, Failure } from "@shardwright/core";
import { cut } from "../../process/host-channel.ts";

const textLimit = 65_536;
const nameLimit = 4000;
const depthLimit = 64;

/** The part of jest's result of a case that one of ours is made of. */
export type ReportedCase = Pick<
  AssertionResult,
  "ancestorTitles" | "title" | "status" | "duration" | "failureMessages" | "invocations" | "failing"
>;

/** Where a case stands, and which of several with its path it is. */
export type CaseIdentity = Pick<CaseResult, "path" | "ordinal" | "file" | "line">;

const passedThoughFailing = "Failing test passed even though it was supposed to fail.";

export function toCaseResult(reported: ReportedCase, identity: CaseIdentity): CaseResult {
  const base = {
    ...identity,
    duration_ms: Math.max(0, reported.duration ?? 0),
    retries: Math.max(0, (reported.invocations ?? 1) - 1),
  };
  const messages = reported.failureMessages ?? [];
  switch (reported.status) {
    case "passed":
      return { ...base, status: "passed", ...(reported.failing === true ? { note: "expected-failure" as const } : {}) };
    case "failed":
      return {
        ...base,
        status: "failed",
        ...(messages.some((text) => text.includes(passedThoughFailing)) ? { note: "unexpected-pass" as const } : {}),
        message: cut(headOf(messages[0] ?? "failed without an error"), textLimit),
        details: cut(messages.map(detailsOf).join("\n\n"), textLimit),
      };
    case "todo":
      return { ...base, status: "skipped", note: "todo" };
    case "pending":
    case "skipped":
    case "disabled":
    case "focused":
      return { ...base, status: "skipped" };
  }
}

/** The titles from the outermost group to the case, as results and selections give them. */
export function pathOf(titles: readonly string[]): string[] {
  const path = titles.map((title) => cut(title, nameLimit));
  const rest = path.slice(depthLimit - 1);
  return rest.length <= 1 ? path : [...path.slice(0, depthLimit - 1), rest.join(" > ").slice(0, nameLimit)];
}

/** What an error says, without its stack: for people. */
export function headOf(text: string): string {
  const plain = stripVTControlCharacters(text);
  const stack = plain.search(/\n\s+at /);
  return (stack === -1 ? plain : plain.slice(0, stack)).replace(/^(?:Error|JestAssertionError): /, "").trim();
}

/** Frames inside jest itself say nothing about the test. */
const jestFrame = /^\s+at .*[\\/]node_modules[\\/](?:@jest[\\/]|jest-|expect[\\/])/;

export function detailsOf(text: string): string {
  const lines = stripVTControlCharacters(text).split("\n");
  return lines.filter((line) => !jestFrame.test(line)).join("\n");
}

export function failureKindOf(messages: readonly string[]): Failure["kind"] {
  return messages.some((text) => /Exceeded timeout of .+ for a (?:test|hook)/.test(text)) ? "test-timeout" : "assertion";
}
