import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fullJitter_ms } from "./backoff.ts";

const policies = fc.record({
  base_ms: fc.double({ min: 1, max: 10_000, noNaN: true }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  cap_ms: fc.double({ min: 1, max: 3_600_000, noNaN: true }),
});

test("a wait is never longer than the cap, however often it was tried, and its bound never shrinks", () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 1_000_000 }), (policy, attempt) => {
      const longest = (number: number) => fullJitter_ms(number, policy, () => 1);
      expect(longest(attempt)).toBeLessThanOrEqual(policy.cap_ms);
      expect(longest(attempt + 1)).toBeGreaterThanOrEqual(longest(attempt));
      expect(fullJitter_ms(attempt, policy, () => 0)).toBe(0);
    }),
  );
});

test("the bound grows by the factor", () => {
  const bounds = [1, 2, 3, 4, 5].map((attempt) => fullJitter_ms(attempt, { base_ms: 250, factor: 3, cap_ms: 10_000 }, () => 1));
  expect(bounds).toEqual([250, 750, 2250, 6750, 10_000]);
});
