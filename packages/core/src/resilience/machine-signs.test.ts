import { expect, test } from "vitest";
import { speaksOfMachine } from "./machine-signs.ts";

test.each([
  "Error: ENOSPC: no space left on device, write",
  "OSError: [Errno 28] No space left on device: '/tmp/x'",
  "write /tmp/x: no space left on device",
  "EMFILE: too many open files, open 'a.txt'",
  "fork: Cannot allocate memory",
])("the machine is at fault: %s", (text) => {
  expect(speaksOfMachine(text)).toBe(true);
});

test.each([
  "expected 1 to be 2",
  "AssertionError: VIDEOS",
  "connect ECONNREFUSED 127.0.0.1:5432",
  "there is no space left in the cart",
])("it may be, but nothing says so: %s", (text) => {
  expect(speaksOfMachine(text)).toBe(false);
});
