import { expect, test } from "vitest";
import { covering, f1 } from "./score.ts";

test("what everyone marked scores 1, and the beginning of the series is a mark of everyone", () => {
  expect(f1([[50], [50]], [50])).toBe(1);
  expect(f1([[], []], [])).toBe(1);
  expect(covering([[50], [50]], [50], 100)).toBe(1);
});

test("a point within five counts once, precision over all marks, recall by annotator", () => {
  // Points 0, 48 and 52; marks 0 and 50: one of the two is too many. Precision 2/3, recall 1.
  expect(f1([[50]], [48, 52])).toBeCloseTo(0.8, 12);
  // Precision 1 of 1; recall 1/2 and 1.
  expect(f1([[50], []], [])).toBeCloseTo(6 / 7, 12);
  expect(f1([[50]], [56])).toBeCloseTo(0.5, 12);
});

test("stretches are covered by the one that fits best", () => {
  // The half before 50 is covered by the whole to 50 of 100, the other one, too.
  expect(covering([[50]], [], 100)).toBeCloseTo(0.5, 12);
  expect(covering([[50]], [60], 100)).toBeCloseTo(0.5 * (50 / 60) + 0.5 * (40 / 50), 12);
});
