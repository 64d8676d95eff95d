import { type Member, type State, founded, start, step } from "@shardwright/raft";
import { expect, test } from "vitest";
import { settingsOf } from "./timings.ts";
import { failoverProfiles } from "@shardwright/core";
import { successors } from "./successors.ts";

const member = (id: string, more: Partial<Member> = {}): Member => ({ id, votes: true, address: "", ...more });

/** `a` leads these, and has heard how far each is. */
function leading(members: readonly Member[], matches: Readonly<Record<string, number>>): State {
  const stored = founded({ members });
  const settings = settingsOf(failoverProfiles.default);
  const state = start({ id: "a", settings, random: () => 0.5, now_ms: 0, stored, applied: 0 });
  step(state, 0, { type: "campaign" });
  const others = members.filter(({ id }) => id !== "a");
  const grant = (phase: "pre" | "real") => {
    for (const { id } of others)
      step(state, 1, { type: "receive", message: { type: "vote-reply", from: id, to: "a", term: 2, phase, isGranted: true } });
  };
  grant("pre");
  step(state, 1, { type: "persisted", token: state.lastToken });
  grant("real");
  if (state.role.kind !== "leader") throw new Error("it was not elected");
  for (const [id, match] of Object.entries(matches)) {
    const progress = state.role.progress.get(id);
    if (progress !== undefined) progress.match = match;
  }
  return state;
}

test("who has the most is asked first, and a witness last", () => {
  const state = leading([member("a"), member("b"), member("c"), member("d", { isWitness: true }), member("e")], {
    b: 1,
    c: 2,
    d: 2,
    e: 0,
  });
  expect(successors(state, () => true)).toEqual(["c", "b", "e", "d"]);
  expect(successors(state, (id) => id !== "c")).toEqual(["b", "e", "d"]);
});

test("nobody is asked who could not be elected without this node's vote", () => {
  expect(successors(leading([member("a"), member("b"), member("c")], {}), (id) => id === "b")).toEqual([]);
  expect(successors(leading([member("a"), member("b")], {}), () => true)).toEqual([]);
  const withLearner = leading([member("a"), member("b"), member("c"), member("d", { votes: false })], {});
  expect(successors(withLearner, (id) => id !== "b")).toEqual([]);
});

test("who does not lead has nothing to hand over", () => {
  const stored = founded({ members: [member("a"), member("b"), member("c")] });
  const settings = settingsOf(failoverProfiles.default);
  const state = start({ id: "a", settings, random: () => 0.5, now_ms: 0, stored, applied: 0 });
  expect(successors(state, () => true)).toEqual([]);
});
