import type { Task } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shareOf } from "./share.ts";

const task = (key: string): Task => ({
  key: `s:${key}`,
  suite: "s",
  kind: "file",
  file: key,
  args: [],
  requirements: {},
  hash: "0".repeat(64),
  bytes: 1,
  side_effects: false,
});
const manifestOf = (tasks: Task[]) => ({
  suites: [{ name: "s", runner: "r", directory: ".", options: {} }],
  tasks,
  hash: "1".repeat(64),
});
const keysOf = (tasks: readonly Task[]) => tasks.map(({ key }) => key).sort();

const pipeline = fc.record({
  files: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 60 }),
  durations: fc.array(fc.oneof(fc.constant(undefined), fc.double({ min: 0.001, max: 1e6, noNaN: true })), { maxLength: 60 }),
  total: fc.integer({ min: 1, max: 12 }),
  away: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  order: fc.infiniteStream(fc.nat()),
});

test("whichever jobs fall back, all jobs together run the whole manifest, and shares never overlap", () => {
  fc.assert(
    fc.property(pipeline, ({ files, durations, total, away, order }) => {
      const tasks = files.map(task);
      const known = tasks.flatMap(({ key }, index) => (durations[index] === undefined ? [] : [[key, durations[index]] as const]));
      const durations_ms = Object.fromEntries(known);
      const plans = new Set<string>();
      const shares = Array.from({ length: total }, (_, index) => {
        // Each job lists its files in an order of its own.
        const listed = tasks.map((one) => ({ one, at: order.next().value ?? 0 })).sort((a, b) => a.at - b.at);
        const manifest = manifestOf(listed.map(({ one }) => one));
        const share = shareOf(manifest, { durations_ms }, { index, total });
        plans.add(share.plan);
        return keysOf(share.manifest.tasks);
      });
      expect(plans.size).toBe(1);
      // Those that still have the coordinator run whatever is in the manifest, as its run wants every entry.
      const isConnected = away.slice(0, total).includes(false);
      const run = new Set(isConnected ? keysOf(tasks) : []);
      shares.forEach((share, index) => {
        if (away[index]) for (const key of share) run.add(key);
      });
      expect([...run].sort()).toEqual(keysOf(tasks));
      expect(shares.flat().length).toBe(tasks.length);
    }),
  );
});

test("other durations or another number of jobs are another plan", () => {
  const manifest = manifestOf(["a", "b", "c", "d"].map(task));
  const plan = (durations_ms: Record<string, number>, total = 2) => shareOf(manifest, { durations_ms }, { index: 0, total }).plan;
  expect(plan({ "s:a": 1000, "s:b": 10 })).not.toBe(plan({ "s:a": 1000, "s:c": 10 }));
  expect(plan({}, 2)).not.toBe(plan({}, 3));
  expect(plan({ "s:a": 10 })).toBe(plan({ "s:a": 10, "gone:x": 99 }));
});
