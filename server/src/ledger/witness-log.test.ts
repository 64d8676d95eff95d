import { start, joining } from "@shardwright/raft";
import { expect, test } from "vitest";
import { droppableUpTo } from "./witness-log.ts";

const limits = { entries: 100, bytes: 1000 };

/** A log of so many entries, all of them applied. */
function holding(entries: number) {
  const { base } = joining();
  const log = Array.from({ length: entries }, (_, at) => ({ index: at + 1, term: 1, kind: "noop" as const }));
  const stored = { hard: { term: 1, vote: undefined }, base, entries: log, loss: undefined };
  const settings = {
    heartbeat_ms: 1,
    electionMin_ms: 1,
    electionMax_ms: 1,
    messageLimit_bytes: 1,
    inFlightLimit: 1,
    uncommittedLimit_bytes: 1,
  };
  return start({ id: "w", settings, random: () => 0, now_ms: 0, stored, applied: entries });
}

const until = (entries: number, floor: number, held_bytes = 0) =>
  droppableUpTo({ ...holding(entries), floor }, held_bytes, limits);

test("a log that is short stays, and one that is long loses what all others have", () => {
  expect(until(100, 100)).toBeUndefined();
  expect(until(101, 101)).toEqual({ index: 101, isMissed: false });
  expect(until(101, 40)).toEqual({ index: 40, isMissed: false });
  expect(until(9, 9, 1001)).toEqual({ index: 9, isMissed: false });
});

test("not for a few entries: each time is a write", () => {
  expect(until(200, 19)).toBeUndefined();
  expect(until(200, 20)).toEqual({ index: 20, isMissed: false });
});

test("a voter that is away is waited for, but not for ever", () => {
  expect(until(400, 0)).toBeUndefined();
  expect(until(401, 0)).toEqual({ index: 201, isMissed: true });
  expect(until(10, 0, 4001)).toEqual({ index: 5, isMissed: true });
});
