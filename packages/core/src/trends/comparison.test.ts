import { expect, test } from "vitest";
import { compareConfigurations } from "./comparison.ts";
import { confirmDifference } from "./confirmation.ts";
import { eDivisive } from "./e-divisive.ts";
import { seededRandom } from "./seeded.test-data.ts";

const around = (level: number, count: number, seed: number, deviation = 1) => {
  const { normal } = seededRandom(seed);
  return Array.from({ length: count }, () => level + deviation * normal());
};

test("configurations are compared by ratios that hold together, and by their geometric mean", () => {
  const { baseline, comparisons, summaries, left_out } = compareConfigurations([
    { name: "x64", metrics: { build: around(100, 12, 1), load: around(50, 12, 2), idle: [0, 0], old: [1] } },
    { name: "arm64", metrics: { build: around(120, 12, 3), load: around(50, 12, 4), idle: [0, 1] } },
    { name: "riscv", metrics: { build: around(200, 12, 5), load: around(200, 12, 6), idle: [0, 1], old: [1] } },
  ]);
  expect(baseline).toBe("x64");
  const told = comparisons
    .filter(({ significant }) => significant)
    .map(({ metric, configuration }) => `${configuration} ${metric}`);
  expect(told).toEqual(["arm64 build", "riscv build", "riscv load"]);
  for (const { metric, ratio, q, p } of comparisons) {
    // Of one value each no interval is sure of anything.
    expect(ratio.level).toBe(metric === "old" ? 0 : 1 - 0.05 / 5);
    expect(ratio.low).toBeLessThanOrEqual(ratio.estimate);
    expect(q).toBeGreaterThanOrEqual(p);
  }
  const build = comparisons[0];
  expect(build?.ratio.low).toBeLessThan(1.2);
  expect(build?.ratio.high).toBeGreaterThan(1.2);
  expect(summaries.map(({ configuration, metrics }) => [configuration, metrics])).toEqual([
    ["arm64", 2],
    ["riscv", 3],
  ]);
  expect(summaries[0]?.geometricMean.estimate).toBeCloseTo(Math.sqrt(1.2), 1);
  expect(summaries[1]?.geometricMean.estimate).toBeCloseTo(2, 1);
  expect(left_out).toEqual([
    { metric: "idle", configuration: "arm64", reason: "not positive" },
    { metric: "old", configuration: "arm64", reason: "missing" },
    { metric: "idle", configuration: "riscv", reason: "not positive" },
  ]);
  expect(compareConfigurations([]).comparisons).toEqual([]);
});

const measured = (values: readonly number[]) => values.map((value) => ({ value }));

test("a suspicion is right, wrong, or to be measured on, within the budget", () => {
  const of = (before: number, after: number, count: number, deviation = 1) =>
    confirmDifference(measured(around(before, count, 21, deviation)), measured(around(after, count, 22, deviation)));
  expect(of(100, 110, 3)).toMatchObject({ decision: "unknown", more: 3 });
  expect(of(100, 110, 6)).toMatchObject({ decision: "different", more: 0 });
  expect(of(100, 100, 6, 0.2)).toMatchObject({ decision: "same", more: 0 });
  expect(of(100, 101, 6, 5)).toMatchObject({ decision: "unknown", more: 6 });
  expect(of(100, 101, 12, 5)).toMatchObject({ decision: "unknown", more: 12 });
  expect(of(100, 101, 24, 5)).toMatchObject({ decision: "unknown", more: 0 });
  expect(of(100, 110, 6).relative?.estimate).toBeCloseTo(0.1, 1);
});

test("of what does not differ, one in a hundred at most is called different", () => {
  let different = 0;
  for (let seed = 1; seed <= 600; seed += 1) {
    const [before, after] = [around(100, 24, seed, 5), around(100, 24, seed + 10_000, 5)];
    let count = 6;
    for (;;) {
      const { decision, more } = confirmDifference(measured(before.slice(0, count)), measured(after.slice(0, count)));
      if (decision === "different") different += 1;
      if (decision !== "unknown" || more === 0) break;
      count += more;
    }
  }
  expect(different).toBeLessThanOrEqual(9);
});

test("what sets machines that measured both sides apart does not hide a difference", () => {
  const on = (level: number, seed: number) =>
    around(level, 6, seed).map((value, at) => (at % 2 === 0 ? { value, machine: "a" } : { value: value + 60, machine: "b" }));
  expect(confirmDifference(on(100, 31), on(110, 32)).decision).toBe("different");
  const unnamed = (level: number, seed: number) => on(level, seed).map(({ value }) => ({ value }));
  expect(confirmDifference(unnamed(100, 31), unnamed(110, 32)).decision).toBe("unknown");
});

test("the Otava-compatible mode finds clear steps, and needs no permutations", () => {
  const values = [...around(100, 40, 41), ...around(110, 40, 42), ...around(100, 40, 43)];
  expect(eDivisive(values)).toEqual([40, 80]);
  expect(eDivisive(values, { minimumMagnitude: 0.2 })).toEqual([]);
  expect(eDivisive(around(100, 30, 44))).toEqual([]);
  expect(eDivisive([])).toEqual([]);
});
