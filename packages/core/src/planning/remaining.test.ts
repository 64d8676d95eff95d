import * as fc from "fast-check";
import { expect, test } from "vitest";
import { remaining_ms } from "./remaining.ts";

const expectation = fc.record({
  expected_ms: fc.double({ min: 1, max: 1e7, noNaN: true }),
  spread: fc.double({ min: 0, max: 2, noNaN: true }),
});

test("what is left is a positive number, whatever was expected and however long it took", () => {
  fc.assert(
    fc.property(expectation, fc.double({ min: 0, max: 1e9, noNaN: true }), (expected, elapsed_ms) => {
      const left_ms = remaining_ms(expected, elapsed_ms);
      expect(Number.isFinite(left_ms)).toBe(true);
      expect(left_ms).toBeGreaterThan(0);
    }),
  );
});

test("where the power is a number, but its double is not, what is left is one", () => {
  const shape = Math.PI / Math.sqrt(3) / 0.05;
  expect(Number.isFinite(remaining_ms({ expected_ms: 1, spread: 0 }, 1.2e308 ** (1 / shape)))).toBe(true);
});

test("at its beginning an attempt has left what it should take", () => {
  fc.assert(
    fc.property(expectation, (expected) => {
      expect(remaining_ms(expected, 0)).toBeCloseTo(expected.expected_ms, 3);
    }),
  );
});

test("what is left shrinks while an attempt is on its way, and grows again once it took far too long", () => {
  const left_ms = (elapsed_ms: number) => remaining_ms({ expected_ms: 1000, spread: 0.25 }, elapsed_ms);
  expect(left_ms(500)).toBeCloseTo(505, -1);
  expect(left_ms(900)).toBeLessThan(300);
  expect(left_ms(3000)).toBeGreaterThan(1000);
  expect(left_ms(30_000)).toBeGreaterThan(30_000);
});

test("a task that is known well is taken to be stuck sooner than one that is hardly known", () => {
  const late = (spread: number) => remaining_ms({ expected_ms: 1000, spread }, 2000);
  expect(late(0.1)).toBeGreaterThan(2500);
  expect(late(1)).toBeLessThan(1500);
});
