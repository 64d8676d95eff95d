import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type PlannedInstance, type PlannedRequest, planPool } from "./plan.ts";

const limits = { browsers: 2, leases: 4, gpuLeases: 1, memory_bytes: 1000, patience_ms: 2000 };

const chromium = (id: string, given: Partial<PlannedInstance> = {}): PlannedInstance => ({
  id,
  browser: "chromium",
  state: "ready",
  leases: 0,
  gpuLeases: 0,
  used_ms: 0,
  memory_bytes: 100,
  ...given,
});
const wants = (id: number, browser: string, given: Partial<PlannedRequest> = {}): PlannedRequest => ({
  id,
  browser,
  gpu: false,
  waited_ms: 0,
  memory_bytes: 100,
  ...given,
});

test("requests share what runs, oldest first; what is full, or has its share of GPU work, is not given", () => {
  expect(planPool([], [wants(0, "chromium"), wants(1, "chromium")], limits)).toEqual([{ type: "start", browser: "chromium" }]);
  expect(planPool([chromium("a", { leases: 3 })], [wants(0, "chromium"), wants(1, "chromium")], limits)).toEqual([
    { type: "grant", request: 0, instance: "a" },
    { type: "start", browser: "chromium" },
  ]);
  const busy = chromium("a", { leases: 1, gpuLeases: 1 });
  expect(planPool([busy], [wants(0, "chromium", { gpu: true }), wants(1, "chromium")], { ...limits, browsers: 1 })).toEqual([
    { type: "grant", request: 1, instance: "a" },
  ]);
});

test("the least busy one is given; one that retires or starts is not", () => {
  const instances = [chromium("a", { leases: 2 }), chromium("b", { leases: 1 })];
  expect(planPool(instances, [wants(0, "chromium")], limits)).toEqual([{ type: "grant", request: 0, instance: "b" }]);
  expect(planPool([chromium("a", { state: "retiring", leases: 1 })], [wants(0, "chromium")], { ...limits, browsers: 1 })).toEqual(
    [],
  );
  expect(planPool([chromium("a", { state: "starting" })], [wants(0, "chromium")], limits)).toEqual([]);
});

test("another kind makes room: at once where it is idle, after a while where it is busy", () => {
  const full = [chromium("a", { leases: 2 }), chromium("b", { leases: 1 })];
  const waits = (waited_ms: number) => [wants(0, "firefox", { waited_ms }), wants(1, "chromium")];
  expect(planPool([full[0]!, chromium("b")], waits(0), limits)).toEqual([
    { type: "evict", instance: "b" },
    { type: "grant", request: 1, instance: "a" },
  ]);
  expect(planPool(full, waits(1999), limits)).toEqual([{ type: "grant", request: 1, instance: "b" }]);
  expect(planPool(full, waits(2000), limits)).toEqual([
    { type: "evict", instance: "b" },
    { type: "grant", request: 1, instance: "a" },
  ]);
  // The next look finds it on its way out, and takes no second one.
  expect(planPool([full[0]!, chromium("b", { state: "retiring", leases: 1 })], waits(2100), limits)).toEqual([
    { type: "grant", request: 1, instance: "a" },
  ]);
});

test("memory bounds what is started, but for the first one", () => {
  const large = chromium("a", { memory_bytes: 950, leases: 4 });
  expect(planPool([large], [wants(0, "chromium")], limits)).toEqual([]);
  expect(planPool([], [wants(0, "chromium", { memory_bytes: 5000 })], limits)).toEqual([{ type: "start", browser: "chromium" }]);
  expect(planPool([{ ...large, leases: 0 }], [wants(0, "firefox")], limits)).toEqual([{ type: "evict", instance: "a" }]);
});

test("whatever runs and whoever waits, no limit is passed", () => {
  const browser = fc.constantFrom("chromium", "firefox", "edge");
  const instance = fc.record({
    browser,
    state: fc.constantFrom("starting" as const, "ready" as const, "retiring" as const),
    leases: fc.nat({ max: 4 }),
    memory_bytes: fc.integer({ min: 50, max: 400 }),
    used_ms: fc.nat(),
  });
  const request = fc.record({ browser, gpu: fc.boolean(), waited_ms: fc.nat({ max: 4000 }) });
  fc.assert(
    fc.property(fc.array(instance, { maxLength: 3 }), fc.array(request, { maxLength: 20 }), (running, waiting) => {
      const instances = running.map((each, index) => ({ ...each, id: String(index), gpuLeases: Math.min(1, each.leases) }));
      const requests = waiting.map((each, id) => ({ ...each, id, memory_bytes: 100 }));
      const bounds = { ...limits, browsers: 3 };
      const steps = planPool(instances, requests, bounds);
      const given = new Map(instances.map(({ id, leases, gpuLeases }) => [id, { leases, gpuLeases }]));
      const granted = new Set<number>();
      for (const step of steps) {
        if (step.type !== "grant") continue;
        const { state, browser: kind } = instances[Number(step.instance)]!;
        const { browser: wanted, gpu } = requests[step.request]!;
        expect([state, kind]).toEqual(["ready", wanted]);
        expect(granted.has(step.request)).toBe(false);
        granted.add(step.request);
        const held = given.get(step.instance)!;
        held.leases += 1;
        if (gpu) held.gpuLeases += 1;
        expect(held.leases).toBeLessThanOrEqual(bounds.leases);
        if (gpu) expect(held.gpuLeases).toBeLessThanOrEqual(bounds.gpuLeases);
      }
      const starts = steps.filter(({ type }) => type === "start").length;
      if (starts > 0) expect(instances.length + starts).toBeLessThanOrEqual(bounds.browsers);
      const evicted = steps.flatMap((step) => (step.type === "evict" ? [step.instance] : []));
      expect(new Set(evicted).size).toBe(evicted.length);
      const left = new Set<string>();
      for (const step of steps) {
        if (step.type === "evict") left.add(step.instance);
        if (step.type === "grant") expect(left.has(step.instance)).toBe(false);
      }
    }),
  );
});
