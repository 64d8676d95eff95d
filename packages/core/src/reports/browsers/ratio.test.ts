import { expect, test } from "vitest";
import { seeded } from "../seeded.test-data.ts";
import { ratioOf } from "./ratio.ts";

test("small samples have the exact chance: 5 and 5 apart, 2 of 252 arrangements", () => {
  const ratio = ratioOf([1, 2, 3, 4, 5], [10, 20, 30, 40, 50]);
  expect(ratio?.p).toBeCloseTo(2 / 252, 12);
  expect(ratio?.leastP).toBeCloseTo(2 / 252, 12);
  expect(ratio?.estimate).toBeCloseTo(10, 9);
});

test("the interval is known from tables: of 6 and 6 values the sixth ratio from each end at 95 %", () => {
  // The critical value of U for 6 and 6 at 5 %, two-sided, is 5.
  const first = [1, 1.1, 1.23, 1.37, 1.53, 1.71];
  const second = [2, 2.27, 2.51, 2.83, 3.19, 3.61];
  const ratios = second.flatMap((b) => first.map((a) => b / a)).sort((a, b) => a - b);
  const { low, high } = ratioOf(first, second)?.interval(0.95) ?? {};
  expect(low).toBeCloseTo(ratios[5] ?? 0, 9);
  expect(high).toBeCloseTo(ratios[30] ?? 0, 9);
});

test("the interval holds 1 exactly where the test does not reject at its level", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed);
    const sample = (factor: number, n: number) => Array.from({ length: n }, () => factor * (1 + random()));
    const ratio = ratioOf(sample(1, 4 + (seed % 30)), sample(1 + (seed % 7) / 10, 5 + (seed % 11)));
    if (ratio === undefined) throw new Error("no ratio");
    for (const chance of [0.05, 0.01]) {
      if (ratio.leastP > chance) continue;
      const { low, high } = ratio.interval(1 - chance);
      expect([seed, low <= 1 && high >= 1]).toEqual([seed, ratio.p > chance]);
    }
  }
});

test("its level is held: of 2,000 intervals at 95 % about 100 miss the truth", () => {
  let missed = 0;
  const random = seeded(42);
  const sample = (factor: number) =>
    Array.from({ length: 12 }, () => factor * Math.exp(0.3 * (random() + random() + random() - 1.5)));
  for (let round = 0; round < 2000; round += 1) {
    const { low, high } = ratioOf(sample(1), sample(1.4))?.interval(0.95) ?? { low: 9, high: 9 };
    if (low > 1.4 || high < 1.4) missed += 1;
  }
  expect(missed).toBeGreaterThan(60);
  expect(missed).toBeLessThan(130);
});

test("what is not positive has no ratio; equal values have none but 1, and are not different", () => {
  expect(ratioOf([0, 1], [1, 2])).toBeUndefined();
  expect(ratioOf([], [1])).toBeUndefined();
  const same = ratioOf(Array<number>(50).fill(3), Array<number>(50).fill(3));
  expect([same?.estimate, same?.p, same?.interval(0.95)]).toEqual([1, 1, { low: 1, high: 1 }]);
});
