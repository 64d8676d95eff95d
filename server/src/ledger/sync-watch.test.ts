import { expect, test } from "vitest";
import { World } from "../testing/world.ts";
import { SyncWatch } from "./sync-watch.ts";

async function begin() {
  const world = await World.open();
  const told: (number | undefined)[] = [];
  const watch = new SyncWatch(world.clock, 500, (stalled_ms) => told.push(stalled_ms));
  return { world, clock: world.clock, watch, told };
}

test("a write that takes too long is told, again each time as much has passed, and when it is done", async () => {
  const { world, clock, watch, told } = await begin();
  await using _ = world;
  watch.begin();
  clock.advance(499);
  expect([told, watch.stalled_ms]).toEqual([[], undefined]);
  clock.advance(601);
  expect([told, watch.stalled_ms]).toEqual([[500, 1000], 1100]);
  watch.end();
  expect([told.at(-1), watch.stalled_ms, watch.stalls]).toEqual([undefined, undefined, 1]);
  expect([watch.took.count, watch.took.sum_s]).toEqual([1, 1.1]);
  clock.advance(5000);
  expect(told).toHaveLength(3);
});

test("writes that follow each other are watched one by one, with one timer", async () => {
  const { world, clock, watch, told } = await begin();
  await using _ = world;
  const { pending } = clock;
  for (let number = 0; number < 100; number += 1) {
    watch.begin();
    clock.advance(400);
    watch.end();
    expect(clock.pending).toBeLessThanOrEqual(pending + 1);
  }
  expect([told, watch.took.count]).toEqual([[], 100]);
});
