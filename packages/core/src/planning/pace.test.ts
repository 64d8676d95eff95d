import * as fc from "fast-check";
import { expect, test } from "vitest";
import { paceOf } from "./pace.ts";

test("a worker of which nothing is known is as fast as its class, and what comes in counts the more the more it is", () => {
  expect(paceOf([])).toBe(1);
  const pace = (count: number) => paceOf(Array.from({ length: count }, () => 2));
  expect(pace(1)).toBeCloseTo(2 ** 0.25, 9);
  expect(pace(1)).toBeLessThan(pace(5));
  expect(pace(20)).toBeGreaterThan(1.8);
  expect(pace(20)).toBeLessThan(2);
});

test("the odd slow task does not make a slow worker", () => {
  expect(paceOf([1, 1, 100, 1, 1, 0.9, 1.1])).toBe(1);
});

test("a pace lies between 1 and the results it comes from", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { maxLength: 20 }), (ratios) => {
      const pace = paceOf(ratios);
      expect(pace).toBeGreaterThanOrEqual(Math.min(1, ...ratios) - 1e-9);
      expect(pace).toBeLessThanOrEqual(Math.max(1, ...ratios) + 1e-9);
    }),
  );
});
