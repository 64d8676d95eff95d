import assert from "node:assert/strict";
import { Hand, type HandNode } from "../hand.ts";

export const members: Readonly<Record<string, () => void>> = {
  "two leaders change one member each: one adds, one removes": () => changeTwice({ adds: "e" }, { removes: "a" }),
  "two leaders change one member each: both add": () => changeTwice({ adds: "e" }, { adds: "f" }),
  "two leaders change one member each: both remove": () => changeTwice({ removes: "b" }, { removes: "a" }),

  "a configuration whose entry is replaced is not in use any more": () => {
    const { hand, a } = unfinishedChange();
    assert.deepEqual(a.members, ["a", "b", "c", "d"]);
    hand.elect("b", "c");
    hand.beat();
    assert.deepEqual(a.members, ["a", "b", "c"]);
    a.restart();
    assert.deepEqual(a.members, ["a", "b", "c"]);
  },

  "a configuration whose entry is replaced after a restart is not in use any more": () => {
    const { hand, a } = unfinishedChange();
    a.restart();
    assert.deepEqual(a.members, ["a", "b", "c", "d"]);
    hand.elect("b", "c");
    hand.beat();
    assert.deepEqual(a.members, ["a", "b", "c"]);
  },

  "the configuration before the one that is replaced may be in the snapshot alone": () => {
    const { hand, a } = unfinishedChange((node) => node.run((driver) => driver.compact(2)));
    assert.equal(a.state.log.base.index, 2);
    hand.elect("b", "c");
    hand.beat();
    assert.deepEqual(a.members, ["a", "b", "c"]);
    a.restart();
    assert.deepEqual(a.members, ["a", "b", "c"]);
  },

  "a learner that was promoted votes though it does not know": () => {
    const hand = new Hand(["a", "b", "c?"]);
    const a = hand.elect("a");
    a.change("a", "b", "c");
    hand.talk("a", "b");
    assert.deepEqual(hand.node("b").members, ["a", "b", "c"]);
    assert.deepEqual(hand.node("c").members, ["a", "b", "c?"]);
    a.crash();
    hand.elect("b", "c");
  },

  "a learner never campaigns, and is not asked": () => {
    const hand = new Hand(["a", "b", "c", "d?"]);
    const d = hand.node("d");
    for (let times = 0; times < 5; times += 1) {
      hand.pass(600);
      d.tick();
      d.run((driver) => driver.campaign());
    }
    assert.equal(hand.wire.length, 0);
    hand.node("a").run((driver) => driver.campaign());
    assert.equal(hand.take({ to: "d" }).length, 0);
    hand.talk();
    assert.equal(d.state.leader, "a");
  },

  "a majority is counted among voters alone": () => {
    for (let voters = 1; voters <= 7; voters += 1)
      for (let learners = 0; learners <= 2; learners += 1) {
        const ids = Array.from({ length: voters }, (_, at) => `v${at}`);
        const others = Array.from({ length: learners }, (_, at) => `l${at}`);
        const hand = new Hand([...ids, ...others.map((id) => `${id}?`)]);
        const leader = hand.elect("v0");
        leader.propose("x");
        const needed = Math.floor(voters / 2) + 1;
        for (const id of others) {
          hand.deliver({ to: id });
          hand.deliver({ from: id });
        }
        for (let have = 1; have <= voters; have += 1) {
          const what = `${have} of ${voters} voters, ${learners} learners`;
          assert.equal(leader.tables.length, have >= needed ? 1 : 0, what);
          hand.deliver({ to: `v${have}` });
          hand.deliver({ from: `v${have}` });
        }
      }
  },

  "members are changed one voter at a time, and one change at a time": () => {
    const hand = new Hand(["a", "b", "c"]);
    hand.elect("b");
    const a = hand.win("a", "c");
    const refusal = (...names: readonly string[]): string | undefined => {
      const { outcome } = a.change(...names);
      return outcome?.kind === "refused" ? outcome.refusal : undefined;
    };
    assert.equal(refusal("a", "b", "c", "d"), "term-uncommitted");
    hand.beat();
    assert.equal(refusal("a", "b", "c", "d", "e"), "not-one-step");
    assert.equal(refusal("a", "b", "d"), "not-one-step");
    assert.equal(refusal("a", "a", "b", "c"), "not-one-step");
    assert.equal(refusal("a?", "b?", "c?"), "no-voter");
    assert.equal(refusal("a", "b", "c", "d?", "e?"), undefined, "learners may come together");
    assert.equal(refusal("a", "b"), "change-pending");
    hand.talk();
    assert.equal(refusal("a", "b", "d?", "e?"), undefined);
    hand.talk();
    assert.equal(refusal("a", "d?", "e?"), undefined);
  },

  "a cluster grows from one to five and shrinks to three, and keeps what it has": () => {
    const hand = new Hand(["a"]);
    const a = hand.elect("a");
    const names = ["a"];
    for (const id of ["b", "c", "d", "e"]) {
      hand.join(id);
      a.change(...names, `${id}?`);
      hand.talk();
      names.push(id);
      a.change(...names);
      hand.talk();
      a.propose(id);
      hand.talk();
    }
    for (const id of ["e", "d"]) {
      names.pop();
      a.change(...names);
      hand.talk();
      hand.node(id).crash();
    }
    a.propose("end");
    hand.talk();
    for (const id of names) {
      assert.deepEqual(hand.node(id).members, ["a", "b", "c"]);
      assert.deepEqual(hand.node(id).tables, ["b", "c", "d", "e", "end"]);
    }
  },

  "a leader that removes itself leads until that is committed": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    a.change("b", "c");
    hand.talk("a", "b");
    assert(a.isLeader, "its own disk does not count, b alone is no majority");
    hand.beat();
    assert(!a.isLeader);
    hand.elect("b", "c");
    assert.deepEqual(hand.node("b").members, ["b", "c"]);
  },

  "a member goes on until its removal is committed, for its vote may be needed": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    // The removal of a is on its own disk alone, and c is gone for good: b needs its vote, and b's log is behind.
    a.change("b", "c");
    hand.take();
    hand.node("c").crash();
    a.restart();
    assert(!hand.campaign("b", "a").isLeader);
    hand.pass(600);
    a.tick();
    hand.talk("a", "b");
    assert.equal(a.state.role.kind, "candidate", "b alone is no majority of b and c");
    hand.node("c").restart();
    hand.campaign("a");
    assert(a.events.filter(({ type }) => type === "became-leader").length >= 2);
    assert(!a.isLeader, "it has left as soon as that was committed");
    hand.elect("b", "c");
    assert.deepEqual(hand.node("b").members, ["b", "c"]);
  },

  "who joins, or lost its tables, finds in the log who founded the cluster": () => {
    const hand = new Hand(["a", "b", "c"]);
    const a = hand.elect("a");
    const d = hand.join("d");
    a.change("a", "b", "c", "d?");
    hand.talk();
    assert.deepEqual(
      d.state.log.configurationAt(1).members.map(({ id }) => id),
      ["a", "b", "c"],
    );
    assert.deepEqual(d.members, ["a", "b", "c", "d?"]);
  },
};

