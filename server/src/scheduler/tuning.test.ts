import { type TuningParameter, parameterDefinitions, retryShare } from "@shardwright/core";
import { expect, test } from "vitest";
import { World, submissionOf } from "../testing/world.ts";
import { schedulerDefaults } from "./options.ts";

const files = (count: number) => Array.from({ length: count }, (_, index) => `t${index}.test.js`);
const infoOf = (world: World, name: TuningParameter) =>
  world.scheduler.tuner.list().parameters.find(({ parameter }) => parameter === name);

test("what is pinned holds at once, and after another coordinator took over, until it is reset", async () => {
  await using world = await World.open({ selfTuning: "off" });
  await world.scheduler.tune({ action: "pin", parameter: "lease-time", value: 60 });
  await world.scheduler.tune({ action: "pin", parameter: "batch-length" });
  const pinned = () => [infoOf(world, "lease-time"), infoOf(world, "batch-length")];
  const expected = [
    { value: 60, default: 15, pinned: true, last: { phase: "pinned", from: 15, to: 60 } },
    { value: 2, default: 2, pinned: true, last: { phase: "pinned", from: 2, to: 2 } },
  ];
  expect(pinned()).toMatchObject(expected);
  await world.restart();
  expect(pinned()).toMatchObject(expected);

  // A worker plans by the shortest that there may be, and is given up after what holds.
  const worker = await world.worker("one");
  const registered = await worker.impostor("instance-of-one");
  expect(registered.lease_ttl_ms).toBe(15_000);
  world.clock.advance(50_000);
  await worker.heartbeat();
  world.clock.advance(70_000);
  await expect(worker.heartbeat()).rejects.toMatchObject({ code: "worker-unknown" });

  await world.scheduler.tune({ action: "reset" });
  expect(pinned()).toMatchObject([
    { value: 15, pinned: false, last: { phase: "reset", from: 60, to: 15 } },
    { value: 2, pinned: false },
  ]);
  await world.restart();
  expect(infoOf(world, "lease-time")).toMatchObject({ value: 15, pinned: false });
});

test("a worker is handed as many tests as it is to have, and more again when it may have them", async () => {
  await using world = await World.open();
  const worker = await world.worker("one", {}, 4);
  await world.scheduler.submit(submissionOf(files(12)));
  await world.scheduler.tune({ action: "pin", parameter: "concurrency", value: 0.5 });
  expect(world.scheduler.slotCounts).toMatchObject({ idle: 2 });
  expect(await worker.lease(4)).toHaveLength(2);
  // A slot that it has left asks, and is to wait: what it gets it would begin at once.
  expect(await worker.lease(2)).toEqual([]);
  const waiting = worker.poll(2, 10_000);
  await world.scheduler.tune({ action: "pin", parameter: "concurrency", value: 0.75 });
  expect((await waiting).leases).toHaveLength(1);
  await world.restart();
  expect(await worker.lease(1)).toEqual([]);
  await world.scheduler.tune({ action: "reset", parameter: "concurrency" });
  expect(await worker.lease(1)).toHaveLength(1);
  // One that comes later is no exception, and has one slot at least.
  await world.scheduler.tune({ action: "pin", parameter: "concurrency", value: 0.25 });
  const other = await world.worker("other", {}, 1);
  expect(await other.lease(1)).toHaveLength(1);
});

test("the retries of a run are those that held when it was opened", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const spentBy = async (key: string) => {
    const { run } = await world.scheduler.submit(
      submissionOf(files(60), { run_key: key, options: { recovery: "minimal", speculation: false } }),
    );
    // It holds for the runs to come.
    await world.scheduler.tune({ action: "pin", parameter: "retry-budget", value: 0.5 });
    while (world.report(run).run?.status !== "ended") for (const lease of await worker.lease()) await worker.run(lease, "failed");
    return world.report(run).attempts.length - 60;
  };
  expect(await spentBy("first")).toBe(12);
  expect(await spentBy("second")).toBe(30);
});

test("what cannot be is refused by its bounds, and changes nothing", async () => {
  await using world = await World.open();
  const { position } = world.inside.ledger;
  for (const value of [15, 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const refused = world.scheduler.tune({ action: "pin", parameter: "lease-time", value: value === 15 ? 14.9 : value });
    await expect(refused).rejects.toMatchObject({
      code: "bad-request",
      message: expect.stringContaining("lease-time is between 15 and 120 seconds"),
    });
  }
  // What is as it should be already is nothing new either.
  await world.scheduler.tune({ action: "reset" });
  await world.scheduler.tune({ action: "reset", parameter: "concurrency" });
  expect(world.inside.ledger.position).toBe(position);
  expect(world.inside.queries.tuning.all()).toEqual([]);
});

test("what a coordinator is started with is what its parameters begin at", async () => {
  await using world = await World.open({ leaseTtl_ms: 4000, batchCap_ms: 500 });
  expect(infoOf(world, "lease-time")).toMatchObject({ value: 4, default: 4, low: 4, high: 32 });
  expect(world.scheduler.tuner.options).toMatchObject({ leaseTtl_ms: 4000, batchCap_ms: 500, retryShare });
  const { batchCap_ms, leaseTtl_ms, reconnectGrace_ms } = schedulerDefaults;
  const definitions = parameterDefinitions({
    "batch-length": batchCap_ms / 1000,
    "lease-time": leaseTtl_ms / 1000,
    "reconnect-time": reconnectGrace_ms / 1000,
    concurrency: 1,
    "retry-budget": retryShare,
  });
  // Bounds are declared, and do not move with the defaults as they are.
  expect(Object.values(definitions).map(({ name, low, high }) => [name, low, high])).toEqual([
    ["batch-length", 0.25, 16],
    ["lease-time", 15, 120],
    ["reconnect-time", 0.5, 32],
    ["concurrency", 0.25, 1],
    ["retry-budget", 0.1, 0.5],
  ]);
});

test("a trial ends with the coordinator that made it, at the value from before", async () => {
  await using world = await World.open({ selfTuning: "on" });
  await world.inside.ledger.append([
    {
      type: "TuningChanged",
      parameter: "batch-length",
      phase: "trying",
      from: 4,
      to: 8,
      reason: "it was slow",
      value: 4,
      pinned: false,
      rollbacks: 1,
    },
  ]);
  await world.restart();
  const after = { value: 4, last: { phase: "abandoned", from: 8, to: 4 }, pause_blocks: 24 };
  expect(infoOf(world, "batch-length")).toMatchObject(after);
  await expect.poll(() => world.inside.queries.tuning.all()).toMatchObject([{ change: { phase: "abandoned", value: 4 } }]);
  await world.restart();
  expect(infoOf(world, "batch-length")).toMatchObject(after);
});
