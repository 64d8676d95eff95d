import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const seeds = Array.from({ length: 50 }, (_, at) => 20_001 + at);

test("no seed breaks a rule, and each plays two thousand events at least", () => {
  const totals = new Map<string, number>();
  for (const seed of seeds) {
    const { violation, events, counts } = simulate(seed);
    expect(violation, `seed ${seed}`).toBeUndefined();
    expect(events).toBeGreaterThanOrEqual(2000);
    for (const [what, count] of counts) totals.set(what, (totals.get(what) ?? 0) + count);
  }
  // What never happened was not tried.
  for (const what of [
    "snapshot-installed",
    "configuration-changed",
    "quorum-lost",
    "repaired",
    "compacted",
    "died",
    "transfer-aborted",
  ])
    expect(totals.get(what) ?? 0, what).toBeGreaterThan(0);
});

test("a seed gives the same world again, message for message", () => {
  for (const seed of [3, 16, 350]) expect(simulate(seed)).toEqual(simulate(seed));
});
