import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type OrderSearchOptions, type OrderVerdict, type VictimOutcome, searchOrder } from "./order-search.ts";

const usual: OrderSearchOptions = { parallel: 2, runs_limit: 500, repetitions: 10 };

/** Plays the search against a victim of which all is known. */
function play(
  count: number,
  outcome: (before: readonly number[]) => VictimOutcome,
  options: Partial<OrderSearchOptions> = {},
): OrderVerdict & { readonly widest: number } {
  const search = searchOrder(count, { ...usual, ...options });
  let widest = 0;
  for (let step = search.next(); ;) {
    if (step.done === true) return { ...step.value, widest };
    widest = Math.max(widest, step.value.length);
    step = search.next(step.value.map((before) => outcome(before)));
  }
}
const failsAfter =
  (...polluters: number[]) =>
  (before: readonly number[]): VictimOutcome =>
    polluters.every((one) => before.includes(one)) ? "failed" : "passed";

/** From 0 to less than 1, the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("one polluter among a thousand is found by halving, each half run once", () => {
  const verdict = play(1000, failsAfter(737));
  expect(verdict).toMatchObject({ kind: "found", polluters: [737], alone: { failed: 0, of: 3 }, in_order: { failed: 3, of: 3 } });
  // Six at the beginning, both halves ten times over, and five to be sure.
  expect(verdict.runs).toBeLessThanOrEqual(6 + 2 * 10 + 5);
});

test("whoever it is, and wherever, one, two or three polluters are found and nothing beside them", () => {
  const orders = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      polluters: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: Math.min(3, count) }),
      parallel: fc.integer({ min: 1, max: 9 }),
    }),
  );
  fc.assert(
    fc.property(orders, ({ count, polluters, parallel }) => {
      const verdict = play(count, failsAfter(...polluters), { parallel });
      expect(verdict).toMatchObject({ kind: "found", polluters: polluters.toSorted((a, b) => a - b) });
    }),
  );
});

test("with more room, fewer rounds are needed", () => {
  expect(play(256, failsAfter(100), { parallel: 16 }).widest).toBe(16);
  const rounds = (parallel: number) => {
    let asked = 0;
    const search = searchOrder(256, { ...usual, parallel });
    for (let step = search.next(); step.done !== true; asked += 1) step = search.next(step.value.map(failsAfter(100)));
    return asked;
  };
  expect(rounds(16)).toBeLessThan(rounds(2));
});

test("a victim that fails alone, or never, is none, and that is said after how many runs", () => {
  expect(play(20, () => "failed")).toMatchObject({ kind: "fails-alone", runs: 6 });
  expect(play(20, () => "passed")).toMatchObject({ kind: "passes-in-order", in_order: { failed: 0, of: 10 } });
  expect(play(20, () => "unknown")).toMatchObject({ kind: "no-result" });
});

test("a victim that fails by chance as well is searched for with repetitions, and the right one is found nearly always", () => {
  let found = 0;
  let wrong = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = chance(seed);
    const rate = (before: readonly number[]) => (before.includes(9) ? 0.9 : 0.15);
    const verdict = play(16, (before) => (random() < rate(before) ? "failed" : "passed"), { repetitions: 20 });
    if (verdict.kind === "found") found += 1;
    if (verdict.kind === "found" && verdict.polluters.join() !== "9") wrong += 1;
  }
  expect(wrong).toBeLessThanOrEqual(1);
  expect(found).toBeGreaterThanOrEqual(90);
});

test("one that fails as often alone has nothing to be found, and is not searched for", () => {
  const random = chance(5);
  expect(play(16, () => (random() < 0.5 ? "failed" : "passed"), { repetitions: 40 })).toMatchObject({
    kind: "indistinct",
    runs: 80,
  });
});

test("what cannot be said with the runs allowed is not said: those that are left are named", () => {
  const verdict = play(1000, failsAfter(3, 997), { runs_limit: 20 });
  expect(verdict.kind).toBe("gave-up");
  expect(verdict.polluters).toEqual(expect.arrayContaining([3, 997]));
  expect(verdict.runs).toBeLessThanOrEqual(24);
});

test("sets after which the victim has no result do not count against anyone", () => {
  const outcome = (before: readonly number[]): VictimOutcome =>
    before.includes(2) && !before.includes(5) ? "unknown" : failsAfter(5)(before);
  expect(play(12, outcome)).toMatchObject({ kind: "found", polluters: [5] });
});
