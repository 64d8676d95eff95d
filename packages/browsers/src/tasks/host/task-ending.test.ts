import type { CaseResult } from "@shardwright/core";
import { expect, test } from "vitest";
import { TaskEnding } from "./task-ending.ts";

const passed: CaseResult = { path: ["adds"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 };

test("a browser that is lost as a case passes leaves no green file: the cases behind it have not run", () => {
  const ending = new TaskEnding();
  ending.add(passed);
  ending.note({ result: passed, sign: "gpu-process-lost" });
  expect(ending.result()).toEqual({
    outcome: "errored",
    failure: { kind: "browser-crash", message: "The browser was lost after 1 case." },
  });
  expect(ending.isBad).toBe(true);
});

test("a file has passed with its cases, and is skipped where all of them are", () => {
  const ending = new TaskEnding();
  ending.add({ ...passed, status: "skipped" });
  expect(ending.result()).toEqual({ outcome: "skipped" });
  ending.add(passed);
  expect(ending.result()).toEqual({ outcome: "passed" });
  expect(ending.isBad).toBe(false);
});
