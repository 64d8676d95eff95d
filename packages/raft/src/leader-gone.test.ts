import { expect, test } from "vitest";
import { founded, start, type State } from "./state.ts";
import { nextDeadline_ms, step } from "./step.ts";
import type { Message } from "./types.ts";

const settings = {
  heartbeat_ms: 100,
  electionMin_ms: 1000,
  electionMax_ms: 2000,
  messageLimit_bytes: 1000,
  inFlightLimit: 4,
  uncommittedLimit_bytes: 10_000,
};
const members = ["a", "b", "c"].map((id) => ({ id, votes: true, address: "" }));
const follower = (id: string): State =>
  start({ id, settings, random: () => 0.5, now_ms: 0, stored: founded({ members }), applied: 0 });
const heartbeat = (to: string): Message => ({
  type: "append",
  from: "a",
  to,
  term: 1,
  prevIndex: 1,
  prevTerm: 1,
  entries: [],
  commit: 1,
  round: 0,
  floor: 0,
});
const vote: Message = { type: "vote", phase: "pre", from: "c", to: "b", term: 2, isTransfer: false, lastIndex: 1, lastTerm: 1 };

test("a follower whose leader's process is gone stands for election within a heartbeat, and helps who stands before", () => {
  const b = follower("b");
  step(b, 10, { type: "receive", message: heartbeat("b") });
  expect(step(b, 20, { type: "receive", message: vote })).toMatchObject({ messages: [], messagesAfterWrite: [] });
  step(b, 30, { type: "leader-gone", leader: "c" });
  expect(nextDeadline_ms(b), "somebody else is gone").toBeGreaterThan(1000);
  step(b, 30, { type: "leader-gone", leader: "a" });
  expect(nextDeadline_ms(b)).toBe(80);
  expect(step(b, 40, { type: "receive", message: vote }).messagesAfterWrite).toMatchObject([
    { type: "vote-reply", isGranted: true },
  ]);
  expect(step(b, 80, { type: "tick" }).messagesAfterWrite.map(({ type }) => type)).toEqual(["vote", "vote"]);
});
