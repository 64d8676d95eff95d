import { expect, test } from "vitest";
import { founded, start } from "./state.ts";
import { step } from "./step.ts";
import type { Entry, Message } from "./types.ts";

const settings = {
  heartbeat_ms: 100,
  electionMin_ms: 1000,
  electionMax_ms: 2000,
  messageLimit_bytes: 1000,
  inFlightLimit: 4,
  uncommittedLimit_bytes: 10_000,
};
const members = ["a", "b", "c"].map((id) => ({ id, votes: true, address: "" }));

test("while the record of a snapshot is being written, nothing is acknowledged that only the snapshot holds", () => {
  const node = start({ id: "b", settings, random: () => 0.5, now_ms: 0, stored: founded({ members }), applied: 0 });
  const append = (prevIndex: number, entries: readonly Entry[], commit: number): Message => {
    return { type: "append", from: "a", to: "b", term: 1, prevIndex, prevTerm: 1, entries, commit, round: 0, floor: 0 };
  };
  const entry = (index: number): Entry => ({ index, term: 1, kind: "noop" });
  const { write } = step(node, 1, { type: "receive", message: append(1, [entry(2), entry(3)], 2) });
  step(node, 2, { type: "persisted", token: write?.token ?? 0 });
  const snapshot = { index: 9, term: 1, configuration: { members }, bytes: 1, digest: "d" };
  step(node, 3, { type: "receive", message: { type: "snapshot", from: "a", to: "b", term: 1, snapshot, round: 0 } });
  const installing = step(node, 4, { type: "snapshot-fetched", snapshot, isComplete: true });
  const late = step(node, 5, { type: "receive", message: append(7, [], 7) });
  expect(late.messages).toMatchObject([{ type: "append-reply", isMatch: true, match: 2 }]);
  const done = step(node, 6, { type: "persisted", token: installing.write?.token ?? 0 });
  expect(done.messagesAfterWrite).toMatchObject([{ type: "append-reply", isMatch: true, match: 9 }]);
  expect(step(node, 7, { type: "receive", message: append(7, [], 9) }).messages).toMatchObject([{ match: 7 }]);
});
