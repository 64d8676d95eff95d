import type { Entry } from "@shardwright/raft";
import { expect, test } from "vitest";
import { beginOfTail } from "./log-length.ts";

/** A log of entries from 101 on, of so many bytes each. */
const logOf = (sizes: readonly number[]) => ({
  entryAt: (index: number): Entry | undefined => {
    const size = sizes[index - 101];
    return size === undefined ? undefined : { index, term: 1, kind: "data", data: new Uint8Array(size) };
  },
});
const small = logOf(Array.from({ length: 50 }, () => 10));

test("of a log of small entries as many are kept as are allowed", () => {
  expect(beginOfTail(small, 150, { entries: 20, bytes: 1000 })).toBe(130);
});

test("of a log of large entries only as many are kept as fit", () => {
  expect(beginOfTail(small, 150, { entries: 20, bytes: 55 })).toBe(145);
  expect(beginOfTail(logOf([10, 10, 9000]), 103, { entries: 20, bytes: 55 })).toBe(103);
});

test("of a log that is shorter than what may be kept nothing is dropped", () => {
  expect(beginOfTail(logOf([10, 10]), 102, { entries: 20, bytes: 1000 })).toBe(100);
});
