import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PendingQueue } from "./pending-queue.ts";

// Enough tasks for several words of bits, and for several words of words.
const durations = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 1200, size: "max" });
const steps = fc.array(
  fc.record({ step: fc.constantFrom("add", "remove", "take", "first", "after"), task: fc.nat({ max: 1199 }) }),
  {
    maxLength: 200,
  },
);

test("whatever comes and goes, what waits is known, and the longest of it is first", () => {
  fc.assert(
    fc.property(durations, steps, (expected_ms, all) => {
      const queue = new PendingQueue(expected_ms, [...expected_ms.keys()]);
      const waiting = new Set<number>();
      const order = [...expected_ms.keys()].sort((a, b) => (expected_ms[b] ?? 0) - (expected_ms[a] ?? 0) || a - b);
      const longest = () => order.find((task) => waiting.has(task));
      for (const { step, task: wanted } of all) {
        const task = wanted % expected_ms.length;
        const expected = longest();
        if (step === "add") {
          queue.add(task);
          waiting.add(task);
        } else if (step === "remove") {
          queue.remove(task);
          waiting.delete(task);
        } else if (step === "first") expect(queue.first()).toBe(expected);
        else if (step === "after")
          expect(queue.after(task)).toBe(order.slice(order.indexOf(task) + 1).find((one) => waiting.has(one)));
        else {
          expect(queue.take()).toBe(expected);
          if (expected !== undefined) waiting.delete(expected);
        }
        expect(queue.size).toBe(waiting.size);
        expect(queue.total_ms).toBe([...waiting].reduce((sum, one) => sum + (expected_ms[one] ?? 0), 0));
      }
    }),
  );
});

test("taken one after the other, tasks come longest first and equal ones in manifest order", () => {
  const queue = new PendingQueue([5, 9, 5, 1, 9], [0, 1, 2, 3, 4]);
  for (const task of [4, 3, 2, 1, 0]) queue.add(task);
  expect(Array.from({ length: 6 }, () => queue.take())).toEqual([1, 4, 0, 2, 3, undefined]);
});

test("a queue takes the tasks it was made for, and no others", () => {
  const queue = new PendingQueue([5, 9, 5], [0, 2]);
  expect(() => queue.add(1)).toThrow(RangeError);
  queue.remove(1);
  expect(queue.after(1)).toBeUndefined();
  expect(queue.size).toBe(0);
});
