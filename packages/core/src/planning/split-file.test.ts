import * as fc from "fast-check";
import { expect, test } from "vitest";
import { heavyFiles, splitFile, type SplittableCase } from "./split-file.ts";

const casesOf = (durations: readonly (number | undefined)[], affinity: (index: number) => string | undefined = () => undefined) =>
  durations.map((duration_ms, index): SplittableCase => ({
    path: ["group", `case ${index}`],
    duration_ms,
    affinity: affinity(index),
  }));

test("a file that would set the makespan is heavy, by its own history only", () => {
  expect(heavyFiles([10_000, 1000, 1000, 1000], 4)).toEqual([0]);
  expect(heavyFiles([3000, 10_000, undefined, 1000], 4)).toEqual([1, 0]);
  expect(heavyFiles([undefined, 1000, 1000], 4)).toEqual([]);
  // Small enough to fit in, too short to be worth it, or nobody to share it with.
  expect(heavyFiles([4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000], 4)).toEqual([]);
  expect(heavyFiles([1000, 10], 4)).toEqual([]);
  expect(heavyFiles([10_000, 10], 1)).toEqual([]);
});

test("a file with 40% of the time is split so that it no longer sets the makespan", () => {
  const others_ms = Array.from({ length: 60 }, () => 500);
  const parts =
    splitFile({ expected_ms: 20_000, cases: casesOf(Array.from({ length: 200 }, () => 99)), others_ms, slots: 4 }) ?? [];
  const longest = Math.max(...parts.map(({ expected_ms }) => expected_ms));
  expect(longest).toBeLessThan(12_500);
  expect(parts.reduce((sum, { expected_ms }) => sum + expected_ms, 0)).toBeCloseTo(200 * 99 + parts.length * 200, 3);
});

test("what the file costs by itself is paid by each part: where that is most of it, it stays whole", () => {
  const cases = casesOf(Array.from({ length: 20 }, () => 5));
  expect(splitFile({ expected_ms: 10_000, cases, others_ms: [100], slots: 4 })).toBeUndefined();
});

test("a file of one case, and one beside which others take as long, stay whole", () => {
  expect(splitFile({ expected_ms: 10_000, cases: casesOf([9900]), others_ms: [], slots: 4 })).toBeUndefined();
  const cases = casesOf(Array.from({ length: 50 }, () => 100));
  expect(splitFile({ expected_ms: 5000, cases, others_ms: [5000, 5000, 5000, 5000], slots: 5 })).toBeUndefined();
});

test("cases without a history are taken for middling ones", () => {
  const cases = casesOf([...Array.from({ length: 10 }, () => 1000), undefined, undefined]);
  const parts = splitFile({ expected_ms: 12_000, cases, others_ms: [], slots: 2 }) ?? [];
  expect(parts.map(({ cases: own }) => own.length)).toEqual([6, 6]);
});

test("a file of too many cases, or of one path, stays whole; a path in two groups stays in one part", () => {
  const split = (cases: readonly SplittableCase[]) => splitFile({ expected_ms: 30_000, cases, others_ms: [], slots: 2 });
  const many = (count: number) => casesOf(Array.from({ length: count }, () => 1));
  expect(split(many(20_000))).toHaveLength(2);
  expect(split(many(20_001))).toBeUndefined();
  const path = ["same"];
  const [one, two] = casesOf([10_000, 9000], (index) => `group ${index}`) as [SplittableCase, SplittableCase];
  const groups = split([one, { ...two, path: one.path }, { path, duration_ms: 9000 }]) ?? [];
  expect(new Set(groups.map((part) => part.cases))).toEqual(new Set([[one.path], [path]]));
});

test("every case is in just one part, in order; paths and affinity groups are never parted", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ name: fc.nat(40), duration_ms: fc.option(fc.nat(2000), { nil: undefined }), group: fc.option(fc.nat(5)) }),
        { minLength: 1, maxLength: 80 },
      ),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(3000), { maxLength: 30 }),
      (drawn, slots, others_ms) => {
        const cases = drawn.map(({ name, duration_ms }, index): SplittableCase => {
          const first = drawn.findIndex((each) => each.name === name);
          const group = drawn[first]?.group;
          return { path: [`case ${name}`], duration_ms, affinity: group === null || index < 0 ? undefined : String(group) };
        });
        const parts = splitFile({ expected_ms: 10_000, cases, others_ms, slots });
        if (parts === undefined) return;
        const names = new Set(cases.map(({ path }) => path[0] ?? ""));
        const given = parts.flatMap((part) => part.cases.map(([name]) => name ?? ""));
        expect(given.toSorted()).toEqual([...names].toSorted());
        expect(parts.every((part) => part.cases.length > 0 && part.expected_ms > 0)).toBe(true);
        expect(parts.every((part) => part.cases.length <= (parts.at(-1)?.cases.length ?? 0))).toBe(true);
        const partOf = new Map(parts.flatMap((part, index) => part.cases.map(([name]) => [name, index] as const)));
        for (const { path, affinity } of cases) {
          const mates = cases.filter((other) => affinity !== undefined && other.affinity === affinity);
          for (const mate of mates) expect(partOf.get(mate.path[0])).toBe(partOf.get(path[0]));
        }
      },
    ),
  );
});
