import * as fc from "fast-check";
import { expect, test } from "vitest";
import { signedRank } from "./signed-rank.ts";

/** The chance of a sum as low, by trying every way in which the signs could fall. */
function byTrying(differences: readonly number[]): number {
  const sorted = differences.map(Math.abs).toSorted((a, b) => a - b);
  const rankOf = (value: number) => (sorted.indexOf(Math.abs(value)) + 1 + sorted.lastIndexOf(Math.abs(value)) + 1) / 2;
  const ranked = differences.filter((value) => value !== 0).map((value) => ({ value, rank: rankOf(value) }));
  const observed = ranked.reduce((sum, { value, rank }) => sum + (value > 0 ? rank : 0), 0);
  let as = 0;
  for (let signs = 0; signs < 2 ** ranked.length; signs += 1) {
    const sum = ranked.reduce((total, { rank }, index) => total + ((signs >> index) % 2 === 1 ? rank : 0), 0);
    if (sum <= observed + 1e-9) as += 1;
  }
  return as / 2 ** ranked.length;
}

test("the chance is that of the signs, with ties and zeros", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 }), (differences) => {
      const { p_below, p_above, informative } = signedRank(differences);
      expect(p_below).toBeCloseTo(byTrying(differences), 12);
      expect(p_above).toBeCloseTo(byTrying(differences.map((value) => -value)), 12);
      expect(informative).toBe(differences.filter((value) => value !== 0).length);
    }),
  );
});

test("it agrees with the published table: a sum of 13 of 12 differences lies below 0.025, one of 14 does not", () => {
  const withSum = (positive: readonly number[]) =>
    signedRank(Array.from({ length: 12 }, (_, index) => (positive.includes(index + 1) ? index + 1 : -(index + 1)))).p_below;
  expect(withSum([1, 12])).toBeLessThan(0.025);
  expect(withSum([2, 12])).toBeGreaterThan(0.025);
});

test("the middle is that of all means of two, and one wild value hardly moves it", () => {
  expect(signedRank([]).estimate).toBe(0);
  expect(signedRank([1, 2, 6]).estimate).toBe(2.75);
  expect(signedRank([-0.1, -0.11, -0.12, -0.1, 9]).estimate).toBeCloseTo(-0.1, 1);
});
