import assert from "node:assert/strict";
import { Hand } from "../hand.ts";

export const transfers: Readonly<Record<string, () => void>> = {
  "leadership goes to the member that is named, at once": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.run((driver) => assert.equal(driver.transfer("c"), undefined));
    hand.talk();
    assert(hand.node("c").isLeader);
    assert(!a.isLeader);
  },

  "a member that lags gets what it lacks first": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    hand.talk("a", "b");
    a.run((driver) => assert.equal(driver.transfer("c"), undefined));
    assert.equal(hand.take({ type: "timeout-now" }).length, 0);
    hand.pass(50);
    a.tick();
    hand.talk();
    const c = hand.node("c");
    assert(c.isLeader);
    assert.deepEqual(c.tables, ["x"]);
  },

  "without a name it goes to the voter that has the most": () => {
    const hand = new Hand(["a", "b", "c", "d?"]);
    const a = hand.elect("a");
    a.propose("x");
    hand.talk("a", "c", "d");
    a.run((driver) => driver.transfer());
    hand.talk("a", "b", "c");
    assert(hand.node("c").isLeader);
  },

  "it goes to no learner, to nobody who was removed, and not to the leader itself": () => {
    const hand = new Hand(["a", "b", "c", "d?"]);
    const a = hand.elect("a");
    const refusalOf = (to: string): string | undefined => a.driver.transfer(to);
    for (const to of ["a", "d", "nobody"]) assert.equal(refusalOf(to), "not-a-voter");
    a.change("a", "b", "d?");
    assert.equal(refusalOf("c"), "not-a-voter");
    hand.talk();
    assert(a.isLeader);
    assert.equal(hand.node("b").driver.transfer("c"), "not-leader");
  },

  "meanwhile nothing is taken; after an election timeout the leader goes on": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const before = a.propose("before");
    a.run((driver) => driver.transfer("c"));
    hand.talk("a", "b");
    assert.equal(before.outcome?.kind, "applied", "what was taken before is committed");
    assert.equal(a.driver.transfer("b"), "transferring");
    for (const { outcome } of [a.propose("meanwhile"), a.change("a", "b")])
      assert.deepEqual(outcome, { kind: "refused", refusal: "transferring", leader: undefined });
    for (let time_ms = 0; time_ms < 300; time_ms += 50) hand.beat("a", "b");
    assert(a.events.some(({ type }) => type === "transfer-aborted"));
    const after = a.propose("after");
    hand.talk("a", "b");
    assert.equal(after.outcome?.kind, "applied");
    assert(a.isLeader);
  },

  "a member that was asked and is slow may still win later, and nothing is lost": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.run((driver) => driver.transfer("c"));
    const asked = hand.take({ type: "timeout-now" });
    assert.equal(asked.length, 1);
    for (let time_ms = 0; time_ms < 300; time_ms += 50) hand.beat("a", "b");
    const told = a.propose("after");
    hand.talk("a", "b");
    assert.equal(told.outcome?.kind, "applied");
    const c = hand.node("c");
    for (const message of asked) c.run((driver) => driver.receive(message));
    hand.talk();
    assert(!c.isLeader, "it has not what was committed since");
    hand.elect("b");
    hand.beat();
    assert.deepEqual(c.tables, ["after"]);
  },

  "whoever is asked to take over passes those that hear the leader": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    hand.beat();
    a.run((driver) => driver.transfer("b"));
    hand.talk("b", "a");
    assert(hand.node("b").isLeader);
    assert.equal(hand.node("b").state.term, 3);
  },
};
