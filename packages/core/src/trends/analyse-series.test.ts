import { expect, test } from "vitest";
import { analyseBatch, analyseSeries } from "./analyse-series.ts";
import { noiseSentence } from "./noise.ts";
import { seededRandom } from "./seeded.test-data.ts";
import type { Series, SeriesPoint } from "./series.ts";

const series = (points: readonly SeriesPoint[], better: Series["better"] = "lower"): Series => ({
  id: "suite/total",
  unit: "ms",
  better,
  points,
});
const valued = (values: readonly number[]) => values.map((value) => ({ value }));
const noisy = (seed: number, levels: readonly number[], deviation = 2) => {
  const { normal } = seededRandom(seed);
  return levels.map((level) => level + deviation * normal());
};
const step = (before: number, after: number, from = 100, to = 120) => [
  ...Array.from<number>({ length: before }).fill(from),
  ...Array.from<number>({ length: after }).fill(to),
];

test("a step is told with its place, size, certainty and meaning", () => {
  const points = valued(noisy(1, step(40, 30)));
  const { changes, segments, anomalies, drift } = analyseSeries(series(points));
  expect(changes).toHaveLength(1);
  expect(changes[0]).toMatchObject({ index: 40, direction: "up", judgement: "regression" });
  const [{ location, relative, p, before, after }] = changes as [(typeof changes)[0]];
  expect(location.first).toBeLessThanOrEqual(40);
  expect(location.last).toBeGreaterThanOrEqual(40);
  expect(relative.low).toBeLessThan(0.2);
  expect(relative.high).toBeGreaterThan(0.2);
  expect(relative.high - relative.low).toBeLessThan(0.03);
  expect(p).toBeLessThan(1e-6);
  expect(before).toBeCloseTo(100, -0.5);
  expect(after).toBeCloseTo(120, -0.5);
  expect(segments.map(({ from, until }) => [from, until])).toEqual([
    [0, 40],
    [40, 70],
  ]);
  expect([anomalies, drift]).toEqual([[], undefined]);
});

test("of a metric of which more is better the same step is an improvement", () => {
  expect(analyseSeries(series(valued(noisy(1, step(40, 30))), "higher")).changes[0]?.judgement).toBe("improvement");
});

test("a step back is two changes, and a step that is too small for anyone is none", () => {
  const there = noisy(2, [...step(40, 30), ...step(40, 0)]);
  expect(analyseSeries(series(valued(there))).changes.map(({ index, judgement }) => [index, judgement])).toEqual([
    [40, "regression"],
    [70, "improvement"],
  ]);
  const slight = noisy(3, step(60, 60, 100, 101), 0.1);
  expect(analyseSeries(series(valued(slight))).changes).toEqual([]);
  expect(analyseSeries(series(valued(slight)), { minimumEffect: 0.005 }).changes).toHaveLength(1);
});

test("counters that never vary show a step after three points", () => {
  const { changes, noise } = analyseSeries(series(valued(step(50, 3, 1_000, 1_050))));
  expect(changes.map(({ index, location }) => [index, location.first, location.last])).toEqual([[50, 50, 50]]);
  expect(noise.rcv).toBe(0);
  expect(analyseSeries(series(valued(step(50, 0)))).changes).toEqual([]);
});

test("a spike is an anomaly and no change; what the series ends with may be the beginning of one", () => {
  const values = noisy(4, step(60, 0));
  values[20] = 180;
  values[59] = 150;
  const { changes, anomalies } = analyseSeries(series(valued(values)));
  expect(changes).toEqual([]);
  expect(anomalies.map(({ index, newest, judgement }) => [index, newest, judgement])).toEqual([
    [20, false, "regression"],
    [59, true, "regression"],
  ]);
});

test("partial points and what is no number count for nothing, and indices are those of all points", () => {
  const points: SeriesPoint[] = valued(noisy(5, step(40, 30)));
  points.splice(10, 0, { value: 5, partial: true }, { value: Number.NaN });
  const { usable, changes, anomalies, segments } = analyseSeries(series(points));
  expect(usable).toBe(70);
  expect(changes.map(({ index }) => index)).toEqual([42]);
  expect(segments.at(-1)?.until).toBe(72);
  expect(anomalies).toEqual([]);
});

