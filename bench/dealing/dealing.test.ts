import { expect, test } from "vitest";
import { lowerBound_ms } from "./bound.ts";
import { measure } from "./measure.ts";
import type { Policy } from "./policy.ts";
import { ours } from "./policies/ours.ts";
import { pullInOrder, pullLongestFirst } from "./policies/pull.ts";
import { splitByCount, splitByHistory } from "./policies/static.ts";
import { drawScenario, poolKinds } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
const policies = [splitByCount, splitByHistory, pullInOrder, pullLongestFirst, ours()];

test.each(policies)("under the policy “$name” every task counts once, and no run beats the bound", (policy) => {
  for (const seed of seeds)
    for (const kind of poolKinds) {
      const scenario = drawScenario(seed, kind);
      const { makespan_ms, begun, results, duplicates } = simulate(scenario, policy);
      expect(
        results.every((count) => count === 1),
        `seed ${seed}`,
      ).toBe(true);
      expect(makespan_ms, `seed ${seed}`).toBeGreaterThanOrEqual(lowerBound_ms(scenario));
      const again = begun.filter((count) => count > 1).length;
      // Without a loss, only duplicates begin a task twice; some are stopped before they begin.
      if (scenario.loss === undefined) expect(again, `seed ${seed}`).toBeLessThanOrEqual(duplicates);
    }
});

test("one seed is one run", () => {
  const outcomes = [1, 2].map(() => simulate(drawScenario(3), ours()));
  expect(outcomes[0]).toEqual(outcomes[1]);
});

test("our policy stays near the bound, and ahead of what does not know the workers", () => {
  const { mean } = measure(ours(), seeds);
  expect(mean).toBeLessThan(1.1);
  expect(mean).toBeLessThan(measure(pullLongestFirst, seeds).mean);
  expect(mean).toBeLessThan(measure(splitByHistory, seeds).mean);
});

test("the bound counts a lost worker until its loss, and no longer", () => {
  const scenario = { ...drawScenario(1), works_ms: [6000, 6000, 6000], speeds: [1, 2], loss: undefined };
  expect(lowerBound_ms(scenario)).toBe(6000);
  expect(lowerBound_ms({ ...scenario, loss: { worker: 1, at_ms: 2000 } })).toBe(14_000);
  expect(lowerBound_ms({ ...scenario, loss: { worker: 0, at_ms: 2000 } })).toBe(8000);
  expect(lowerBound_ms({ ...scenario, loss: { worker: 0, at_ms: 7000 } })).toBe(6000);
  expect(lowerBound_ms({ ...scenario, works_ms: [6000], loss: { worker: 1, at_ms: 2000 } })).toBe(6000);
});

test("a policy that deals what does not wait, or does not deal, is found out", () => {
  const dealing = (next: () => number[] | undefined): Policy => ({ name: "bad", begin: () => ({ next, returned: () => {} }) });
  const scenario = drawScenario(1);
  expect(() =>
    simulate(
      scenario,
      dealing(() => [0, 0]),
    ),
  ).toThrow("task 0 was dealt while it did not wait");
  expect(() =>
    simulate(
      scenario,
      dealing(() => [999_999]),
    ),
  ).toThrow("cannot be duplicated");
  expect(() =>
    simulate(
      scenario,
      dealing(() => undefined),
    ),
  ).toThrow("were never run");
});
