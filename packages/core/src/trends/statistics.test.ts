import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { theilSen } from "../resilience/theil-sen.ts";
import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import { blockPermutation } from "./block-permutation.ts";
import { normalQuantileAbove, normalTail, studentTwoSided } from "./distributions.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { mannKendall } from "./mann-kendall.ts";
import { cumulativeOfU, mannWhitney } from "./mann-whitney.ts";
import { medianDeviation, medianDeviationOfSorted, sorted } from "./order-statistics.ts";
import { seededRandom } from "./seeded.test-data.ts";
import { welchTest } from "./welch.ts";

interface Vectors {
  readonly two_sample: readonly {
    readonly first: number[];
    readonly second: number[];
    readonly exact: boolean;
    readonly u: number;
    readonly u_p: number;
    readonly t: number;
    readonly t_p: number;
    readonly shift: number;
  }[];
  readonly trends: readonly { readonly values: number[]; readonly slope: number; readonly s: number; readonly s_p: number }[];
  readonly normal_tails: readonly [number, number][];
  readonly normal_quantiles: readonly [number, number][];
  readonly student_tails: readonly [number, number, number][];
  readonly false_discovery: { readonly ps: number[]; readonly qs: number[] };
}

/** By make-vectors.py beside it. */
const vectors: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors", "statistics.json"), "utf8"));

/** Equal to so many digits, however small both are. */
function near(found: number, expected: number, digits = 9) {
  expect(Math.abs(found - expected), `${found} is ${expected}`).toBeLessThanOrEqual(
    10 ** -digits * Math.max(1e-290, Math.abs(expected)),
  );
}

test("tails and quantiles of the normal distribution and Student's are SciPy's", () => {
  for (const [z, p] of vectors.normal_tails) near(normalTail(z), p);
  for (const [p, z] of vectors.normal_quantiles) expect(normalQuantileAbove(p)).toBeCloseTo(z, 9);
  for (const [t, freedom, p] of vectors.student_tails) near(studentTwoSided(t, freedom), p);
});

test("Mann and Whitney's U and p are SciPy's: exact, by the normal approximation, and with ties", () => {
  for (const { first, second, exact, u, u_p } of vectors.two_sample) {
    const found = mannWhitney(first, second);
    expect(found).toMatchObject({ u, exact });
    near(found.p, u_p);
  }
  expect(vectors.two_sample.filter(({ exact }) => exact)).toHaveLength(4);
});

test("U's distribution is counted out: of three and two, one arrangement in ten each at the ends", () => {
  expect([...cumulativeOfU(3, 2)].map((share) => Math.round(share * 10))).toEqual([1, 2, 4, 6, 8, 9, 10]);
});

test("Welch's t and p are SciPy's", () => {
  for (const { first, second, t, t_p } of vectors.two_sample) {
    const found = welchTest(first, second);
    near(found.t, t);
    near(found.p, t_p);
  }
  expect(welchTest([1, 1], [1, 1]).p).toBe(1);
  expect(welchTest([1, 1], [2, 2]).p).toBe(0);
});

test("Mann and Kendall's S and p, and Theil and Sen's slope, are SciPy's", () => {
  for (const { values, slope, s, s_p } of vectors.trends) {
    const found = mannKendall(values);
    expect(found.s).toBe(s);
    near(found.p, s_p);
    const line = theilSen(
      values.map((value, at_ms) => ({ at_ms, value })),
      1.96,
    );
    near(line?.slope ?? Number.NaN, slope);
  }
  expect(mannKendall([3, 3, 3, 3]).p).toBe(1);
});

test("Benjamini and Hochberg's q are SciPy's", () => {
  const { ps, qs } = vectors.false_discovery;
  benjaminiHochberg(ps).forEach((q, index) => near(q, qs[index] ?? Number.NaN));
  expect(benjaminiHochberg([])).toEqual([]);
});

test("Hodges and Lehmann's shift is the median of the differences, within bounds that the test does not reject", () => {
  for (const { first, second, shift } of vectors.two_sample) {
    const found = hodgesLehmann(first, second);
    near(found.estimate, shift);
    const rejects = (by: number) =>
      mannWhitney(
        first,
        second.map((value) => value - by),
      ).p < 0.05;
    const width = found.high - found.low;
    if (width === 0) continue;
    expect(rejects(found.low + 1e-3 * width)).toBe(false);
    expect(rejects(found.high - 1e-3 * width)).toBe(false);
  }
});

test("Hodges and Lehmann's bounds hold the true shift as often as they say", () => {
  const random = seededRandom(11);
  let held = 0;
  for (let round = 0; round < 1_000; round += 1) {
    const first = Array.from({ length: 7 }, () => random.normal());
    const { low, high } = hodgesLehmann(
      first,
      Array.from({ length: 9 }, () => 2 + random.normal()),
    );
    if (low <= 2 && high >= 2) held += 1;
  }
  expect(held).toBeGreaterThan(940);
  expect(held).toBeLessThan(980);
});

test("the chance of a permutation is even where nothing changes, and small where it does", () => {
  const random = seededRandom(5);
  const range = (values: Float64Array) => {
    const half = values.length / 2;
    const sum = (part: Float64Array) => part.reduce((total, value) => total + value, 0);
    return Math.abs(sum(values.subarray(0, half)) - sum(values.subarray(half)));
  };
  const options = { length: 2, rounds: 199, random: random.uniform };
  const chances = Array.from({ length: 200 }, () =>
    blockPermutation(
      Array.from({ length: 24 }, () => random.normal()),
      range,
      options,
    ),
  );
  expect(chances.filter((p) => p <= 0.1).length).toBeGreaterThan(8);
  expect(chances.filter((p) => p <= 0.1).length).toBeLessThan(36);
  const changed = Array.from({ length: 24 }, (_, at) => random.normal() + (at < 12 ? 0 : 6));
  expect(blockPermutation(changed, range, options)).toBeLessThanOrEqual(0.01);
});

test("blocks of values that are alike stay together: p is larger than if each value could go anywhere", () => {
  const wave = Array.from({ length: 24 }, (_, at) => (at % 8 < 4 ? 1 : -1) * (1 + at / 100));
  const statistic = (values: Float64Array) =>
    Math.max(...values.map((_, at) => Math.abs(values.subarray(at, at + 4).reduce((sum, one) => sum + one, 0))));
  const chance = (length: number) => blockPermutation(wave, statistic, { length, rounds: 199, random: seededRandom(3).uniform });
  expect(chance(4)).toBeGreaterThan(0.5);
  expect(chance(1)).toBeLessThan(chance(4));
});

test("the median deviation of sorted values is that of the values", () => {
  const random = seededRandom(8);
  for (let count = 1; count < 40; count += 1) {
    const values = Float64Array.from({ length: count }, () => Math.round(10 * random.normal()));
    expect(medianDeviationOfSorted(sorted(values))).toBeCloseTo(medianDeviation(values), 12);
    expect(medianDeviationOfSorted(sorted(values), 0)).toBeCloseTo(medianDeviation(values, 0), 12);
  }
});
