import { expect, test } from "vitest";
import { withOwnFrames } from "./own-frames.ts";

test("a stack follows its message, with the project's own frames and its causes", () => {
  const stack = [
    "TypeError: fetch failed",
    "    at node:internal/deps/undici/undici:15845:13",
    "    at load (/w/src/load.ts:2:34)",
    "    at new Promise (<anonymous>)",
    "    at run (file:///w/node_modules/v/run.js:1:1)",
    "",
    "Caused by: Error: bad port",
    "    at native/start.ts:9:1",
  ].join("\n");
  expect(withOwnFrames("TypeError: fetch failed", stack).split("\n")).toEqual([
    "TypeError: fetch failed",
    "    at load (/w/src/load.ts:2:34)",
    "Caused by: Error: bad port",
    "    at native/start.ts:9:1",
  ]);
});

test("what the message says is not said again, with or without an error's name", () => {
  expect(withOwnFrames("broke", "Error: broke\n    at /w/a.ts:1:2")).toBe("broke\n    at /w/a.ts:1:2");
  expect(withOwnFrames("An error: x is not defined", "ReferenceError: x is not defined\n    at /w/a.ts:1:2")).toBe(
    "An error: x is not defined\nReferenceError: x is not defined\n    at /w/a.ts:1:2",
  );
  expect(withOwnFrames("broke", "")).toBe("broke");
});