/** A leader has a change in its log that nobody else has: the others do not know of d. */
function unfinishedChange(before: (a: HandNode) => void = () => undefined): { hand: Hand; a: HandNode } {
  const hand = new Hand(["a", "b", "c"]);
  const a = hand.elect("a");
  hand.join("d");
  before(a);
  a.change("a", "b", "c", "d");
  hand.take();
  return { hand, a };
}

interface Change {
  readonly adds?: string;
  readonly removes?: string;
}

/**
 * The error of the single-server algorithm as it was first published: a and b, one after the other, lead four nodes and change one member
 * each, neither with an entry of its own committed. Then a with d, and b with c, would each have a majority of their own.
 */
function changeTwice(first: Change, second: Change): void {
  const hand = new Hand(["a", "b", "c", "d"]);
  const a = hand.elect("a");
  for (const { adds } of [first, second]) if (adds !== undefined) hand.join(adds);
  const names = ({ adds, removes }: Change): readonly string[] =>
    ["a", "b", "c", "d", ...(adds === undefined ? [] : [adds])].filter((name) => name !== removes);
  const sideOf = (one: string, other: string, { adds }: Change): readonly string[] => [
    one,
    other,
    ...(adds === undefined ? [] : [adds]),
  ];
  a.change(...names(first));
  hand.take();
  const b = hand.win("b", "c", "d");
  const { outcome } = b.change(...names(second));
  assert.deepEqual(outcome, { kind: "refused", refusal: "term-uncommitted", leader: undefined });
  b.propose("b's");
  hand.beat(...sideOf("b", "c", second));
  hand.beat(...sideOf("b", "c", second));
  a.restart();
  hand.campaign("a", ...sideOf("d", "d", first));
  a.propose("a's");
  hand.talk(...sideOf("a", "d", first));
  const applied = [...hand.nodes.values()].flatMap(({ tables }) => tables);
  assert(new Set(applied).size <= 1, `both are committed: ${applied.join()}`);
}
