import * as fc from "fast-check";
import { expect, test } from "vitest";
import { estimateDurations } from "../planning/estimate.ts";
import { learnedLimit_ms } from "./time-limit.ts";

const task = { key: "a", bytes: 1 };
const limitAfter = (durations_ms: readonly number[], { multiplier = 1.5, pace = 1, on = "here" } = {}) => {
  const [estimate] = estimateDurations([task], new Map([["a", new Map([[on, durations_ms]])]]), "here");
  return learnedLimit_ms({ estimate: estimate!, pace, multiplier });
};

test("a task may take so many times more than it ever should, the more the less it keeps to its middle", () => {
  const steady = limitAfter([60_000, 60_500, 59_500, 60_000, 60_100, 59_900]) ?? 0;
  const fickle = limitAfter([30_000, 120_000, 60_000, 45_000, 90_000, 60_000]) ?? 0;
  expect(steady).toBeGreaterThan(1.5 * 60_000);
  expect(steady).toBeLessThan(3 * 60_000);
  expect(fickle).toBeGreaterThan(1.5 * steady);
  expect(limitAfter([60_000, 60_000], { multiplier: 3 })).toBeCloseTo(2 * (limitAfter([60_000, 60_000]) ?? 0), -1);
  expect(limitAfter([60_000, 60_000], { pace: 4 })).toBeCloseTo(4 * (limitAfter([60_000, 60_000]) ?? 0), -1);
});

test("what is quick gets half a minute, and what is not known of this hardware no limit at all", () => {
  expect(limitAfter([20, 25, 22])).toBe(30_000);
  expect(limitAfter([], {})).toBeUndefined();
  expect(limitAfter([60_000], { on: "elsewhere" })).toBeUndefined();
  expect(limitAfter([60_000], { multiplier: 0 })).toBeUndefined();
});

test("none of the durations that a limit was learned from would have exceeded it, though they differ by a factor of four", () => {
  const durations = fc.array(fc.double({ min: 30_000, max: 120_000, noNaN: true }), { minLength: 5, maxLength: 20 });
  fc.assert(
    fc.property(durations, fc.double({ min: 1.5, max: 10, noNaN: true }), (seen_ms, multiplier) => {
      const limit_ms = limitAfter(seen_ms, { multiplier }) ?? 0;
      // All but a lone one, which the middle shrugs off.
      expect(limit_ms).toBeGreaterThanOrEqual(seen_ms.toSorted((a, b) => a - b).at(-2) ?? 0);
    }),
    { numRuns: 1000 },
  );
});
