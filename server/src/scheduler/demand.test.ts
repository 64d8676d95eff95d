import { type DemandQuery, demandQuerySchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";
import { needsLimit } from "./demand.ts";

const ask = (world: World, query: Record<string, string> = {}) =>
  world.scheduler.demand(demandQuerySchema.parse(query) satisfies DemandQuery);
const files = (count: number, needs: { tags?: string[]; cpu?: number } = {}) =>
  Array.from({ length: count }, (_, index) => ({
    file: `${needs.tags?.join("-") ?? "any"}-${index}.test.js`,
    requirements: needs,
  }));
const checkout = { kind: "checkout" } as const;

/** Lets time pass, while these workers say that they are there. */
async function pass(world: World, duration_s: number, ...workers: FakeWorker[]): Promise<void> {
  for (let passed_s = 0; passed_s < duration_s; passed_s += 5) {
    world.clock.advance(5000);
    for (const worker of workers) await worker.heartbeat();
  }
}

/** Lets these files have been seen to take so long each. */
async function learn(world: World, count: number, duration_ms: number): Promise<void> {
  const worker = await world.worker("teacher");
  await world.scheduler.submit(submissionOf(files(count), { run_key: "before" }));
  for (let leases = await worker.lease(); leases.length > 0; leases = await worker.lease())
    for (const lease of leases)
      for (const { task } of lease.tasks) await worker.send(...eventsOf(lease, task, "passed", duration_ms));
  await worker.leave();
}

test("nothing is wanted where nothing waits, and without workers one is for whatever waits", async () => {
  await using world = await World.open();
  expect(ask(world)).toEqual({
    waiting_tasks: 0,
    waiting_s: 0,
    oldest_wait_s: 0,
    workers: 0,
    slots: 0,
    busy_slots: 0,
    idle_slots: 0,
    ends_in_s: 0,
    ends_in_with_wanted_s: 0,
    wanted_slots: 0,
    wanted_workers: 0,
    target_workers: 0,
    removable: [],
  });
  await world.scheduler.submit(submissionOf(files(3)));
  world.clock.advance(7000);
  const { ends_in_s, ...demand } = ask(world);
  expect(ends_in_s).toBeUndefined();
  expect(demand).toMatchObject({ waiting_tasks: 3, waiting_s: 3, oldest_wait_s: 7, wanted_slots: 1, target_workers: 1 });
});

test("what tests took before says how many slots pay, with what runs and what is idle", async () => {
  await using world = await World.open();
  await learn(world, 10, 30_000);
  const worker = await world.worker("one", {}, 2);
  await world.scheduler.submit(submissionOf(files(10)));
  const before = ask(world);
  expect(before).toMatchObject({ waiting_tasks: 10, waiting_s: 300, slots: 2, idle_slots: 2, ends_in_s: 150, wanted_slots: 2 });
  expect(before).toMatchObject({ wanted_workers: 1, target_workers: 2, removable: [] });
  expect(ask(world, { slots_per_worker: "1" })).toMatchObject({ wanted_workers: 2, target_workers: 3 });
  expect(ask(world, { least_saving_s: "40" })).toMatchObject({ wanted_slots: 0 });
  expect(ask(world, { start_up_s: "150" })).toMatchObject({ wanted_slots: 0 });
  const [lease] = await worker.lease();
  expect(lease?.tasks).toHaveLength(1);
  expect(ask(world)).toMatchObject({ waiting_tasks: 9, busy_slots: 1, idle_slots: 1 });
  expect(ask(world).ends_in_s).toBeCloseTo(150, 0);
});

test("a group of machines is asked about by its labels: its workers, and the tests they can run", async () => {
  await using world = await World.open();
  await world.worker("plain");
  await world.worker("gpu", { tags: ["cuda", "lab"] }, 4);
  await world.scheduler.submit(submissionOf([...files(3), ...files(5, { tags: ["cuda"] }), ...files(2, { tags: ["firefox"] })]));
  expect(ask(world)).toMatchObject({ workers: 2, slots: 5, waiting_tasks: 8 });
  expect(ask(world, { labels: "cuda,lab" })).toMatchObject({ workers: 1, slots: 4, waiting_tasks: 8 });
  expect(ask(world, { labels: "lab", needing: "cuda" })).toMatchObject({ workers: 1, waiting_tasks: 5 });
  // None of it is there: what is said of its machines counts.
  const scaledToZero = { workers: 0, wanted_slots: 1, target_workers: 1 };
  expect(ask(world, { labels: "firefox", needing: "firefox" })).toMatchObject({ ...scaledToZero, waiting_tasks: 2 });
  expect(ask(world, { labels: "firefox", os: "win32" })).toMatchObject({ ...scaledToZero, waiting_tasks: 5 });
});

test("what no machine of the group could run is not waited for", async () => {
  await using world = await World.open();
  await world.scheduler.submit(submissionOf(files(4, { cpu: 16 })));
  expect(ask(world, { cpu: "8" })).toMatchObject({ waiting_tasks: 0, wanted_slots: 0 });
  expect(ask(world, { cpu: "16" })).toMatchObject({ waiting_tasks: 4, wanted_slots: 1 });
  await world.worker("small");
  expect(ask(world)).toMatchObject({ workers: 1, waiting_tasks: 0, wanted_slots: 0 });
});

test("jobs of a pipeline, workers of one run and workers that drain are no part of a fleet", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf(files(2), { workspace: checkout }));
  expect(ask(world)).toMatchObject({ waiting_tasks: 0, wanted_slots: 0 });
  const capabilities = { os: "linux" as const, arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  await world.scheduler.register({ name: "job", instance: "instance-of-job", slots: 1, capabilities, version: "1", run });
  const draining = await world.worker("draining");
  await draining.heartbeat([], true);
  expect(ask(world)).toMatchObject({ workers: 0, slots: 0 });
});

