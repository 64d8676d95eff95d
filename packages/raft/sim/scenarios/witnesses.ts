import assert from "node:assert/strict";
import { Hand } from "../hand.ts";

export const witnesses: Readonly<Record<string, () => void>> = {
  "a witness stays one, and nobody else becomes one": () => {
    const hand = new Hand(["a", "b", "w!"]);
    const a = hand.elect("a");
    for (const names of [
      ["a", "b", "w"],
      ["a", "b!", "w!"],
    ])
      assert.deepEqual(a.change(...names).outcome, { kind: "refused", refusal: "not-one-step", leader: undefined });
    a.change("a", "b");
    hand.talk();
    assert.deepEqual(hand.node("b").members, ["a", "b"]);
  },

  "a witness votes and holds the log, and hands leadership over as soon as it leads": () => {
    const hand = new Hand(["a", "b", "w!"]);
    const a = hand.elect("a");
    const told = a.propose("x");
    hand.talk("a", "w");
    assert.equal(told.outcome?.kind, "applied");
    a.crash();
    // Only the witness has x.
    assert(!hand.campaign("b", "w").isLeader);
    const w = hand.node("w");
    hand.pass(600);
    w.run((driver) => driver.campaign());
    const refused: string[] = [];
    for (let waves = 0; waves < 30; waves += 1) {
      if (w.isLeader) {
        const { outcome } = w.propose("from the witness");
        if (outcome?.kind === "refused") refused.push(outcome.refusal);
      }
      hand.deliver();
    }
    assert(refused.includes("witness"));
    assert(!w.isLeader);
    assert(hand.node("b").isLeader);
    assert.deepEqual(hand.node("b").tables, ["x"]);
  },

  "witnesses are never more than half of the voters": () => {
    const hand = new Hand(["a", "b", "v!", "w!"]);
    const a = hand.elect("a");
    const refused = { kind: "refused", refusal: "too-many-witnesses", leader: undefined };
    assert.deepEqual(a.change("a", "v!", "w!").outcome, refused);
    a.change("a", "b", "w!");
    hand.talk();
    a.change("a", "w!");
    hand.talk();
    assert.deepEqual(a.members, ["a", "w!"]);
    assert.deepEqual(a.change("w!").outcome, { kind: "refused", refusal: "no-voter", leader: undefined });
  },

  "a witness that is further behind than the log begins gets its place there, and fetches nothing": () => {
    const hand = new Hand(["a", "b", "w!"]);
    const a = hand.elect("a", "b");
    const w = hand.node("w");
    a.propose("1");
    a.propose("2");
    hand.talk("a", "b");
    const begins = a.state.applied - 1;
    a.run((driver) => driver.compact(begins, a.copyTables()));
    w.holdsSnapshots = true;
    for (let times = 0; times < 3; times += 1) hand.beat();
    assert.equal(w.snapshotsAsked, 0);
    // As early as the leader's own log: who lags behind may need the rest of it from the witness.
    assert.equal(w.state.log.base.index, begins);
    assert.equal(w.state.applied, a.state.applied);
    hand.node("b").crash();
    w.restart();
    const told = a.propose("3");
    for (let times = 0; times < 3; times += 1) hand.beat("a", "w");
    assert.equal(told.outcome?.kind, "applied");
    assert.deepEqual(w.members, ["a", "b", "w!"]);
  },

  "who is to vote has before that what a witness may have dropped": () => {
    const hand = new Hand(["a", "w!"]);
    const a = hand.elect("a");
    const w = hand.node("w");
    a.propose("1");
    hand.talk();
    hand.beat();
    w.run((driver) => driver.compact(driver.state.floor));
    assert.equal(w.state.log.base.index, a.state.log.last);
    const b = hand.join("b");
    assert.deepEqual(a.change("a", "b", "w!").outcome, { kind: "refused", refusal: "not-caught-up", leader: undefined });
    a.change("a", "b?", "w!");
    hand.talk("a", "w");
    assert.deepEqual(a.change("a", "b", "w!").outcome, { kind: "refused", refusal: "not-caught-up", leader: undefined });
    hand.beat();
    hand.beat();
    assert.equal(a.change("a", "b", "w!").outcome, undefined);
    hand.talk("a", "w");
    assert.deepEqual(w.members, ["a", "b", "w!"]);
    a.crash();
    // It has not heard that it votes: the witness has that for it.
    hand.campaign("w", "b");
    hand.talk("w", "b");
    assert(b.isLeader);
    assert.deepEqual(b.tables, ["1"]);
  },

  "a witness keeps what a voter with tables, or one that is about to be one, has not": () => {
    const hand = new Hand(["a", "b", "w!"]);
    const a = hand.elect("a");
    const w = hand.node("w");
    hand.node("b").crash();
    const { last } = a.state.log;
    a.propose("1");
    hand.talk();
    hand.beat();
    assert.equal(w.state.floor, last);
    a.crash();
    hand.node("b").restart();
    hand.campaign("w", "b");
    hand.talk("w", "b");
    assert(hand.node("b").isLeader);
    assert.deepEqual(hand.node("b").tables, ["1"]);
    // A learner that keeps up holds the floor as well, until it is gone.
    const b = hand.node("b");
    const c = hand.join("c");
    a.restart();
    for (let times = 0; times < 3; times += 1) hand.beat();
    b.change("a", "b", "c?", "w!");
    for (let times = 0; times < 3; times += 1) hand.beat();
    // The leader has just looked who is there.
    hand.pass(300);
    hand.beat();
    hand.beat();
    const { floor } = w.state;
    assert.equal(floor, b.state.log.last);
    c.crash();
    b.propose("2");
    hand.talk();
    hand.beat();
    assert.equal(w.state.floor, floor);
    for (let times = 0; times < 2; times += 1) {
      hand.pass(300);
      hand.beat();
    }
    assert.equal(w.state.floor, b.state.log.last);
  },

  "a witness lets those stand first who have tables": () => {
    const hand = new Hand(["a", "b", "w!"]);
    hand.elect("a").crash();
    const [b, w] = [hand.node("b"), hand.node("w")];
    const { electionMax_ms, heartbeat_ms } = hand.settings;
    assert(b.state.election_ms < hand.now_ms + electionMax_ms);
    assert(w.state.election_ms >= hand.now_ms + electionMax_ms);
    for (const node of [b, w]) node.run((driver) => driver.leaderGone("a"));
    assert(b.state.election_ms < hand.now_ms + heartbeat_ms);
    assert(w.state.election_ms >= hand.now_ms + heartbeat_ms);
  },
};
