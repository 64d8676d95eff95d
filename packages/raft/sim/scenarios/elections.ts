import assert from "node:assert/strict";
import { Hand } from "../hand.ts";

export const elections: Readonly<Record<string, () => void>> = {
  "who knows that the leader's process is gone stands within a heartbeat, and helps who stands": () => {
    const hand = new Hand(["a", "b", "c"]);
    hand.elect("a").crash();
    const [b, c] = [hand.node("b"), hand.node("c")];
    b.run((driver) => driver.leaderGone("c"));
    assert.equal(b.state.leader, "a", "somebody else is gone");
    b.run((driver) => driver.leaderGone("a"));
    hand.pass(hand.settings.heartbeat_ms);
    b.tick();
    hand.talk("b", "c");
    assert(!b.isLeader, "c holds on to the leader, whom it heard a moment ago");
    c.run((driver) => driver.leaderGone("a"));
    hand.pass(hand.settings.heartbeat_ms);
    c.tick();
    hand.talk("b", "c");
    assert(c.isLeader);
  },

  "entries of an older term are not committed by count (Figure 8)": () => {
    const hand = new Hand(["a", "b", "c", "d", "e"], { messageLimit_bytes: 1 });
    const a = hand.win("a", "b", "c");
    hand.beat("a", "b");
    a.crash();
    hand.win("e", "c", "d").crash();
    a.restart();
    hand.win("a", "b", "c");
    hand.beat("a", "b");
    assert.deepEqual(a.terms, [1, 2, 4]);
    // Entry 2 reaches a third node, entry 3 does not.
    a.tick();
    hand.pass(50);
    a.tick();
    while (hand.node("c").state.log.last < 2) {
      hand.deliver({ to: "c" });
      hand.deliver({ from: "c" });
    }
    hand.deliver({ from: "c" });
    assert.equal(hand.node("c").state.log.termAt(2), 2);
    assert.equal(a.state.commit, 0, "two thirds have entry 2, and it is not committed");
    hand.take();
    a.crash();
    const e = hand.node("e");
    e.restart();
    hand.elect("e", "b", "c", "d");
    assert.equal(e.state.commit, 3);
    a.restart();
    hand.beat();
    for (const node of hand.nodes.values()) assert.deepEqual(node.terms, [1, 3, 5]);
  },

  "an older entry is safe once one of the leader's own term follows it (Figure 8)": () => {
    const hand = new Hand(["a", "b", "c", "d", "e"]);
    const a = hand.win("a", "b", "c");
    hand.beat("a", "b");
    a.crash();
    const e = hand.win("e", "c", "d");
    e.crash();
    a.restart();
    hand.elect("a", "b", "c");
    assert.equal(a.state.commit, 3);
    a.crash();
    e.restart();
    hand.campaign("e");
    assert(!e.isLeader, "nobody who has entry 3 votes for it, and without them there is no majority");
  },

  "a node that was cut off changes neither term nor leader when it comes back": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const c = hand.node("c");
    const { term } = a.state;
    for (let times = 0; times < 10; times += 1) {
      hand.pass(600);
      c.tick();
      hand.take({ from: "c" });
      hand.beat("a", "b");
    }
    hand.beat();
    assert(a.isLeader);
    assert.equal(a.state.term, term);
    assert.equal(c.state.leader, "a");
  },

  "who hears a leader does not help to depose it": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    hand.beat("a", "b");
    const c = hand.node("c");
    c.run((driver) => driver.campaign());
    hand.talk();
    assert(a.isLeader);
    assert(!c.isLeader);
    assert.equal(a.state.term, 2);
  },

  "a removed node that does not know it disturbs nobody": () => {
    const hand = new Hand(["a", "b", "c", "d"]);
    const a = hand.elect("a");
    a.change("a", "b", "c");
    hand.talk("a", "b", "c");
    for (let times = 0; times < 5; times += 1) {
      hand.beat();
      hand.node("d").run((driver) => driver.campaign());
      hand.talk();
    }
    assert(a.isLeader);
    assert.equal(a.state.term, 2);
    assert.deepEqual(hand.node("d").members, ["a", "b", "c", "d"]);
  },

  "two candidates of one term: the second is refused, and follows": () => {
    const hand = new Hand(["a", "b", "c"]);
    const [b, c] = [hand.node("b"), hand.node("c")];
    hand.pass(600);
    for (const node of [b, c]) node.run((driver) => driver.campaign());
    // Both may hope, for a promise of a vote binds nobody.
    hand.deliver({ to: "a" });
    hand.deliver({ from: "a" });
    assert.equal(b.state.term, 2);
    assert.equal(c.state.term, 2);
    hand.deliver({ from: "b", to: "a" });
    hand.deliver({ from: "c", to: "a" });
    hand.talk();
    assert(b.isLeader);
    assert.equal(c.state.leader, "b");
    assert.equal(c.state.term, 2);
  },

  "a split vote ends with the next election": () => {
    const hand = new Hand(["a", "b", "c", "d"]);
    const [a, b] = [hand.node("a"), hand.node("b")];
    hand.pass(600);
    for (const node of [a, b]) node.run((driver) => driver.campaign());
    for (const voter of ["c", "d"]) hand.deliver({ to: voter });
    for (const voter of ["c", "d"]) hand.deliver({ from: voter });
    hand.deliver({ from: "a", to: "c" });
    hand.deliver({ from: "b", to: "d" });
    hand.talk();
    assert(!a.isLeader && !b.isLeader);
    hand.elect("a");
    assert.equal(a.state.term, 3);
  },

  "a vote request that comes again is granted again, after a restart as well, and another's is not": () => {
    const hand = new Hand(["a", "b", "c"]);
    const b = hand.node("b");
    const ask = (from: string): boolean => {
      hand.take();
      b.run((driver) =>
        driver.receive({ type: "vote", from, to: "b", term: 2, phase: "real", isTransfer: false, lastIndex: 1, lastTerm: 1 }),
      );
      const [reply] = hand.take({ from: "b", to: from, type: "vote-reply" });
      assert(reply?.type === "vote-reply");
      return reply.isGranted;
    };
    assert(ask("a"));
    assert(ask("a"));
    assert(!ask("c"));
    b.restart();
    assert(!ask("c"));
    assert(ask("a"));
  },

  "a vote that is not on the disk is not told": () => {
    const hand = new Hand(["a", "b", "c"]);
    const b = hand.node("b");
    b.holdsWrites = true;
    const vote = { type: "vote", to: "b", term: 2, phase: "real", isTransfer: false, lastIndex: 1, lastTerm: 1 } as const;
    b.run((driver) => driver.receive({ ...vote, from: "a" }));
    assert.equal(hand.take({ from: "b" }).length, 0);
    // It never was, and is free for another.
    b.restart();
    b.holdsWrites = false;
    b.run((driver) => driver.receive({ ...vote, from: "c" }));
    const [reply] = hand.take({ from: "b" });
    assert(reply?.type === "vote-reply" && reply.isGranted && reply.to === "c");
  },

  "one grant that arrives three times is one vote": () => {
    const hand = new Hand(["a", "b", "c", "d", "e"]);
    const a = hand.node("a");
    a.run((driver) => driver.campaign());
    for (const voter of ["b", "c"]) hand.deliver({ to: voter });
    hand.deliver({ to: "a" });
    assert.equal(a.state.role.kind, "candidate");
    hand.deliver({ to: "b", type: "vote" });
    const [grant] = hand.take({ from: "b", to: "a" });
    assert(grant?.type === "vote-reply" && grant.phase === "real" && grant.isGranted);
    for (let times = 0; times < 3; times += 1) a.run((driver) => driver.receive(grant));
    assert(!a.isLeader);
  },

  "a log of a later term is ahead of a longer one": () => {
    const hand = new Hand(["a", "b", "c"]);
    hand.win("a", "c");
    for (let each = 0; each < 5; each += 1) hand.node("a").propose("x");
    const b = hand.win("b", "c");
    assert.deepEqual(b.terms, [1, 3]);
    b.crash();
    hand.node("a").restart();
    b.restart();
    assert(!hand.campaign("a", "b").isLeader, "six entries of term 2 at most, against one of term 3");
    hand.elect("b", "a");
  },

  "a candidate follows who leads its term": () => {
    const hand = new Hand(["a", "b", "c"]);
    const [a, b] = [hand.node("a"), hand.node("b")];
    hand.pass(600);
    for (const node of [a, b]) node.run((driver) => driver.campaign());
    hand.deliver({ to: "c" });
    hand.deliver({ from: "c" });
    hand.take({ from: "b" });
    hand.deliver({ from: "a", to: "c" });
    assert.equal(b.state.role.kind, "candidate");
    hand.deliver({ from: "c", to: "a" });
    assert(a.isLeader);
    hand.talk();
    assert.equal(b.state.role.kind, "follower");
    assert.equal(b.state.leader, "a");
    assert.equal(b.state.term, 2);
    assert.deepEqual(b.terms, [1, 2]);
  },

  "a leader that nobody answers steps down within two election timeouts": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    for (let time_ms = 0; time_ms < 600; time_ms += 50) {
      hand.pass(50);
      a.tick();
      hand.take();
    }
    assert(!a.isLeader);
    assert(a.events.some(({ type }) => type === "quorum-lost"));
  },

  "a leader that was paused while another was elected steps down, and serves nobody": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    hand.elect("b", "c");
    assert(a.isLeader, "it does not know yet");
    const told = a.propose("late");
    const read = a.read();
    hand.talk();
    assert(!a.isLeader);
    hand.beat();
    assert.equal(a.state.leader, "b");
    assert.equal(read.index, undefined);
    assert.equal(told.outcome?.kind, "refused");
    assert.deepEqual(a.tables, []);
  },

  "a term is on the disk with the first entry that belongs to it": () => {
    const hand = new Hand(["a", "b", "c", "d", "e"]);
    const a = hand.elect("a");
    hand.elect("c", "b", "d");
    hand.beat("b", "c", "d", "e");
    const e = hand.node("e");
    e.restart();
    assert.equal(e.state.term, 3);
    // Who forgets the term listens to who led before, and gives up what it acknowledged.
    assert(a.isLeader, "it does not know yet");
    a.propose("old");
    hand.talk("a", "e");
    assert.deepEqual(e.terms, [1, 2, 3]);
    assert(!a.isLeader);
    e.crash();
    e.disk.hard = { term: 2, vote: undefined };
    assert.throws(() => e.start(), /an entry of term 3, and the latest term known is 2/);
  },
};