test("a slope is a drift and no staircase", () => {
  const values = noisy(
    6,
    Array.from({ length: 100 }, (_, at) => 100 + 0.15 * at),
  );
  const { changes, drift } = analyseSeries(series(valued(values)));
  expect(changes).toEqual([]);
  expect(drift).toMatchObject({ direction: "up", judgement: "regression", from: 0, until: 100 });
  expect(drift?.slope.low).toBeLessThan(0.15);
  expect(drift?.slope.high).toBeGreaterThan(0.15);
  expect(analyseSeries(series(valued(noisy(6, step(100, 0))))).drift).toBeUndefined();
});

test("small steps that add up show in the newest points beside the oldest", () => {
  const values = noisy(
    7,
    Array.from({ length: 120 }, (_, at) => 100 * 1.01 ** Math.floor(at / 12)),
    1.5,
  );
  const { changes, drift, againstBaseline } = analyseSeries(series(valued(values)));
  expect(changes.length + (drift === undefined ? 0 : 1) + (againstBaseline === undefined ? 0 : 1)).toBeGreaterThan(0);
  expect(againstBaseline ?? drift).toMatchObject({ judgement: "regression" });
});

test("machines that measure differently are no regression, and one among them still is", () => {
  const { uniform, normal } = seededRandom(9);
  const mixed = (share: (at: number) => number, level: (at: number) => number) =>
    Array.from({ length: 120 }, (_, at) => {
      const slow = uniform() < share(at);
      return { value: level(at) + normal() + (slow ? 15 : 0), machine: slow ? "slow" : "fast" };
    });
  const moved = analyseSeries(
    series(
      mixed(
        (at) => (at < 60 ? 0.15 : 0.85),
        () => 100,
      ),
    ),
  );
  expect(moved.changes).toEqual([]);
  const [other, ...rest] = moved.machines?.machines ?? [];
  expect(Math.abs(other?.offset ?? 0)).toBeGreaterThan(13);
  expect(Math.abs(other?.offset ?? 0)).toBeLessThan(17);
  expect(rest).toEqual([]);
  expect(moved.machines?.explained).toHaveLength(1);
  expect(moved.noise.betweenMachines).toBeGreaterThan(0.9);
  const worse = analyseSeries(
    series(
      mixed(
        () => 0.5,
        (at) => (at < 60 ? 100 : 110),
      ),
    ),
  );
  expect(worse.changes.map(({ judgement, otherMachines }) => [judgement, otherMachines])).toEqual([["regression", undefined]]);
});

test("a change at the place where all machines were changed is marked", () => {
  const values = noisy(10, step(40, 40));
  const points = values.map((value, at) => ({ value, machine: at < 40 ? `old-${at % 2}` : `new-${at % 3}` }));
  expect(analyseSeries(series(points)).changes[0]?.otherMachines).toBe(true);
  const never_twice = values.map((value, at) => ({ value, machine: `vm-${at}` }));
  expect(analyseSeries(series(never_twice)).changes[0]?.otherMachines).toBeUndefined();
});

test("a series says what it is too noisy to show", () => {
  const calm = analyseSeries(series(valued(noisy(11, step(60, 0))))).noise;
  expect(noiseSentence(calm)).toBeUndefined();
  expect(calm.minimumDetectable).toBeLessThan(0.06);
  const wild = analyseSeries(series(valued(noisy(11, step(60, 0), 20)))).noise;
  expect(noiseSentence(wild)).toMatch(/^It varies so much that a change of less than \d\d % cannot be seen in 10 points\.$/u);
  const { uniform } = seededRandom(12);
  const two = Array.from({ length: 100 }, () => (uniform() < 0.5 ? 100 : 130) + uniform());
  expect(analyseSeries(series(valued(two))).noise.bimodal).toBe(true);
  expect(calm.bimodal).toBe(false);
});

test("nothing is said of nothing", () => {
  expect(analyseSeries(series([]))).toMatchObject({ usable: 0, changes: [], segments: [], anomalies: [] });
  expect(analyseSeries(series(valued([1])))).toMatchObject({
    usable: 1,
    changes: [],
    segments: [{ from: 0, until: 1, median: 1 }],
  });
});

test("of many series only so much is told that few of it is false, and what is withheld can be seen", () => {
  const one = series(valued(noisy(13, step(60, 3, 100, 112))));
  const sure = series(valued(noisy(14, step(60, 30))));
  expect(analyseBatch([one])[0]?.changes).toHaveLength(1);
  const calm = Array.from({ length: 200 }, (_, seed) => series(valued(noisy(100 + seed, step(30, 0)))));
  const [first, second] = analyseBatch([one, sure, ...calm]);
  expect([first?.changes.length, first?.withheld.length]).toEqual([0, 1]);
  expect(second?.changes[0]?.q).toBeLessThan(0.001);
});
