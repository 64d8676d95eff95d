import type { BrowserPoolFigures } from "@shardwright/core";
import { expect, test } from "vitest";
import { World } from "../testing/world.ts";

const idle = { starting: 0, ready: 0, retiring: 0, leases: 0, gpu_leases: 0 };
const figures = (id: string, more: Partial<BrowserPoolFigures> = {}): BrowserPoolFigures => ({
  id,
  browsers: [],
  waiting: 0,
  started: 0,
  leased: 0,
  retired: {},
  ...more,
});

test("a pool that several workers tell of counts once, and an operator's own kinds are no labels", async () => {
  await using world = await World.open();
  const [one, two, three] = [await world.worker("one"), await world.worker("two"), await world.worker("three")];
  const shared = figures("pool-of-one-machine", {
    browsers: [
      { ...idle, kind: "chromium", ready: 1, leases: 2, memory_bytes: 300 },
      { ...idle, kind: "nightly", starting: 1 },
    ],
    waiting: 3,
    started: 2,
    leased: 7,
    retired: { evicted: 1, "browser-crashed": 1 },
  });
  for (const { id } of [one, two]) await world.scheduler.heartbeat(id, { fences: [], draining: false, browsers: shared });
  const own = figures("pool-of-another", {
    browsers: [{ ...idle, kind: "chromium", retiring: 1, memory_bytes: 50 }],
    waiting: 1,
  });
  await world.scheduler.heartbeat(three.id, { fences: [], draining: false, browsers: own });
  expect(world.scheduler.browserUse.waiting).toBe(4);
  expect([...world.scheduler.browserUse.kinds]).toEqual([
    ["chromium", { starting: 0, ready: 1, retiring: 1, leases: 2, memory_bytes: 350 }],
    ["other", { starting: 1, ready: 0, retiring: 0, leases: 0, memory_bytes: 0 }],
  ]);
  expect(world.scheduler.health(one.id as never)?.browsers).toEqual(shared);

  const later = { ...shared, started: 3, leased: 9, retired: { evicted: 2, "browser-crashed": 1 } };
  await world.scheduler.heartbeat(two.id, { fences: [], draining: false, browsers: later });
  // What was on its way for longer changes nothing.
  await world.scheduler.heartbeat(one.id, { fences: [], draining: false, browsers: shared });
  await world.scheduler.heartbeat(one.id, { fences: [], draining: false, browsers: later });
  const { started, leased, retired } = world.scheduler.browserCounts;
  expect({ started, leased, retired: Object.fromEntries(retired) }).toEqual({
    started: 3,
    leased: 9,
    retired: { evicted: 2, "browser-crashed": 1 },
  });
});
