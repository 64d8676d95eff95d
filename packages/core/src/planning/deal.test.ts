import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DealQueue, deal } from "./deal.ts";
import { PendingQueue } from "./pending-queue.ts";

const limits = { cap_ms: 2000, count_limit: 64 };

function queueOf(expected_ms: readonly number[], suite = "unit", slots = 1): DealQueue {
  const pending = new PendingQueue(expected_ms);
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
