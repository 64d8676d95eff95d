import * as fc from "fast-check";
import { expect, test } from "vitest";
import { defaultDuration_ms, estimateDurations, knownDuration, median, recentLimit } from "./estimate.ts";

const duration = fc.double({ min: 0.001, max: 1e7, noNaN: true });

test("the median is none of the extremes, in whatever order the values come", () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 40 }), (values) => {
      const middle = median(values) as number;
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(median(values.toReversed())).toBe(middle);
    }),
  );
  expect(median([])).toBeUndefined();
});

test("every task has an estimate of its own, finite and positive, whatever is known of the others", () => {
  const task = fc.record({ bytes: fc.nat({ max: 1e9 }), recent: fc.array(duration, { maxLength: 30 }) });
  fc.assert(
    fc.property(fc.array(task, { maxLength: 30 }), (tasks) => {
      const named = tasks.map(({ bytes }, index) => ({ key: String(index), bytes }));
      const history = new Map(
        tasks.flatMap(({ recent }, index) =>
          recent.length === 0 ? [] : [[String(index), new Map([["here", recent]])] as const],
        ),
      );
      const estimates = estimateDurations(named, history, "here");
      expect(estimates).toHaveLength(tasks.length);
      const middles = tasks.flatMap(({ recent }) => median(recent.slice(-recentLimit)) ?? []);
      const typical = median(middles.map((middle) => Math.max(1, middle))) ?? defaultDuration_ms;
      for (const [index, { expected_ms, known }] of estimates.entries()) {
        const own = median(tasks[index]?.recent.slice(-recentLimit) ?? []);
        expect(known).toBe(own !== undefined);
        if (own !== undefined) expect(expected_ms).toBe(Math.max(1, own));
        else {
          expect(expected_ms).toBeGreaterThanOrEqual(Math.max(1, typical / 2));
          expect(expected_ms).toBeLessThanOrEqual(Math.max(1, typical * 2));
        }
      }
    }),
  );
});

test("one slow attempt does not change what a task is taken for, and old ones are forgotten", () => {
  expect(knownDuration(new Map([["here", [10, 11, 9000, 10, 12]]]), "here")).toBe(11);
  const old = Array.from({ length: 100 }, () => 9000);
  const recent = Array.from({ length: recentLimit }, () => 10);
  expect(knownDuration(new Map([["here", [...old, ...recent]]]), "here")).toBe(10);
});

test("a task without a history is dealt as a long one, unless nothing is known of any", () => {
  const history = new Map([["a", new Map([["here", [100]]])]]);
  const tasks = ["a", "new"].map((key) => ({ key, bytes: 100 }));
  expect(estimateDurations(tasks, history, "here").map(({ planned_ms }) => planned_ms)).toEqual([100, 600]);
  expect(estimateDurations(tasks, new Map(), "here").map(({ planned_ms }) => planned_ms)).toEqual([1000, 1000]);
});

test("how far an estimate is trusted grows with the durations that agree, and falls where they do not", () => {
  const spreadOf = (...recent: number[]) => {
    const history = new Map([["a", new Map([["here", recent]])]]);
    return estimateDurations([{ key: "a", bytes: 1 }], history, "here")[0]?.spread ?? Number.NaN;
  };
  const steady = spreadOf(...Array.from({ length: 20 }, () => 100));
  expect(steady).toBeLessThan(spreadOf(100, 100));
  expect(spreadOf(100, 100)).toBeLessThan(spreadOf(100, 300, 50, 200, 900));
  const [foreign, unknown] = estimateDurations(
    ["a", "new"].map((key) => ({ key, bytes: 1 })),
    new Map([["a", new Map([["there", [100]]])]]),
    "here",
  );
  expect(foreign?.spread).toBeGreaterThan(spreadOf(100));
  expect(unknown?.spread).toBeGreaterThan(foreign?.spread ?? Number.NaN);
});

test("durations from a class that is twice as slow count half, and hold up a class with few of its own", () => {
  const both = ["a", "b", "c"].map(
    (key) =>
      [
        key,
        new Map([
          ["here", [100]],
          ["there", [200]],
        ]),
      ] as const,
  );
  const history = new Map<string, Map<string, number[]>>([
    ...both,
    [
      "few",
      new Map([
        ["here", [50]],
        ["there", [400, 400]],
      ]),
    ],
    ["none", new Map([["there", [1000]]])],
  ]);
  const tasks = ["a", "b", "c", "few", "none"].map((key) => ({ key, bytes: 1 }));
  const [, , , few, none] = estimateDurations(tasks, history, "here");
  // Once 50 and twice 200, which is 126 in the middle, by ratios.
  expect(few?.expected_ms).toBeCloseTo((50 * 200 * 200) ** (1 / 3), 6);
  expect(none).toMatchObject({ expected_ms: 500, known: true });
});

test("other hardware stands in where a task is unknown on its own, and the neighbours where it is unknown altogether", () => {
  const history = new Map([
    [
      "a",
      new Map([
        ["here", [100]],
        ["there", [900]],
      ]),
    ],
    [
      "b",
      new Map([
        ["there", [300]],
        ["elsewhere", [500]],
      ]),
    ],
  ]);
  const tasks = ["a", "b", "new"].map((key) => ({ key, bytes: 100 }));
  expect(estimateDurations(tasks, history, "here")).toMatchObject([
    { expected_ms: 100, known: true },
    { expected_ms: 400, known: true },
    { expected_ms: 250, known: false },
  ]);
});

test("without any history a larger file is taken for a longer one, within a factor of four", () => {
  const tasks = [0, 399, 1599, 1e9].map((bytes, index) => ({ key: String(index), bytes }));
  const estimates = estimateDurations(tasks, new Map(), "here").map(({ expected_ms }) => expected_ms);
  expect(estimates).toEqual(estimates.toSorted((a, b) => a - b));
  expect([estimates[0], estimates[3]]).toEqual([defaultDuration_ms / 2, defaultDuration_ms * 2]);
});
