import { expect, test } from "vitest";
import { election_ms, Lab } from "./lab.ts";

test("a leader that reaches one other server alone gives way to one that reaches three, in fewer than three elections", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const lab = new Lab(5, seed);
    lab.one(5);
    const leader = lab.oneLeader();
    const before = lab.checks.elections;
    for (const by of [2, 3, 4]) lab.cut(leader, lab.after(leader, by));
    lab.pass(election_ms);
    for (let turn = 0; turn < 20; turn += 1) {
      lab.one(4);
      lab.pass(election_ms / 2);
    }
    expect(lab.isLeader(leader)).toBe(false);
    expect(lab.checks.elections - before, `seed ${seed}`).toBeLessThan(3);
  }
});

test("two servers that see one other alone do not keep the rest from working", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const lab = new Lab(5, seed);
    lab.one(5);
    const before = lab.checks.elections;
    // Whoever leads: 3 and 4 hear nobody but 2, and not each other.
    for (const [one, other] of [
      [3, 0],
      [3, 1],
      [3, 4],
      [4, 0],
      [4, 1],
    ] as const)
      lab.cut(one, other);
    lab.pass(2 * election_ms);
    for (let turn = 0; turn < 20; turn += 1) {
      lab.one(3);
      lab.pass(election_ms / 2);
    }
    expect(lab.checks.elections - before, `seed ${seed}`).toBeLessThan(3);
  }
});
