import { expect, test } from "vitest";
import { playFleet, valuesFor } from "./fleet.ts";
import { worlds } from "./world.ts";

test("one seed is one fleet", () => {
  const outcomes = [1, 2].map(() => playFleet(worlds.batches, 3, 40));
  expect(outcomes[0]).toEqual(outcomes[1]);
});

test.each([
  ["batches", "batch-length", 0.5, 16],
  ["memory", "concurrency", 0.5, 0.5],
  ["leases", "lease-time", 30, 120],
] as const)("a fleet with the wrong %s is healed", (kind, parameter, low, high) => {
  const { before_ms, after_ms, values } = playFleet(worlds[kind], 1, 120);
  expect(after_ms).toBeLessThan(0.95 * before_ms);
  expect(values[parameter]).toBeGreaterThanOrEqual(low);
  expect(values[parameter]).toBeLessThanOrEqual(high);
});

test("well set fleets stay as they are, though they try", () => {
  for (const world of [worlds.well, worlds.misleading]) {
    const { changes, values } = playFleet(world, 1, 120);
    expect(values).toEqual(valuesFor(world));
    expect(changes.map(({ phase }) => phase)).not.toContain("kept");
  }
});
