import assert from "node:assert/strict";
import { Hand, type HandNode } from "../hand.ts";

export const logs: Readonly<Record<string, () => void>> = {
  "a follower commits nothing beyond what was compared": () => {
    const hand = new Hand(["a", "b", "c"]);
    hand.win("a", "c");
    const a = hand.node("a");
    for (const each of ["x", "y", "z"]) a.propose(each);
    const b = hand.elect("b", "c");
    for (const each of ["1", "2", "3"]) b.propose(each);
    hand.talk("b", "c");
    assert.equal(b.state.commit, 5);
    // Entries 2 to 5 of a are its own, and b's are committed; this message compares the first one alone.
    const message = { type: "append", from: "b", to: "a", term: 3, entries: [], commit: 5, round: 0, floor: 0 } as const;
    a.run((driver) => driver.receive({ ...message, prevIndex: 1, prevTerm: 1 }));
    assert.equal(a.state.commit, 1);
    assert.deepEqual(a.tables, []);
    hand.beat();
    assert.deepEqual(a.tables, ["1", "2", "3"]);
  },

  "a message that was overtaken takes nothing away": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    const late = hand.take({ to: "b" });
    a.propose("y");
    const next = hand.take({ to: "b" });
    const b = hand.node("b");
    for (const message of [...late, ...next, ...late]) b.run((driver) => driver.receive(message));
    assert.equal(b.state.log.last, 4);
    hand.talk();
    assert.deepEqual(b.tables, ["x", "y"]);
  },

  "messages that overtake each other, are lost and come twice leave the same log": () => {
    const hand = new Hand(["a", "b", "c"], { inFlightLimit: 3 });
    const a = hand.elect("a");
    for (let each = 0; each < 6; each += 1) a.propose(String(each));
    const sent = hand.take({ to: "b" });
    assert.equal(sent.length, 3, "no more than three are under way");
    const b = hand.node("b");
    for (const message of [sent[2], sent[0], sent[0], sent[2]])
      if (message !== undefined) b.run((driver) => driver.receive(message));
    hand.talk();
    hand.beat();
    assert.deepEqual(b.tables, ["0", "1", "2", "3", "4", "5"]);
  },

  "ten thousand entries of four terms that conflict are found in six round trips": () => {
    const hand = new Hand(["a", "b", "c"], { uncommittedLimit_bytes: 10_000_000, messageLimit_bytes: 10_000_000 });
    const [a, b] = [hand.node("a"), hand.node("b")];
    const diverge = (node: HandNode): void => {
      node.crash();
      node.start();
      hand.win(node.id, "c");
      node.propose(...Array.from({ length: 2500 }, () => node.id));
      hand.take();
    };
    for (const node of [a, b, a, b, a, b, a, b]) diverge(node);
    assert.equal(a.state.log.last, 10_005);
    let trips = 0;
    while (a.state.log.termAt(a.state.log.last) !== b.state.term && trips < 100) {
      hand.deliver({ from: "b", to: "a" });
      hand.deliver({ from: "a", to: "b" });
      if (trips === 0) {
        hand.pass(50);
        b.tick();
      }
      trips += 1;
    }
    assert(trips <= 6, `${trips} round trips`);
    hand.talk();
    hand.beat();
    assert.deepEqual(a.tables, b.tables);
    assert.equal(b.tables.length, 10_000);
  },

  "a write that ends proves nothing of what has replaced it since": () => {
    const hand = new Hand(["a", "b", "c"]);
    const c = hand.node("c");
    c.holdsWrites = true;
    const append = { type: "append", to: "c", prevIndex: 1, prevTerm: 1, commit: 0, round: 0, floor: 0 } as const;
    const entry = { index: 2, kind: "noop" } as const;
    c.run((driver) => driver.receive({ ...append, from: "a", term: 2, entries: [{ ...entry, term: 2 }] }));
    c.run((driver) => driver.receive({ ...append, from: "b", term: 3, entries: [{ ...entry, term: 3 }] }));
    hand.take();
    c.writeEnds();
    assert.equal(c.state.log.stable, 1, "entry 2 of term 3 is not written yet");
    c.writeEnds();
    assert.equal(c.state.log.stable, 2);
    assert.deepEqual(
      c.disk.entries.map(({ term }) => term),
      [1, 3],
    );
  },

  "a leader counts itself only for what its own disk has": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.holdsWrites = true;
    const told = a.propose("x");
    hand.talk("a", "b");
    assert.equal(a.state.commit, 2, "b has it and a has not");
    hand.talk();
    a.writesEnd();
    hand.talk("a", "b");
    assert.equal(a.state.commit, 3);
    assert.equal(told.outcome?.kind, "applied");
  },

  "what the others hold is committed, and applied here when the own disk has it too": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.holdsWrites = true;
    const told = a.propose("x");
    hand.talk();
    assert.equal(a.state.commit, 3);
    assert.deepEqual(a.tables, []);
    assert.deepEqual([told.outcome], [undefined]);
    a.writesEnd();
    assert.deepEqual(a.tables, ["x"]);
    assert.equal(told.outcome?.kind, "applied");
  },

  "who proposed is told that another leader's entry took the place": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const told = a.propose("mine");
    hand.take();
    const b = hand.elect("b", "c");
    b.propose("theirs");
    hand.talk();
    hand.beat();
    assert.deepEqual(a.tables, ["theirs"]);
    assert.deepEqual(told.outcome, { kind: "refused", refusal: "superseded", leader: "b" });
  },

  "a leader takes only so many bytes beyond what is committed": () => {
    const hand = new Hand(["a", "b", "c"], { uncommittedLimit_bytes: 500 });
    const a = hand.elect("a");
    const large = a.propose("x".repeat(10_000));
    assert.deepEqual([large.outcome], [undefined], "one that is larger than the limit goes alone");
    const second = a.propose("y");
    assert.deepEqual(second.outcome, { kind: "refused", refusal: "overloaded", leader: undefined });
    hand.talk();
    assert.equal(large.outcome?.kind, "applied");
    const third = a.propose("z");
    hand.talk();
    assert.equal(third.outcome?.kind, "applied");
    assert.equal(a.tables.length, 2);
  },

  "a member whose log is lost and whose tables are not gets by without a snapshot, and without waiting for a write": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    for (const each of ["1", "2", "3"]) a.propose(each);
    hand.talk();
    hand.beat();
    const c = hand.node("c");
    assert.equal(c.state.applied, 5);
    c.crash();
    c.disk.loss = { upTo: 5, term: 2 };
    c.disk.entries.splice(1);
    c.restart();
    a.run((driver) => driver.compact(5));
    for (let times = 0; times < 3; times += 1) hand.beat();
    assert.equal(c.disk.loss, undefined);
    assert.equal(c.state.log.base.index, 5);
    assert.deepEqual(c.tables, ["1", "2", "3"]);
    assert(!c.events.some(({ type }) => type === "snapshot-installed"));
    c.restart();
    a.crash();
    hand.elect("c", "b");
    assert.deepEqual(c.members, ["a", "b", "c"]);
  },

  "a member whose tables are ahead of its log may die at any time while it gets the log again": () => {
    const hand = new Hand(["a", "b", "c"], { messageLimit_bytes: 1 });
    const a = hand.elect("a");
    for (const each of ["1", "2", "3"]) a.propose(each);
    hand.talk();
    hand.beat();
    const c = hand.node("c");
    assert.equal(c.state.applied, 5);
    c.crash();
    // Of the last entries nothing is left, not even that they were there.
    c.disk.loss = { upTo: 3, term: 2 };
    c.disk.entries.splice(2);
    c.restart();
    for (let times = 0; times < 20; times += 1) {
      hand.pass(50);
      a.tick();
      hand.take({ to: "b" });
      hand.deliver({ to: "c" });
      hand.deliver({ from: "c" });
      c.restart();
    }
    assert.equal(c.disk.loss, undefined);
    assert.equal(c.state.log.last, 5);
  },

  "a member that lost entries votes for nobody until it has them again": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.propose("x");
    hand.talk("a", "b");
    const [b, c] = [hand.node("b"), hand.node("c")];
    b.crash();
    b.disk.loss = { upTo: b.disk.entries.length, term: b.disk.hard.term };
    b.disk.entries.splice(2);
    b.restart();
    a.crash();
    hand.campaign("c", "b");
    assert(!c.isLeader, "x was acknowledged, and c has never had it");
    hand.campaign("b", "c");
    assert(!b.isLeader);
    a.restart();
    hand.elect("a");
    hand.beat();
    assert.equal(b.disk.loss, undefined);
    assert.deepEqual(b.tables, ["x"]);
    a.crash();
    hand.elect("b", "c");
  },
};
