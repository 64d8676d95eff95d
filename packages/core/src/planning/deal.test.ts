import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DealQueue, deal } from "./deal.ts";
import { PendingQueue } from "./pending-queue.ts";
import type { OtherSlot } from "./slots.ts";

const limits = { cap_ms: 2000, count_limit: 64 };

function queueOf(expected_ms: readonly number[], suite = "unit", slots = 1): DealQueue {
  const pending = new PendingQueue(expected_ms, [...expected_ms.keys()]);
  for (const task of expected_ms.keys()) pending.add(task);
  return { suite, pending, slots };
}

const expectations = fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { maxLength: 80 });
const plans = fc.array(fc.record({ expected_ms: expectations, slots: fc.integer({ min: 1, max: 50 }) }), { maxLength: 5 });

test("dealt to the end, every task comes once, in batches within their bounds, the longest of its queue first", () => {
  fc.assert(
    fc.property(plans, fc.integer({ min: 1, max: 10 }), fc.array(fc.nat({ max: 4 })), (all, count_limit, warm) => {
      const queues = all.map(({ expected_ms, slots }, index) => queueOf(expected_ms, String(index), slots));
      const request = { queues, warm: new Set(warm.map(String)), cap_ms: 2000, count_limit };
      const dealt = all.map(() => [] as number[]);
      for (;;) {
        const remaining_ms = queues.reduce((sum, { pending }) => sum + pending.total_ms, 0);
        const next = deal(request);
        if (next === undefined) break;
        const { expected_ms, slots } = all[next.queue] as (typeof all)[number];
        const batch_ms = next.tasks.reduce((sum, task) => sum + (expected_ms[task] ?? 0), 0);
        expect(next.tasks.length).toBeGreaterThan(0);
        expect(next.tasks.length).toBeLessThanOrEqual(count_limit);
        if (next.tasks.length > 1) expect(batch_ms).toBeLessThanOrEqual(Math.min(2000, remaining_ms / (3 * slots)) + 1e-6);
        dealt[next.queue]?.push(...next.tasks);
      }
      for (const [index, { expected_ms }] of all.entries()) {
        const longestFirst = [...expected_ms.keys()].sort((a, b) => (expected_ms[b] ?? 0) - (expected_ms[a] ?? 0) || a - b);
        expect(dealt[index]).toEqual(longestFirst);
      }
    }),
  );
});

test("batches are large while much is left, and single at the end", () => {
  const queues = [
    queueOf(
      Array.from({ length: 100 }, () => 10),
      "unit",
      2,
    ),
  ];
  const sizes: number[] = [];
  for (let next = deal({ queues, warm: new Set(), ...limits }); next !== undefined;) {
    sizes.push(next.tasks.length);
    next = deal({ queues, warm: new Set(), ...limits });
  }
  expect(sizes[0]).toBe(16);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(sizes.at(-1)).toBe(1);
});

test("the longest task of all goes first, unless a warm suite's is nearly as long or much is left", () => {
  const choose = (cold: number[], warm: number[]) =>
    deal({ queues: [queueOf(cold, "cold"), queueOf(warm, "warm")], warm: new Set(["warm"]), ...limits })?.queue;
  expect(choose([1000], [700])).toBe(0);
  expect(choose([1000], [800])).toBe(1);
  expect(choose([1000], [])).toBe(0);
  expect(choose([1000, 500, 500, 500], [500])).toBe(1);
});

test("a task longer than any batch may be is dealt by itself, and nothing is dealt of nothing", () => {
  expect(deal({ queues: [queueOf([60_000, 1])], warm: new Set(), ...limits })).toEqual({ queue: 0, tasks: [0] });
  expect(deal({ queues: [queueOf([])], warm: new Set(), ...limits })).toBeUndefined();
  expect(deal({ queues: [], warm: new Set(), ...limits })).toBeUndefined();
});

/** Another slot of the same class, so many times slower, free after so long. */
function slot(pace: number, free_ms: number, durations_ms: readonly number[]): OtherSlot {
  return {
    free_ms,
    whole_ms: pace * durations_ms.reduce((sum, one) => sum + one, 0),
    duration_ms: (task) => pace * (durations_ms[task] ?? 0),
  };
}

test("a slow slot leaves the longest task to one that ends it sooner, and takes the longest it ends first itself", () => {
  const durations_ms = [1000, 400, 300];
  const dealt = (pace: number, ...others: OtherSlot[]) =>
    deal({ queues: [queueOf(durations_ms)], warm: new Set(), ...limits, pace, others: () => others })?.tasks;
  expect(dealt(1)).toEqual([0]);
  expect(dealt(2, slot(1, 0, durations_ms))).toEqual([1]);
  expect(dealt(4, slot(1, 0, durations_ms))).toEqual([2]);
  expect(dealt(8, slot(1, 0, durations_ms))).toBeUndefined();
  expect(dealt(1, slot(4, 0, durations_ms))).toEqual([0]);
  // The fast one is busy for longer than the slow one would take.
  expect(dealt(4, slot(1, 3100, durations_ms))).toEqual([0]);
});

test("whatever the slots are like, all is dealt once, and they never all wait for one another", () => {
  const tasks = fc.array(fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 9999 })), { maxLength: 30 });
  const slots = fc.array(
    fc.record({ kind: fc.nat({ max: 1 }), pace: fc.double({ min: 0.25, max: 4, noNaN: true }), free_ms: fc.nat({ max: 5000 }) }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(tasks, slots, (works_ms, all) => {
      // Two kinds of hardware, on which the tasks take whatever they take.
      const durations_ms = [0, 1].map((kind) => works_ms.map((work_ms) => work_ms[kind] ?? 0));
      const queues = durations_ms.map((own_ms) => queueOf(own_ms, "unit", all.length));
      const ends_ms = all.map(({ free_ms }) => free_ms);
      const dealt: number[] = [];
      while (dealt.length < works_ms.length) {
        const now_ms = Math.min(...ends_ms);
        const idle = [...all.keys()].filter((index) => ends_ms[index] === now_ms);
        let given = 0;
        for (const index of idle) {
          const { kind, pace } = all[index] as (typeof all)[number];
          const others = all.flatMap((other, place) =>
            place === index ? [] : [slot(other.pace, (ends_ms[place] ?? 0) - now_ms, durations_ms[other.kind] ?? [])],
          );
          const queue = queues[kind] as DealQueue;
          const next = deal({ queues: [queue], warm: new Set(), ...limits, pace, others: () => others })?.tasks;
          if (next === undefined) continue;
          given += 1;
          dealt.push(...next);
          for (const task of next) for (const { pending } of queues) pending.remove(task);
          ends_ms[index] = now_ms + pace * next.reduce((sum, task) => sum + (durations_ms[kind]?.[task] ?? 0), 0);
        }
        if (given > 0) continue;
        const busy_ms = ends_ms.filter((end_ms) => end_ms > now_ms);
        expect(busy_ms.length).toBeGreaterThan(0);
        for (const index of idle) ends_ms[index] = Math.min(...busy_ms);
      }
      expect(dealt.toSorted((a, b) => a - b)).toEqual([...works_ms.keys()]);
    }),
    { numRuns: 500 },
  );
});
