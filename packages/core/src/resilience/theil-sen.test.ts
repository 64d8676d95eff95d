import { expect, test } from "vitest";
import { theilSen } from "./theil-sen.ts";

const line = (count: number, value: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => ({ at_ms: at * 10, value: value(at) }));

test("of points on a line it is that line, and sure of it", () => {
  const found = theilSen(
    line(20, (at) => 100 - 3 * at),
    2.58,
  );
  expect(found?.slope).toBeCloseTo(-0.3, 12);
  expect(found?.from).toBeCloseTo(-0.3, 12);
  expect(found?.until).toBeCloseTo(-0.3, 12);
  expect(found?.end).toBeCloseTo(43, 12);
});

test("a quarter of the points may be anything", () => {
  const found = theilSen(
    line(40, (at) => (at % 4 === 1 ? 1e6 * (at % 8) : 50 + 2 * at)),
    2.58,
  );
  expect(found?.slope).toBeCloseTo(0.2, 6);
});

test("the bounds are Sen's: of eight points the 3rd and the 26th of 28 slopes at 1.96 deviations", () => {
  const values = [2, 1, 4, 3, 6, 5, 8, 7];
  const points = values.map((value, at_ms) => ({ at_ms, value }));
  const slopes = points.flatMap((later, at) =>
    points.slice(0, at).map((one) => (later.value - one.value) / (later.at_ms - one.at_ms)),
  );
  slopes.sort((a, b) => a - b);
  // Deviations that alternate are not taken to be alike: 1.96 times the root of 8 × 7 × 21 / 18 is 15.84.
  expect(theilSen(points, 1.96)).toMatchObject({ from: slopes[5], until: slopes[22] });
});

test("deviations that follow each other widen the bounds", () => {
  const wave = (period: number) =>
    theilSen(
      line(40, (at) => at + 20 * Math.sin((2 * Math.PI * at) / period)),
      2.58,
    );
  const [slow, quick] = [wave(20), wave(2.2)];
  expect(slow!.until - slow!.from).toBeGreaterThan(2 * (quick!.until - quick!.from));
});

test("two points are no line", () => {
  expect(
    theilSen(
      line(2, (at) => at),
      2,
    ),
  ).toBeUndefined();
});
