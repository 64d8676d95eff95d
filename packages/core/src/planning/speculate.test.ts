import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type OtherSlot, endsSoonerElsewhere } from "./slots.ts";
import { type RunningAttempt, duplicateLimit, speculate } from "./speculate.ts";

const here = (duration_ms: number) => () => duration_ms;

test("the attempt that should end last is duplicated, if it should end sooner here", () => {
  const running = [
    { task: 0, left_ms: 500 },
    { task: 1, left_ms: 2000 },
    { task: 2, left_ms: 900 },
  ];
  expect(speculate({ running, here_ms: here(1000) })?.task).toBe(1);
  expect(speculate({ running, here_ms: here(1900) })).toBeUndefined();
  expect(speculate({ running: [], here_ms: here(1) })).toBeUndefined();
});

test("an attempt that may not run here is not looked at", () => {
  const running = [
    { task: 0, left_ms: 5000 },
    { task: 1, left_ms: 3000 },
  ];
  expect(speculate({ running, here_ms: ({ task }) => (task === 0 ? undefined : 100) })?.task).toBe(1);
});

test("a slot that ends the task sooner, though it is not free yet, is waited for", () => {
  const running = [{ task: 0, left_ms: 10_000 }];
  const slot = (free_ms: number): OtherSlot => ({ free_ms, whole_ms: 0, duration_ms: () => 1000 });
  expect(speculate({ running, here_ms: here(4000), others: () => [slot(500)] })).toBeUndefined();
  expect(speculate({ running, here_ms: here(4000), others: () => [slot(5000)] })?.task).toBe(0);
});

test("nothing is duplicated that would not end the run sooner", () => {
  const attempts = fc.array(
    fc.record({ task: fc.nat(), left_ms: fc.nat({ max: 1e6 }), elsewhere_ms: fc.option(fc.nat({ max: 1e6 })) }),
  );
  fc.assert(
    fc.property(attempts, (running) => {
      const here_ms = ({ elsewhere_ms }: (typeof running)[number]) => elsewhere_ms ?? undefined;
      const chosen = speculate({ running, here_ms });
      const eligible = running.filter(({ elsewhere_ms }) => elsewhere_ms !== null);
      const last_ms = Math.max(0, ...eligible.map(({ left_ms }) => left_ms));
      if (chosen === undefined) return;
      expect(chosen.left_ms).toBe(last_ms);
      expect(chosen.elsewhere_ms).toBeLessThan(last_ms);
    }),
  );
});

test("the holder's own slot never ends a task sooner than a duplicate that is worth it", () => {
  const attempt: RunningAttempt = { task: 0, left_ms: 5000 };
  const holder: OtherSlot = { free_ms: attempt.left_ms, whole_ms: 0, duration_ms: () => 1 };
  expect(endsSoonerElsewhere(0, 4000, [holder])).toBe(false);
});

test("a run's duplicates are bounded", () => {
  expect([1, 40, 100, 50_000].map(duplicateLimit)).toEqual([4, 4, 10, 5000]);
});
