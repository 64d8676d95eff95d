import { expect, test } from "vitest";
import type { Clock } from "../clock.ts";
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

test("a thread that was busy itself takes no disk for slow before it has listened", () => {
  let now_ms = 0;
  let ring: (() => void) | undefined;
  const clock: Clock = {
    now_ms: () => now_ms,
    monotonic_ms: () => now_ms,
    after: (_delay_ms, callback) => {
      ring = callback;
      return { cancel: () => {} };
    },
  };
  const told: (number | undefined)[] = [];
  const watch = new SyncWatch(clock, 500, (stalled_ms) => told.push(stalled_ms));
  watch.begin();
  now_ms = 900;
  ring?.();
  watch.end();
  expect(told).toEqual([]);
  watch.begin();
  now_ms = 1800;
  ring?.();
  now_ms = 1850;
  ring?.();
  expect(told).toEqual([950]);
});
