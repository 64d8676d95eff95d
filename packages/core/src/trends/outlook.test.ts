import { expect, test } from "vitest";
import { analyseSeries } from "./analyse-series.ts";
import { outlookOf } from "./outlook.ts";
import { seededRandom } from "./seeded.test-data.ts";
import type { SeriesPoint } from "./series.ts";

const outlookFor = (points: readonly SeriesPoint[]) =>
  outlookOf(points, analyseSeries({ id: "a", unit: "ms", better: "lower", points }));

/** The share of points to come that lie within the bounds, over many series. */
function covered(seed: number, next: (normal: () => number, at: number, before: number) => number): number {
  const { normal } = seededRandom(seed);
  let [inside, all] = [0, 0];
  for (let round = 0; round < 150; round += 1) {
    const values: number[] = [];
    for (let at = 0; at < 60; at += 1) values.push(next(normal, at, values.at(-1) ?? 100));
    const outlook = outlookFor(values.slice(0, 45).map((value) => ({ value })));
    for (const { ahead, low, high } of outlook?.points ?? []) {
      const value = values[44 + ahead] ?? Number.NaN;
      all += 1;
      if (value >= low && value <= high) inside += 1;
    }
  }
  return inside / all;
}

test("its bounds hold what comes about as often as they say, whether points are alike or the level moves", () => {
  const still = covered(1, (normal) => 100 + 3 * normal());
  const alike = covered(2, (normal, _, before) => 100 + 0.5 * (before - 100) + 3 * normal());
  const moving = covered(3, (normal, at) => 100 + 0.8 * at + 2 * normal());
  for (const share of [still, alike, moving]) {
    expect(share).toBeGreaterThan(0.92);
    expect(share).toBeLessThan(0.995);
  }
});

test("after a change only the new level counts, and of too few points of it nothing is foretold", () => {
  const { normal } = seededRandom(4);
  const points = Array.from({ length: 70 }, (_, at) => ({ value: (at < 40 ? 100 : 150) + normal() }));
  const outlook = outlookFor(points);
  expect(outlook?.kind).toBe("level");
  expect(outlook?.points).toHaveLength(10);
  expect(outlook?.points[0]?.estimate).toBeCloseTo(150, 0);
  expect(outlookFor(points.slice(0, 45))).toBeUndefined();
  expect(outlookFor([])).toBeUndefined();
});

test("a drift goes on, the less sure the farther ahead", () => {
  const { normal } = seededRandom(5);
  const outlook = outlookFor(Array.from({ length: 60 }, (_, at) => ({ value: 100 + 0.5 * at + normal() })));
  expect(outlook?.kind).toBe("drift");
  const [first, last] = [outlook?.points[0], outlook?.points.at(-1)];
  expect(first?.estimate).toBeCloseTo(130, -0.5);
  expect((last?.estimate ?? 0) - (first?.estimate ?? 0)).toBeCloseTo(9.5, -0.5);
  expect((last?.high ?? 0) - (last?.low ?? 0)).toBeGreaterThan((first?.high ?? 0) - (first?.low ?? 0));
});
