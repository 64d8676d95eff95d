import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const files = (count: number) => Array.from({ length: count }, (_, index) => `t${index}.test.js`);
const full = { memory_mib: 8000, disk_mib: 100 };
const roomy = { memory_mib: 8000, disk_mib: 90_000 };

function only<T>(values: readonly T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

/** A heartbeat that says what the machine has left. */
function beat(world: World, worker: FakeWorker, room: typeof full, leases: readonly Lease[] = []) {
  return world.scheduler.heartbeat(worker.id, { fences: leases.map(({ fence }) => fence), draining: false, room });
}

async function withFullDisk() {
  const world = await World.open({ batchCount_limit: 1 });
  const [sick, good] = [await world.worker("sick", {}, 2), await world.worker("good")];
  const { run } = await world.scheduler.submit(submissionOf(files(20)));
  const lease = only(await sick.lease());
  await beat(world, sick, full, [lease]);
  return { world, sick, good, run, lease };
}

test("a worker whose disk is nearly full gets no new tests, goes on with what it has, and the run is told why", async () => {
  const { world, sick, run, lease } = await withFullDisk();
  await using _ = world;
  expect(await sick.lease()).toEqual([]);
  expect(world.scheduler.health(sick.id)).toMatchObject({ standing: "unwell", health: { score: 65 } });
  const [notice] = world.inside.queries.tasks.notices(run);
  expect(notice?.message).toBe("sick gets no new tests: its health is 65 of 100 (resources −35).");
  await sick.run(lease);
  expect(world.report(run).attempts).toEqual(["0.1 passed"]);
});

test("with room again it is on probation, one test at a time, and trusted after three that went well", async () => {
  const { world, sick, lease } = await withFullDisk();
  await using _ = world;
  await sick.run(lease);
  await beat(world, sick, roomy);
  for (let proved = 0; proved < 3; proved += 1) {
    const probe = only(await sick.lease());
    expect(await sick.lease()).toEqual([]);
    await sick.run(probe);
  }
  await beat(world, sick, roomy);
  expect(world.scheduler.health(sick.id)?.standing).toBe("well");
  expect(await sick.lease()).toHaveLength(1);
  expect(await sick.lease()).toHaveLength(1);
});

test("a coordinator that takes over knows who is not well", async () => {
  const { world, sick, lease } = await withFullDisk();
  await using _ = world;
  await world.restart();
  expect(world.scheduler.health(sick.id)?.standing).toBe("unwell");
  await beat(world, sick, full, [lease]);
  expect(await sick.lease()).toEqual([]);
});

test("the only worker there is gets work, however it is", async () => {
  const { world, sick, good } = await withFullDisk();
  await using _ = world;
  await good.leave();
  expect(await sick.lease()).toHaveLength(1);
});

test("a worker whose heartbeat is late by what it never was gets no new tests until it is heard again", async () => {
  await using world = await World.open({ batchCount_limit: 1 });
  const [late, good] = [await world.worker("late"), await world.worker("good")];
  await world.scheduler.submit(submissionOf(files(20)));
  for (let turn = 0; turn < 10; turn += 1) {
    world.clock.advance(world.options.heartbeat_ms);
    for (const worker of [late, good]) await worker.heartbeat();
  }
  for (let turn = 0; turn < 2; turn += 1) {
    world.clock.advance(world.options.heartbeat_ms);
    await good.heartbeat();
  }
  expect(world.scheduler.health(late.id)?.health.score).toBeGreaterThan(70);
  world.clock.advance(world.options.heartbeat_ms);
  await good.heartbeat();
  expect(world.scheduler.health(late.id)?.standing).toBe("unwell");
  expect(await late.lease()).toEqual([]);
  await late.heartbeat();
  expect(await late.lease()).toHaveLength(1);
});

test("a worker on which half of what runs goes wrong, though others pass in between, is not given more", async () => {
  await using world = await World.open({ batchCount_limit: 1 });
  const [doubtful, good] = [await world.worker("doubtful"), await world.worker("good")];
  await world.scheduler.submit(submissionOf(files(60), { options: { max_retries: 0 } }));
  await good.run(only(await good.lease()));
  for (let turn = 0; (await doubtfulTurn(world, doubtful, turn)) && turn < 40; turn += 1);
  expect(world.scheduler.health(doubtful.id)?.standing).toBe("unwell");
});

/** Two of three go wrong by the machine's fault. @returns whether it got anything */
async function doubtfulTurn(_world: World, worker: FakeWorker, turn: number): Promise<boolean> {
  const [lease] = await worker.lease();
  if (lease === undefined) return false;
  const { task } = only(lease.tasks);
  const [started, , finished] = eventsOf(lease, task, "errored");
  if (turn % 3 === 2 || finished.type !== "finished") await worker.run(lease);
  else await worker.send(started, { ...finished, cases: 0, failure: { kind: "infrastructure", message: "no route to host" } });
  return true;
}
