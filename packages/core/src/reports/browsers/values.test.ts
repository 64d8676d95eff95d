import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareValues, mostAgreed } from "./values.ts";

const value = (values: number[], absolute = 0, relative = 0) => ({ name: "v", values, tolerance: { absolute, relative } });

test.each([
  ["equal without any tolerance", [1, 2], [1, 2], 0, 0, true],
  ["at the edge", [10], [11], 1, 0, true],
  ["beyond it", [10], [11.01], 1, 0, false],
  ["by the larger one's size", [100], [110], 0, 0.1, true],
  ["both parts add up", [100], [112], 1, 0.1, true],
  ["both no number", [Number.NaN], [Number.NaN], 1, 1, true],
  ["one no number", [Number.NaN], [1], 1, 1, false],
  ["the same infinity", [Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY], 0, 1, true],
  ["other infinities", [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], 0, 1, false],
  ["an infinity and a number", [Number.POSITIVE_INFINITY], [1], 5, 1, false],
  ["zeros of either sign", [0], [-0], 0, 0, true],
  ["other lengths", [1], [1, 1], 9, 9, false],
])("%s", (_, a, b, absolute, relative, agrees) => {
  expect(compareValues(value(a, absolute, relative), value(b, absolute, relative)).agrees).toBe(agrees);
});

test("it says how many do not agree, and where they are furthest apart; the stricter tolerance counts", () => {
  expect(compareValues(value([1, 5, 9], 0.5), value([1, 6, 11], 3))).toEqual({ agrees: false, at: 2, outside: 2 });
});

test("agreement is mutual, and everything agrees with itself", () => {
  const anyValues = fc.array(fc.double(), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(anyValues, anyValues, fc.nat(5), fc.nat(2), (a, b, absolute, relative) => {
      const [one, other] = [value(a, absolute, relative), value(b, absolute, relative)];
      expect(compareValues(one, other).agrees).toBe(compareValues(other, one).agrees);
      expect(compareValues(one, one).agrees).toBe(true);
    }),
  );
});

test("the reference is what most agree with, of equals the first", () => {
  expect(mostAgreed([value([9]), value([1]), value([1])])).toBe(1);
  expect(mostAgreed([value([9]), value([1])])).toBe(0);
});
