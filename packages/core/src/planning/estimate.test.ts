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
      const typical = median(tasks.flatMap(({ recent }) => median(recent.slice(-recentLimit)) ?? [])) ?? defaultDuration_ms;
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
  expect(estimateDurations(tasks, history, "here")).toEqual([
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
