import assert from "node:assert/strict";
import { Hand } from "../hand.ts";

export const reads: Readonly<Record<string, () => void>> = {
  "a read waits until a majority says that its leader still leads": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    hand.talk();
    const read = a.read();
    assert.equal(read.index, undefined);
    hand.talk("a", "b");
    assert.equal(read.index, 3);
  },

  "an answer to a message that went out before a read does not confirm it": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    hand.pass(50);
    a.tick();
    hand.deliver({ to: "b" });
    const read = a.read();
    hand.deliver({ from: "b" });
    assert.equal(read.index, undefined);
  },

  "a leader that was deposed answers no read": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const b = hand.elect("b", "c");
    b.propose("new");
    hand.talk("b", "c");
    const read = a.read();
    hand.talk("a");
    assert.equal(read.index, undefined);
    hand.talk();
    assert.equal(read.index, undefined);
  },

  "a new leader answers a read once it has committed an entry of its own": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    // It is committed, and b does not know.
    hand.deliver({ to: "c" });
    hand.deliver({ from: "c" });
    assert.deepEqual(a.tables, ["x"]);
    hand.talk("a");
    const c = hand.win("c", "b");
    assert.equal(c.state.commit, 2);
    const read = c.read();
    assert.equal(read.index, undefined);
    hand.beat("b", "c");
    assert(read.index !== undefined && read.index >= 4);
    assert.deepEqual(c.tables, ["x"]);
  },

  "a follower reads by asking the leader, and waits until it has applied as much": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    hand.talk("a", "b");
    const c = hand.node("c");
    const read = c.read();
    hand.deliver({ from: "c", to: "a", type: "read" });
    hand.talk("a", "b", "c");
    assert.equal(read.index, 3);
    assert.deepEqual(c.tables, ["x"]);
  },

  "many reads share a round, and those that come meanwhile the next one": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const first = [a.read(), a.read(), a.read()];
    assert.equal(hand.wire.length, 2, "one message to each");
    hand.deliver({ to: "b" });
    hand.deliver({ from: "b" });
    assert.notEqual(first[0]?.index, undefined);
    assert.equal(first[2]?.index, undefined, "it came when the round was under way");
    hand.talk();
    assert(first.every(({ index }) => index !== undefined));
  },

  "a read is answered when those it waits for are no longer needed": () => {
    const hand = new Hand(["a", "b"]);
    const a = hand.elect("a");
    hand.node("b").crash();
    const read = a.read();
    // The removal is replicated by the vote of b's disk, its answer to the round is lost.
    hand.node("b").restart();
    hand.take();
    a.change("a");
    hand.take();
    a.tick();
    hand.take();
    assert.notEqual(read.index, undefined);
  },

  "an answer to a read of an earlier life is not taken for one of this life": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const c = hand.node("c");
    c.read();
    hand.deliver({ from: "c", to: "a", type: "read" });
    hand.deliver({ to: "b" });
    hand.deliver({ from: "b", to: "a" });
    const late = hand.take({ type: "read-reply" });
    assert.equal(late.length, 1);
    hand.talk();
    c.restart();
    a.propose("x");
    hand.talk("a", "b");
    hand.pass(50);
    a.tick();
    hand.deliver({ from: "a", to: "c" });
    const read = c.read();
    for (const message of late) c.run((driver) => driver.receive(message));
    assert(read.index === undefined || read.index >= 3, "x was acknowledged before it was asked");
  },
};