test("workers that were idle for long may go, but none that what waits needs", async () => {
  await using world = await World.open();
  const used = await world.worker("used", {}, 2);
  await world.scheduler.submit(submissionOf(files(1)));
  await pass(world, 60, used);
  const [lease] = await used.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  const fresh = await world.worker("fresh", {}, 2);
  expect(ask(world, { idle_after_s: "0" }).removable).toMatchObject([{ name: "fresh", idle_s: 0 }]);
  await used.run(lease);
  await pass(world, 60, used, fresh);
  const removable = (query: Record<string, string>) => ask(world, query).removable.map(({ name }) => name);
  expect(removable({})).toEqual([]);
  expect(ask(world)).toMatchObject({ target_workers: 2, idle_slots: 4 });
  expect(removable({ idle_after_s: "60" }).sort()).toEqual(["fresh", "used"]);
  expect(ask(world, { idle_after_s: "60" })).toMatchObject({ target_workers: 0 });
  await world.scheduler.submit(submissionOf(files(2), { run_key: "next" }));
  expect(removable({ idle_after_s: "60" })).toHaveLength(1);
  expect(ask(world, { idle_after_s: "60" })).toMatchObject({ target_workers: 1, wanted_slots: 0 });
});

test("a task that waits again waits since its attempt ended", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  await world.scheduler.submit(submissionOf(files(1)));
  await pass(world, 60, worker);
  expect(ask(world).oldest_wait_s).toBe(60);
  const [lease] = await worker.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  await worker.run(lease, "failed");
  world.clock.advance(5000);
  expect(ask(world)).toMatchObject({ waiting_tasks: 1, oldest_wait_s: 5 });
});

test("metrics tell of demand by the tags tests need, in so many series and no more", async () => {
  await using world = await World.open();
  const metrics = createMetrics({
    leadership: { current: world.scheduler },
    ledger: world.inside.ledger,
    blobs: { used_bytes: 0 },
  });
  const series = async (name: string) =>
    (await metrics.text())
      .split("\n")
      .filter((line) => line.startsWith(`shardwright_${name}{`))
      .map((line) => line.slice(12));
  const kinds = Array.from({ length: needsLimit + 8 }, (_, index) => files(index === 0 ? 1 : 2, { tags: [`tag${index}`] }));
  const { run } = await world.scheduler.submit(submissionOf([...kinds.flat(), ...files(9)]));
  world.clock.advance(3000);
  const waiting = await series("demand_waiting_tasks");
  expect(waiting).toHaveLength(needsLimit);
  expect(waiting[0]).toBe('demand_waiting_tasks{needs=""} 9');
  expect(waiting.at(-1)).toBe(`demand_waiting_tasks{needs="other"} ${2 * 9 + 1}`);
  expect(await series("demand_oldest_wait_seconds")).toContain('demand_oldest_wait_seconds{needs=""} 3');
  expect(await series("demand_wanted_slots")).toContain('demand_wanted_slots{needs=""} 1');
  await world.worker("one", {}, 3);
  expect(await series("slots")).toEqual(['slots{state="busy"} 0', 'slots{state="idle"} 3']);
  await world.scheduler.cancel(run, "enough");
  expect(await series("demand_waiting_tasks")).toEqual([]);
});

test("what a quota keeps from running wants no worker, and keeps none", async () => {
  await using world = await World.open({ quotas: new Map([["nightly", 1]]) });
  const worker = await world.worker("one");
  const spare = await world.worker("spare");
  await pass(world, 400, worker, spare);
  await world.scheduler.submit(submissionOf(files(20), { project: "nightly" }));
  expect(await worker.lease()).toHaveLength(1);
  expect(ask(world)).toMatchObject({ waiting_tasks: 18, idle_slots: 1, wanted_slots: 0, removable: [{ name: "spare" }] });
  await world.scheduler.submit(submissionOf(files(3), { project: "shop", run_key: "shop" }));
  expect(ask(world)).toMatchObject({ waiting_tasks: 21, removable: [] });
});
