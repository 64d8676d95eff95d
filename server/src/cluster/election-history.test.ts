import type { RaftEvent } from "@shardwright/raft";
import { expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import { ElectionHistory } from "./election-history.ts";

const own = "a.00000001";
const other = "b.00000002";

function begin() {
  let now_ms = 0;
  const clock: Clock = { now_ms: () => now_ms, monotonic_ms: () => now_ms, after: () => ({ cancel: () => {} }) };
  const history = new ElectionHistory(clock, own);
  return { history, pass: (duration_ms: number) => (now_ms += duration_ms) };
}
const asks = (term: number): RaftEvent => ({ type: "became-candidate", term, phase: "pre" });
const holds = (term: number): RaftEvent => ({ type: "became-candidate", term, phase: "real" });
const follows = (term: number, leader?: string): RaftEvent => ({ type: "became-follower", term, leader });

test("an election that is won is told with its reason and the time before, and counted", () => {
  const { history, pass } = begin();
  pass(50);
  history.leads(other, 1);
  pass(1000);
  history.gone();
  history.leads(undefined, 1);
  pass(200);
  for (const event of [asks(1), holds(2), { type: "became-leader", term: 2 } as const]) history.take(event);
  history.leads(own, 2);
  expect(
    history.records.map(({ outcome, term, reason, without_leader_ms }) => [outcome, term, reason, without_leader_ms]),
  ).toEqual([
    ["followed", 1, "start", 50],
    ["won", 2, "process-gone", 200],
  ]);
  expect(history.counts).toEqual({ asked: 1, started: 1, won: 1, lost: 0 });
  expect([history.leaderChanges, history.withoutLeader_ms, history.leaderless_ms]).toEqual([2, 250, 0]);
});

test("who stands for election in vain has lost; who only asked has not", () => {
  const { history } = begin();
  for (const event of [asks(1), follows(1), asks(1), holds(2), asks(2), holds(3), follows(4, other)]) history.take(event);
  expect(history.counts).toEqual({ asked: 3, started: 2, won: 0, lost: 2 });
  expect(history.records.map(({ outcome, term }) => [outcome, term])).toEqual([
    ["lost", 2],
    ["lost", 3],
  ]);
});

test("a leader that was not heard for a while is no new one; a lost majority and a handover are told", () => {
  const { history, pass } = begin();
  history.leads(other, 1);
  history.leads(undefined, 1);
  pass(3000);
  history.leads(other, 1);
  expect([history.leaderChanges, history.withoutLeader_ms]).toEqual([1, 3000]);
  // Told to by the leader, it asks nobody first.
  history.take(holds(2));
  history.take({ type: "became-leader", term: 2 });
  history.leads(own, 2);
  history.take({ type: "quorum-lost", term: 2 });
  history.take(follows(2));
  history.leads(undefined, 2);
  history.leads(other, 3);
  history.heard({ type: "vote", from: own, to: other, term: 4, phase: "real", isTransfer: true, lastIndex: 1, lastTerm: 1 });
  history.leads(own, 4);
  expect(history.records.map(({ reason }) => reason)).toEqual(["start", "handover", "no-quorum", "handover"]);
});

test("the list of elections stays short", () => {
  const { history } = begin();
  for (let term = 1; term <= 100; term += 1) history.leads(other, term);
  expect(history.records).toHaveLength(20);
  expect(history.records.at(-1)?.term).toBe(100);
});

test("whoever leads knows whom it follows and why, before and after it is said that it leads", () => {
  const { history } = begin();
  expect(history.takeover).toEqual({ because: "start" });
  history.leads(other, 1);
  history.gone();
  history.leads(undefined, 1);
  const takeover = { after: other, because: "process-gone" };
  expect(history.takeover).toEqual(takeover);
  history.leads(own, 2);
  expect(history.takeover).toEqual(takeover);
  // It was not heard for a while, and won again.
  history.leads(undefined, 2);
  history.leads(own, 3);
  expect(history.takeover).toEqual({ because: "silence" });
});
