import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Contender, expectedWait } from "./expected-wait.ts";

const own = { weight: 4, used_ms: 0, slots: 0, isWarm: false, order: 9 };
const rival = (given: Partial<Contender>): Contender => ({ ...own, order: 1, work_ms: 100_000, lease_ms: 10_000, ...given });

test("no time where a slot is free, none known where there is no slot", () => {
  expect(expectedWait({ own, others: [], frees_ms: [5000, 0] })?.wait_ms).toBe(0);
  expect(expectedWait({ own, others: [rival({})], frees_ms: [] })).toBeUndefined();
});

test("until the first slot is free, where others have used more", () => {
  const { wait_ms, before } = expectedWait({ own, others: [rival({ used_ms: 1 })], frees_ms: [7000, 4000] })!;
  expect([wait_ms, before.size]).toEqual([4000, 0]);
});

test("behind those that came before and were given nothing either, one lease each and not all their work", () => {
  const others = [rival({ order: 1 }), rival({ order: 2 }), rival({ order: 3, work_ms: 3000 })];
  const one = expectedWait({ own, others, frees_ms: [1000] })!;
  expect([one.wait_ms, one.before.size]).toEqual([1000 + 10_000 + 10_000 + 3000, 3]);
  const two = expectedWait({ own, others, frees_ms: [1000, 2000] })!;
  expect([two.wait_ms, two.before.size]).toEqual([12_000, 3]);
});

test("behind a higher priority for its share, and before it ends", () => {
  const others = [rival({ weight: 8, used_ms: 0, work_ms: 1e9 })];
  expect(expectedWait({ own: { ...own, used_ms: 20_000 }, others, frees_ms: [0] })?.wait_ms).toBe(50_000);
});

test("it never comes sooner than the first slot, nor later than when all that is before it is done", () => {
  const rivals = fc.array(
    fc.record({
      weight: fc.constantFrom(2, 4, 8),
      used_ms: fc.integer({ min: 0, max: 50_000 }),
      slots: fc.nat({ max: 3 }),
      isWarm: fc.constant(false),
      order: fc.nat({ max: 8 }),
      work_ms: fc.integer({ min: 1, max: 20_000 }),
      lease_ms: fc.integer({ min: 100, max: 5000 }),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(rivals, fc.array(fc.nat({ max: 9000 }), { minLength: 1, maxLength: 4 }), (others, frees_ms) => {
      const { wait_ms, before } = expectedWait({ own, others, frees_ms })!;
      expect(wait_ms).toBeGreaterThanOrEqual(Math.min(...frees_ms));
      const all_ms = [...before].reduce((sum, { work_ms }) => sum + work_ms, 0);
      expect(wait_ms).toBeLessThanOrEqual(Math.max(...frees_ms) + all_ms);
    }),
  );
});
