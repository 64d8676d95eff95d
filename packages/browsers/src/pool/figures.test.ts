import { browserPoolSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { PoolWatch } from "./figures.ts";
import type { InstanceStatus, PoolStatus } from "./lease.ts";

const instance = (kind: string, state: InstanceStatus["state"], more: Partial<InstanceStatus> = {}): InstanceStatus => ({
  instance: `${kind}-${state}`,
  kind,
  version: "1",
  state,
  leases: 0,
  gpu_leases: 0,
  tasks: 0,
  ...more,
});

const poolWith = (status: PoolStatus) => ({ status: () => status });

test("browsers are counted by kind and state, with what they have lent and what they need", () => {
  const watch = new PoolWatch();
  expect(watch.figures()).toBeUndefined();
  watch.begin(
    poolWith({
      instances: [
        instance("chromium", "ready", { leases: 2, gpu_leases: 1, memory_bytes: 300 }),
        instance("chromium", "starting"),
        instance("chromium", "retiring", { leases: 1, memory_bytes: 50 }),
        instance("firefox", "ready"),
      ],
      waiting: 4,
      started: 3,
      leased: 9,
      retired: { evicted: 1, "browser-crashed": 2 },
    }),
  );
  const figures = watch.figures();
  expect(browserPoolSchema.parse(figures)).toMatchObject({
    browsers: [
      { kind: "chromium", starting: 1, ready: 1, retiring: 1, leases: 3, gpu_leases: 1, memory_bytes: 350 },
      { kind: "firefox", ready: 1 },
    ],
    waiting: 4,
    started: 3,
    leased: 9,
    retired: { evicted: 1, "browser-crashed": 2 },
  });
  expect(figures?.browsers[1]).not.toHaveProperty("memory_bytes");
});

test("what a pool has done is not forgotten with it, and the next one adds to it", () => {
  const watch = new PoolWatch();
  const first = poolWith({ instances: [], waiting: 0, started: 2, leased: 5, retired: { idle: 1, closed: 1 } });
  watch.begin(first);
  watch.end(first);
  expect(watch.figures()).toMatchObject({ browsers: [], started: 2, leased: 5, retired: { idle: 1, closed: 1 } });
  watch.begin(poolWith({ instances: [], waiting: 1, started: 1, leased: 1, retired: { idle: 2 } }));
  // Of one that is closed late nothing more is told.
  watch.end(first);
  expect(watch.figures()).toMatchObject({ waiting: 1, started: 3, leased: 6, retired: { idle: 3, closed: 1 } });
});
