import * as fc from "fast-check";
import { expect, test } from "vitest";
import { afterFailure, retryBudget } from "./retry-policy.ts";

const count = fc.nat({ max: 50_000 });

test("a suite whose every test always fails ends after its budget and not before, whatever its size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat({ max: 20 }), (tasks, max_retries) => {
      let spent = 0;
      let attempts = 0;
      for (let task = 0; task < tasks; task += 1)
        for (let failures = 1; ; failures += 1) {
          attempts += 1;
          if (afterFailure({ failures, max_retries, spent, tasks }) !== "retry") break;
          spent += 1;
        }
      expect(spent).toBe(Math.min(tasks * max_retries, retryBudget(tasks)));
      expect(attempts).toBe(tasks + spent);
    }),
  );
});

test("why a failure is final says whether the task or the run has spent its retries", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.nat({ max: 20 }), count, count, (failures, max_retries, spent, tasks) => {
      const expected = failures > max_retries ? "final" : spent >= retryBudget(tasks) ? "budget-spent" : "retry";
      expect(afterFailure({ failures, max_retries, spent, tasks })).toBe(expected);
    }),
  );
});

test("the budget is a fifth of the tasks, and ten for a small suite", () => {
  expect([0, 1, 50, 51, 54, 55, 50_000].map((tasks) => retryBudget(tasks))).toEqual([10, 10, 10, 10, 10, 11, 10_000]);
  expect([50, 51, 55, 1000].map((tasks) => retryBudget(tasks, 0.3))).toEqual([15, 15, 16, 300]);
  expect(afterFailure({ failures: 1, max_retries: 3, spent: 12, tasks: 50 })).toBe("budget-spent");
  expect(afterFailure({ failures: 1, max_retries: 3, spent: 12, tasks: 50, share: 0.3 })).toBe("retry");
});
