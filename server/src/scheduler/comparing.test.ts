import { type Lease, breakerLimits } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";

const files = (count: number) => Array.from({ length: count }, (_, index) => `t${String(index).padStart(2, "0")}.test.js`);
const reset_ms = 60_000;
const settings = { batchCount_limit: 1, retryPreference_ms: 0, breakers: breakerLimits({ threshold: 3, reset_ms }) };

function only<T>(values: readonly T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

const taskOf = (lease: Lease) => only(lease.tasks).task;

function breakers(world: World) {
  return world.inside.queries.breakers.all().map(({ scope, name, breaker }) => `${scope} ${name} ${breaker.phase}`);
}

/** Two workers and a run; files that fail on the first one are run by the second. */
async function twoWorkers(count = 20) {
  const world = await World.open(settings);
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files(count)));
  return { world, one, two, run };
}

async function fails(worker: FakeWorker): Promise<number> {
  const lease = only(await worker.lease());
  await worker.run(lease, "failed");
  return taskOf(lease);
}

/** Runs what waits until one of these tasks has come. @returns its lease */
async function until(worker: FakeWorker, tasks: readonly number[]): Promise<Lease> {
  for (let turn = 0; turn < 40; turn += 1) {
    const lease = only(await worker.lease());
    if (tasks.includes(taskOf(lease))) return lease;
    await worker.run(lease);
  }
  throw new Error(`none of ${tasks.join(", ")} came`);
}

/** Three files fail on the first worker, and pass on the second. */
async function withOutdoneWorker() {
  const scene = await twoWorkers();
  const { one, two } = scene;
  const failed = [await fails(one), await fails(one)];
  // The first is tried there once more, for nothing is known yet.
  if (failed[0] === failed[1]) failed[1] = await fails(one);
  failed.push(await fails(one));
  for (const _ of failed) await two.run(await until(two, failed));
  return { ...scene, failed };
}

test("a worker on which three files in a row fail that pass elsewhere is quarantined, and none of them is flaky", async () => {
  const { world, one, two, run, failed } = await withOutdoneWorker();
  await using _ = world;
  expect(breakers(world)).toContain("worker one open");
  expect(world.report(run).notices).toContain("quarantined");
  expect(await one.lease()).toEqual([]);
  for (let left = await two.lease(); left.length > 0; left = await two.lease()) await two.run(only(left));
  const { run: summary, tasks } = world.report(run);
  expect(summary).toMatchObject({ verdict: "passed", account: { passed: 20, flaky: 0 } });
  for (const index of failed) expect(tasks[index]).toMatchObject({ status: "passed", flaky: false });
});

test("what passes on it in between speaks for it, and its files are flaky then", async () => {
  const { world, one, two, run } = await twoWorkers();
  await using _ = world;
  const failed: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const lease = only(await one.lease());
    await one.run(lease, "failed");
    failed.push(taskOf(lease));
    const again = await until(two, failed.slice(-1));
    await one.run(only(await one.lease()));
    await two.run(again);
  }
  expect(breakers(world)).not.toContain("worker one open");
  for (let left = await two.lease(); left.length > 0; left = await two.lease()) await two.run(only(left));
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { flaky: 3 } });
});

test("what passes on it after they failed there clears it of all of them", async () => {
  await using world = await World.open(settings);
  const [one, two] = [await world.worker("one", {}, 2), await world.worker("two")];
  await world.scheduler.submit(submissionOf(files(20)));
  const kept = only(await one.lease());
  const failed = new Set<number>();
  while (failed.size < 3) failed.add(await fails(one));
  await one.run(kept);
  for (const _ of failed) await two.run(await until(two, [...failed]));
  expect(breakers(world)).not.toContain("worker one open");
});

test("a worker goes on when what failed there has failed elsewhere as well", async () => {
  const { world, one, two } = await twoWorkers();
  await using _ = world;
  const failed = new Set<number>();
  while (failed.size < 3) failed.add(await fails(one));
  expect(await one.lease()).toEqual([]);
  await two.run(await until(two, [...failed]), "failed");
  expect(await one.lease()).toHaveLength(1);
});

test("files that fail elsewhere as well are no evidence", async () => {
  const { world, one, two } = await twoWorkers();
  await using _ = world;
  for (let turn = 0; turn < 6; turn += 1) {
    const lease = only(await one.lease());
    await one.run(lease, "failed");
    world.clock.advance(1);
    for (const again of await two.lease()) await two.run(again, "failed");
  }
  expect(breakers(world).filter((text) => text.startsWith("worker"))).toEqual([]);
});

test("a worker gets nothing new while three files that failed there in a row wait for another, but not for long", async () => {
  const { world, one, two } = await twoWorkers();
  await using _ = world;
  const busy = only(await two.lease());
  const failed = new Set<number>();
  while (failed.size < 3) failed.add(await fails(one));
  expect(await one.lease()).toEqual([]);
  world.clock.advance(14_000);
  await Promise.all([one.heartbeat(), two.heartbeat([busy.fence])]);
  expect(await one.lease()).toEqual([]);
  for (let turn = 0; turn < 2; turn += 1) {
    world.clock.advance(9000);
    await Promise.all([one.heartbeat(), two.heartbeat([busy.fence])]);
  }
  expect(await one.lease()).toHaveLength(1);
});

test("a test that fails on probation is no proof: the worker is out for as long again, and not for longer", async () => {
  const { world, one, two } = await withOutdoneWorker();
  await using _ = world;
  const pass = async (duration_ms: number) => {
    for (let left_ms = duration_ms; left_ms > 0; left_ms -= 10_000) {
      world.clock.advance(Math.min(10_000, left_ms));
      await Promise.all([one.heartbeat(), two.heartbeat()]);
    }
  };
  await pass(reset_ms);
  await fails(one);
  expect(breakers(world)).toContain("worker one open");
  expect(await one.lease()).toEqual([]);
  await pass(reset_ms);
  await one.run(only(await one.lease()));
  expect(breakers(world)).toContain("worker one closed");
});
