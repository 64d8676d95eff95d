import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitByDuration } from "./split.ts";

const items = fc.uniqueArray(fc.record({ key: fc.string(), expected_ms: fc.double({ min: 0, max: 1e6, noNaN: true }) }), {
  selector: (item) => item.key,
  maxLength: 60,
});

test("the shares together are everything, once, whatever order the items come in", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 12 }), (all, total) => {
      const split = splitByDuration(all, total);
      expect(split).toHaveLength(total);
      expect(split.flat().sort()).toEqual(all.map((item) => item.key).sort());
      expect(splitByDuration(all.toReversed(), total)).toEqual(split);
    }),
  );
});

test("no share is longer than Graham's bound of the ideal", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 12 }), (all, total) => {
      const expected = new Map(all.map((item) => [item.key, item.expected_ms]));
      const sums = splitByDuration(all, total).map((share) => share.reduce((sum, key) => sum + (expected.get(key) ?? 0), 0));
      const ideal = Math.max(0, ...expected.values(), [...expected.values()].reduce((sum, value) => sum + value, 0) / total);
      // The bound is on the optimum, which is at least the ideal; twice the ideal holds for any list schedule.
      expect(Math.max(...sums)).toBeLessThanOrEqual(ideal * 2 + 1e-6);
    }),
  );
});

test("the longest item does not share its machine while others are free", () => {
  const split = splitByDuration(
    [
      { key: "a", expected_ms: 10 },
      { key: "b", expected_ms: 4 },
      { key: "c", expected_ms: 6 },
    ],
    2,
  );
  expect(split).toEqual([["a"], ["b", "c"]]);
});
