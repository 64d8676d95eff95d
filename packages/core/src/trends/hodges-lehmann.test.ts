import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { mannWhitney } from "./mann-whitney.ts";

const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 100_000 }), { minLength: 12, maxLength: 18 });

test("the interval leaves out no difference exactly where the Mann-Whitney test rejects it", () => {
  fc.assert(
    fc.property(distinct, fc.integer({ min: 4, max: 8 }), fc.integer({ min: -60_000, max: 60_000 }), (values, size, shift) => {
      const first = values.slice(0, size);
      // Halves are between all differences of whole numbers: no ties.
      const second = values.slice(size).map((value) => value + shift + 0.5);
      const { low, high } = hodgesLehmann(first, second, 0.9);
      const isOutside = low > 0 || high < 0;
      expect(isOutside).toBe(mannWhitney(first, second).p <= 0.1 + 1e-12);
    }),
    { numRuns: 500 },
  );
});
