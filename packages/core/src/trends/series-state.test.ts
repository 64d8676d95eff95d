import * as fc from "fast-check";
import { expect, test } from "vitest";
import { analyseSeries } from "./analyse-series.ts";
import type { SeriesPoint } from "./series.ts";
import { SeriesState } from "./series-state.ts";

const meta = { id: "suite/total", unit: "ms", better: "lower" as const };

const point: fc.Arbitrary<SeriesPoint> = fc.record(
  {
    value: fc.oneof(
      fc.integer({ min: 90, max: 110 }),
      fc.double({ min: 50, max: 150, noNaN: true }),
      fc.constant(100),
      fc.constant(NaN),
    ),
    machine: fc.constantFrom("one", "other"),
    partial: fc.boolean(),
  },
  { requiredKeys: ["value"] },
);

/** Stretches of levels, as series have them, some of them without any noise. */
const points = fc
  .array(fc.tuple(fc.integer({ min: -60, max: 60 }), fc.array(point, { maxLength: 40 })), { maxLength: 5 })
  .map((stretches) => stretches.flatMap(([shift, some]) => some.map((one) => ({ ...one, value: one.value + shift }))));

test("after each point it says what the analysis of all points says", () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 30 }), (all, every) => {
      const state = new SeriesState(meta);
      all.forEach((one, index) => {
        state.add(one);
        if (index % every === 0 || index === all.length - 1)
          expect(state.analysis()).toEqual(analyseSeries({ ...meta, points: all.slice(0, index + 1) }));
      });
    }),
    { numRuns: 60 },
  );
});

test("a long series is looked at from its newest points back, the same point by point", () => {
  const all = Array.from({ length: 2_600 }, (_, index) => ({ value: 100 + ((index * 7919) % 13) + (index > 2_450 ? 30 : 0) }));
  const state = new SeriesState(meta);
  for (const one of all) state.add(one);
  const whole = analyseSeries({ ...meta, points: all });
  expect(state.analysis()).toEqual(whole);
  expect(whole.usable).toBe(1_600);
  expect(whole.changes.map(({ index }) => index)).toEqual([2_451]);
  expect(whole.segments.at(-1)).toMatchObject({ from: 2_451, until: 2_600 });
});
