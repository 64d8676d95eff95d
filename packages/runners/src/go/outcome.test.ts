import { expect, test } from "vitest";
import type { CaseResult } from "../runner.ts";
import { outcomeOf, type Ending } from "./outcome.ts";

const passed: CaseResult = { path: ["TestA"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 };
const failed: CaseResult = { ...passed, path: ["TestB"], status: "failed", message: "no" };
const ending: Ending = { exit: { code: 0, signal: null }, conclusion: true, interrupted: 0, panic: undefined, outside: "" };

test("green needs exit code 0 and the binary's own word after its last test", () => {
  expect(outcomeOf([passed], ending)).toEqual({ outcome: "passed" });
  expect(outcomeOf([], ending)).toEqual({ outcome: "skipped" });
  expect(outcomeOf([passed], { ...ending, conclusion: undefined })).toMatchObject({
    outcome: "errored",
    failure: { kind: "crash" },
  });
  expect(outcomeOf([passed], { ...ending, conclusion: false })).toMatchObject({ outcome: "failed" });
  expect(outcomeOf([passed], { ...ending, exit: { code: 1, signal: null } })).toMatchObject({ outcome: "failed" });
  expect(outcomeOf([passed], { ...ending, exit: { code: null, signal: "SIGKILL" } })).toMatchObject({
    outcome: "errored",
    failure: { kind: "crash", signal: "SIGKILL" },
  });
});

test("a test that failed by name only is believed when the binary agrees", () => {
  expect(outcomeOf([passed, failed], ending)).toEqual({ outcome: "passed" });
  expect(outcomeOf([passed, failed], { ...ending, conclusion: false })).toMatchObject({
    outcome: "failed",
    failure: { kind: "assertion", message: "1 of 2 cases failed. TestB: no" },
  });
});

test("a race outside all tests is told by the exit code", () => {
  const { failure } = outcomeOf([passed], { ...ending, exit: { code: 66, signal: null }, outside: "PASS\nFound 1 data race(s)" });
  expect(failure?.message).toBe(
    "No test failed, but the test binary exited with code 66. The race detector found a race outside all tests. Its last words: Found 1 data race(s)",
  );
});
