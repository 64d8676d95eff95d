import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PendingQueue } from "./pending-queue.ts";

const durations = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
const steps = fc.array(fc.record({ step: fc.constantFrom("add", "remove", "take", "first"), task: fc.nat({ max: 39 }) }), {
  maxLength: 200,
});

test("whatever comes and goes, what waits is known, and the longest of it is first", () => {
  fc.assert(
    fc.property(durations, steps, (expected_ms, all) => {
      const queue = new PendingQueue(expected_ms);
      const waiting = new Set<number>();
      const longest = () => [...waiting].sort((a, b) => (expected_ms[b] ?? 0) - (expected_ms[a] ?? 0) || a - b)[0];
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
  const queue = new PendingQueue([5, 9, 5, 1, 9]);
  for (const task of [4, 3, 2, 1, 0]) queue.add(task);
  expect(Array.from({ length: 6 }, () => queue.take())).toEqual([1, 4, 0, 2, 3, undefined]);
});
