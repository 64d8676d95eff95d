import * as fc from "fast-check";
import { expect, test } from "vitest";
import { correctionFor, exactTest, leastChance, logFactorials, type Stratum } from "./exact-test.ts";

const logs = logFactorials(2000);
const one = (failed_here: number, here: number, failed_elsewhere: number, elsewhere: number): Stratum => ({
  total: here + elsewhere,
  failed: failed_here + failed_elsewhere,
  here,
  failed_here,
});

test.each([
  // Fisher's lady and her tea, 1935: three of four, and all.
  [one(3, 4, 1, 4), 17 / 70],
  [one(4, 4, 0, 4), 1 / 70],
  [one(0, 4, 4, 4), 1],
  // Counted out: (C(9,8)·C(7,2) + C(9,9)·C(7,1)) / C(16,10).
  [one(8, 10, 1, 6), (9 * 21 + 7) / 8008],
  // 1 / C(352, 12)
  [one(12, 12, 0, 340), 1.600135471077891e-22],
])("one stratum is Fisher's exact test: %o", (stratum, p) => {
  const found = exactTest([stratum], logs);
  expect(found / p).toBeCloseTo(1, 3);
});

test("several strata are tested by the sum of their failures here, each case counted out", () => {
  // Two strata of three, one failed and one ran here in each: both failures here by 1/9, one at least by 5/9.
  const stratum = (failed_here: number): Stratum => ({ total: 3, failed: 1, here: 1, failed_here });
  expect(exactTest([stratum(1), stratum(1)], logs)).toBeCloseTo(1 / 9, 12);
  expect(exactTest([stratum(1), stratum(0)], logs)).toBeCloseTo(5 / 9, 12);
  expect(exactTest([stratum(0), stratum(0)], logs)).toBeCloseTo(1, 12);
  expect(leastChance([stratum(1), stratum(0)], logs)).toBeCloseTo(1 / 9, 12);
});

test("where all of a suite fail, it does not matter where they ran", () => {
  expect(exactTest([one(15, 15, 5, 5)], logs)).toBeCloseTo(1, 9);
  // Together with a sound suite that ran elsewhere, it seems to.
  expect(exactTest([one(15, 15, 5, 105)], logs)).toBeLessThan(1e-9);
  expect(exactTest([one(15, 15, 5, 5), one(0, 0, 0, 100)], logs)).toBeCloseTo(1, 9);
});

test("the chances of all outcomes add up, and more failures here are never likelier", () => {
  const stratum = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 40 }), fc.nat({ max: 40 }))
    .map(([total, failed, here]) => ({ total, failed: Math.min(failed, total), here: Math.min(here, total) }));
  fc.assert(
    fc.property(stratum, ({ total, failed, here }) => {
      const least = Math.max(0, failed + here - total);
      const most = Math.min(failed, here);
      const ps = Array.from({ length: most - least + 1 }, (_, index) =>
        exactTest([{ total, failed, here, failed_here: least + index }], logs),
      );
      expect(ps[0]).toBeCloseTo(1, 9);
      for (const [index, p] of ps.entries()) if (index > 0) expect(p).toBeLessThanOrEqual(ps[index - 1] ?? 1);
      expect(leastChance([{ total, failed, here }], logs)).toBeCloseTo(ps.at(-1) ?? 1, 9);
    }),
  );
});

test("the correction counts the tests that could be significant", () => {
  expect(correctionFor([1e-9, 1e-9, 1e-9], 0.01)).toBe(3);
  expect(correctionFor([1e-9, 0.5, 0.2, 0.02], 0.01)).toBe(1);
  // Two of these could be at 0.01: each is held to half of it, at which one is left.
  expect(correctionFor([1e-9, 0.009, 0.5], 0.01)).toBe(2);
  expect(correctionFor([1e-9, 0.004, 0.5], 0.01)).toBe(2);
  expect(correctionFor([], 0.01)).toBe(1);
});
