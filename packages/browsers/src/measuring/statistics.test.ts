import { expect, test } from "vitest";
import { percentilesOf, quantile, summarise } from "./statistics.ts";

test("percentiles lie between measurements, as R's and NumPy's do", () => {
  // numpy.percentile([15, 20, 35, 40, 50], [40, 90]) → 29.0, 46.0
  const values = [15, 20, 35, 40, 50];
  expect([quantile(values, 0.4), quantile(values, 0.9)]).toEqual([29, 46]);
  expect(summarise([40, 15, 50, 20, 35])).toMatchObject({ count: 5, min: 15, max: 50, mean: 32, p50: 35 });
  expect(quantile([7], 0.99)).toBe(7);
});

test("a percentile that so few measurements cannot tell is left out", () => {
  const named = (count: number) => percentilesOf(Array.from({ length: count }, (_, index) => index)).map(({ name }) => name);
  expect([named(9), named(10), named(20), named(100)]).toEqual([[], ["p90"], ["p90", "p95"], ["p90", "p95", "p99"]]);
});

test("what is no measurement is refused", () => {
  expect(() => summarise([])).toThrow(RangeError);
  expect(() => summarise([1, Number.NaN])).toThrow(RangeError);
});
