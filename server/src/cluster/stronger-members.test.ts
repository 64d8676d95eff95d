import type { Member } from "@shardwright/raft";
import { expect, test } from "vitest";
import { strongerMembers } from "./stronger-members.ts";

/** `a` votes, `a?` learns, `w!` is a witness; `.` and a disk follow the name, if it matters. */
function member(text: string): Member {
  const name = text.replace(/[?!]+$/, "");
  return {
    id: name.includes(".") ? name : `${name}.1`,
    votes: !text.includes("?"),
    address: "",
    ...(text.includes("!") && { isWitness: true }),
  };
}

function next(members: string, { silent = "", absent = "" } = {}): string | undefined {
  const ids = (names: string): Set<string> => new Set(names.split(" ").map((name) => (name.includes(".") ? name : `${name}.1`)));
  const all = members.split(" ").map(member);
  const away = ids(absent);
  const ready = new Set(all.filter(({ id, votes }) => !votes && !away.has(id)).map(({ id }) => id));
  return strongerMembers({ members: all, silent: ids(silent), ready })
    ?.map(({ id, votes, isWitness }) => `${id.replace(/\.1$/, "")}${votes ? "" : "?"}${isWitness === true ? "!" : ""}`)
    .join(" ");
}

test.each([
  ["one alone", "a", undefined],
  ["a second waits for a third", "a b?", undefined],
  ["two that are ready become voters, one after the other", "a b? c?", "a b c?"],
  ["at an even number one is enough", "a b c?", "a b c"],
  ["a fourth waits for a fifth", "a b c d?", undefined],
  ["a second and a witness: the one with tables first", "a w?! b?", "a w?! b"],
  ["then the witness", "a w?! b", "a w! b"],
  ["a witness alone does not make one stronger", "a w?!", undefined],
  ["nor do two of them", "a v?! w?!", undefined],
  ["three with tables are better than a witness", "a w?! b? c?", "a w?! b c?"],
  ["and then it stands by", "a b c w?!", undefined],
  ["until there is a fifth", "a b c w?! d?", "a b c w?! d"],
  ["a second witness among five is not too many", "a b w! v?! c?", "a b w! v?! c"],
  ["but among three it is", "a w! v?!", undefined],
  ["one with tables comes to a witness and one", "a w! b?", "a w! b"],
])("%s: %s", (_what, members, after) => {
  expect(next(members)).toBe(after);
});

test.each([
  ["one that is gone is replaced by a learner", "a b c d?", "b", "a b c d"],
  ["and then removed", "a b c d", "b", "a c d"],
  ["nobody is removed without a learner", "a b c", "b", undefined],
  ["a witness is replaced by one with tables", "a b w! c?", "w", "a b w! c"],
  ["and by a witness", "a b w! v?!", "w", "a b w! v!"],
  ["then the old one goes", "a b w! v!", "w", "a b v!"],
  ["one with tables is not replaced by a witness", "a b w! v?!", "b", undefined],
  ["nor removed where witnesses would be more than the rest", "a b v! w!", "b", undefined],
  ["a wiped disk takes the place of the one before", "a b.1 w! b.2?", "b.1", "a w! b.2?"],
  ["also a witness's", "a b w.1! w.2?!", "w.1", "a b w.2?!"],
  ["but not if nobody would vote", "a.1 a.2?", "a.1", undefined],
])("%s: %s without %s", (_what, members, silent, after) => {
  expect(next(members, { silent })).toBe(after);
});

test("who is not ready is not waited for", () => {
  expect(next("a w?! b?", { absent: "b" })).toBeUndefined();
  expect(next("a w?! b?", { absent: "w" })).toBeUndefined();
});
