import { expect, test } from "vitest";
import { crashOf } from "./warm-session.ts";

const heap = `<--- Last few GCs --->
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----
 1: 0xe13fde node::OOMErrorHandler(char const*, v8::OOMDetails const&)`;
const python = `Traceback (most recent call last):
  File "test_a.py", line 3, in test_a
MemoryError
Fatal Python error: a second one`;

test.each([
  ["the system", { code: null, signal: "SIGKILL", outOfMemory: true } as const, "", "SIGKILL"],
  ["V8", { code: null, signal: "SIGABRT" } as const, heap, "JavaScript heap out of memory"],
  ["Python", { code: 1, signal: null } as const, python, "Its last words: MemoryError"],
])("a process that had no more memory says so: by %s", (_, exit, tail, words) => {
  const { kind, message } = crashOf(exit, tail);
  expect(kind).toBe("crash");
  expect(message).toContain(", out of memory");
  expect(message).toContain(words);
});

test("one that was killed for another reason does not", () => {
  expect(crashOf({ code: null, signal: "SIGKILL" }, "the shop is out of memory sticks").message).not.toContain(", out of memory");
});
