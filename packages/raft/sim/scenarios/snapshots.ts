import assert from "node:assert/strict";
import { lastOf } from "../disk.ts";
import { Hand, type HandNode } from "../hand.ts";

export const snapshots: Readonly<Record<string, () => void>> = {
  "a member that is too far behind gets the tables, and then the rest": () => {
    const { hand, a, c } = farBehind();
    a.propose("4");
    hand.talk();
    hand.beat();
    hand.beat();
    assert.deepEqual(c.tables, ["1", "2", "3", "4"]);
    assert(c.events.some(({ type }) => type === "snapshot-installed"));
    c.restart();
    assert.deepEqual(c.members, ["a", "b", "c"]);
    hand.elect("c");
  },

  "a snapshot that comes late takes nothing back": () => {
    const { hand, a, c } = farBehind();
    c.holdsSnapshots = true;
    hand.beat("a", "c");
    assert.equal(c.snapshotsAsked, 1);
    a.crash();
    // b still has all entries.
    const b = hand.elect("b", "c");
    b.propose("4");
    hand.talk("b", "c");
    hand.beat("b", "c");
    assert.deepEqual(c.tables, ["1", "2", "3", "4"]);
    const { applied } = c.state;
    c.snapshotsEnd();
    assert.equal(c.state.applied, applied);
    assert.deepEqual(c.tables, ["1", "2", "3", "4"]);
  },

  "a node that dies while a snapshot's record is being written begins where it was": () => {
    const { hand, a, c } = farBehind();
    c.holdsWrites = true;
    hand.beat();
    assert(c.isWriting);
    assert.deepEqual(c.tables, [], "the tables wait for the record");
    assert.equal(c.state.applied, 2);
    c.restart();
    assert.equal(c.state.log.base.index, 0);
    c.holdsWrites = false;
    a.propose("4");
    for (let times = 0; times < 3; times += 1) hand.beat();
    assert.deepEqual(c.tables, ["1", "2", "3", "4"]);
  },

  "while a snapshot's record is being written nothing is acknowledged that only the snapshot holds": () => {
    const { hand, a, c } = farBehind();
    c.holdsWrites = true;
    hand.beat();
    assert(c.isWriting);
    assert(acknowledged(hand, a, c, c.state.log.base.index - 1) <= lastOf(c.disk));
    c.writesEnd();
    assert.equal(acknowledged(hand, a, c, c.state.log.base.index), c.state.log.base.index);
  },

  "nor while a log that was lost is being begun again where the tables are": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    for (const each of ["1", "2", "3"]) a.propose(each);
    hand.talk();
    hand.beat();
    const c = hand.node("c");
    c.crash();
    c.disk.loss = { upTo: 5, term: 2 };
    c.disk.entries.splice(1);
    c.restart();
    c.holdsWrites = true;
    a.run((driver) => driver.compact(5));
    for (let times = 0; times < 3; times += 1) hand.beat();
    assert(c.isWriting);
    assert.equal(c.state.log.base.index, 5);
    assert(acknowledged(hand, a, c, 4) <= lastOf(c.disk));
  },

  "entries that come while a snapshot is being installed wait for it": () => {
    const { hand, a, c } = farBehind();
    c.holdsWrites = true;
    hand.beat();
    assert(c.isWriting);
    const base = c.state.log.base.index;
    a.propose("4");
    const { log, term } = a.state;
    const append = { type: "append", from: "a", to: "c", term, round: 0, floor: 0, commit: log.last } as const;
    c.run((driver) =>
      driver.receive({ ...append, prevIndex: base, prevTerm: log.termAt(base) ?? 0, entries: log.between(base + 1, log.last) }),
    );
    assert.deepEqual(c.tables, []);
    assert(
      hand.take({ from: "c" }).every((message) => message.type === "append-reply" && (!message.isMatch || message.match < base)),
    );
    c.writesEnd();
    assert.deepEqual(c.tables, ["1", "2", "3", "4"]);
  },

  "one snapshot is made at a time, whoever leads": () => {
    const { hand, a } = farBehind();
    a.holdsSnapshots = true;
    hand.beat();
    assert.equal(a.snapshotsAsked, 1);
    for (const [from, to] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      hand.node(from).run((driver) => driver.transfer(to));
      hand.talk("a", "b");
      assert(hand.node(to).isLeader);
    }
    hand.beat();
    hand.beat();
    assert.equal(a.snapshotsAsked, 1);
    a.holdsSnapshots = false;
    a.snapshotsEnd();
    hand.beat();
    hand.beat();
    assert.deepEqual(hand.node("c").tables, ["1", "2", "3"]);
  },

  "the latest copy of the tables is the one that is recorded and offered, though the log gets no shorter": () => {
    const { hand, a, c } = farBehind();
    a.holdsSnapshots = true;
    const copy = a.copyTables();
    a.run((driver) => driver.compact(1, copy));
    assert.equal(a.disk.snapshot?.digest, copy.digest);
    assert.equal(a.state.log.base.index, 5);
    hand.beat();
    hand.beat();
    assert.equal(a.snapshotsAsked, 0);
    assert.deepEqual(c.tables, ["1", "2", "3"]);
  },

  "a node that is behind what was compacted is heard of again after any silence": () => {
    const { hand, a, c } = farBehind();
    for (let time_ms = 0; time_ms < 3000; time_ms += 50) hand.beat("a", "b");
    hand.beat();
    hand.beat();
    assert(a.isLeader);
    assert.deepEqual(c.tables, ["1", "2", "3"]);
  },
};

/** c has none of what the leader has dropped from its log, b has all of it. */
function farBehind(): { hand: Hand; a: HandNode; c: HandNode } {
  const hand = new Hand(["a", "b", "c"]);
  const a = hand.elect("a");
  for (const each of ["1", "2", "3"]) {
    a.propose(each);
    hand.talk("a", "b");
  }
  a.run((driver) => driver.compact(5));
  return { hand, a, c: hand.node("c") };
}

/** What a member answers at once to a heartbeat that was long on its way, and says that the logs are equal up to an index. */
function acknowledged(hand: Hand, leader: HandNode, member: HandNode, prevIndex: number): number {
  const { term } = leader.state;
  const heartbeat = { type: "append", prevIndex, prevTerm: term, entries: [], commit: prevIndex, round: 0, floor: 0 } as const;
  hand.take();
  member.run((driver) => driver.receive({ ...heartbeat, from: leader.id, to: member.id, term }));
  const [reply] = hand.take({ from: member.id, type: "append-reply" });
  assert(reply?.type === "append-reply" && reply.isMatch);
  return reply.match;
}
