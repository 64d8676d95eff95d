import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const refused = "connect ECONNREFUSED 10.0.0.7:5432";

/** Runs all tasks of a lease, whose case fails with these words. */
async function fail(worker: FakeWorker, lease: Lease, message: string): Promise<void> {
  for (const { task } of lease.tasks) {
    const [started, cases, finished] = eventsOf(lease, task, "failed");
    if (cases.type !== "cases") throw new Error("no cases");
    await worker.send(started, { ...cases, cases: cases.cases.map((one) => ({ ...one, message })) }, finished);
  }
}

/** Both workers take what there is, while `isAway` says so failing, for so many seconds. @returns how many attempts failed */
async function work(world: World, workers: readonly FakeWorker[], seconds: number, isAway: () => boolean, words = refused) {
  let failed = 0;
  for (let second = 0; second < seconds; second += 1) {
    for (const worker of workers)
      for (const lease of await worker.lease())
        if (isAway()) {
          failed += lease.tasks.length;
          await fail(worker, lease, words);
        } else await worker.run(lease);
    await Promise.all(workers.map((worker) => worker.heartbeat()));
    world.clock.advance(1000);
  }
  return failed;
}

const files = Array.from({ length: 8 }, (_, index) => `${String.fromCodePoint(97 + index)}.test.js`);

test("a database that is away for forty seconds costs no test its retries, and none is called flaky", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files));
  const began_ms = world.clock.now_ms();
  // Those that waited run as soon as one of them has passed.
  await work(world, workers, 52, () => world.clock.now_ms() - began_ms < 40_000);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { passed: 8, failed: 0 } });
  // All but those that showed it.
  expect(world.report(run).tasks.filter((task) => task.failed_before).length).toBeLessThanOrEqual(2);
  expect(world.inside.queries.tasks.attempts(run).map(({ recovery }) => recovery?.charged)).toContain("surroundings");
  expect(world.inside.queries.runs.byId(run)?.retries).toBeLessThanOrEqual(2);
  expect(world.report(run).notices.filter((code) => code === "outage")).toHaveLength(2);
});

test("what a runner calls conclusive waits for nothing, though its words are those of a service that is away", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files));
  const failure = { kind: "setup-error", message: `The project login did not pass: ${refused}`, conclusive: true } as const;
  for (let turn = 0; turn < files.length; turn += 1)
    for (const worker of workers)
      for (const lease of await worker.lease())
        for (const { task } of lease.tasks) {
          const [started, , finished] = eventsOf(lease, task, "errored");
          if (finished.type === "finished") await worker.send(started, { ...finished, cases: 0, failure });
        }
  expect(world.report(run).run).toMatchObject({ verdict: "errored", account: { errored: 8 } });
  expect(world.report(run).notices).toEqual([]);
});

test("what never comes back ends red, and not before it was waited for", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files));
  await work(world, workers, 60, () => true);
  expect(world.report(run).run?.verdict).toBeUndefined();
  const failed = await work(world, workers, 120, () => true);
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 8 } });
  // It is tried now and then, by one: not by all of them again and again.
  expect(failed).toBeLessThan(8 * 8);
});

test("code that fails everywhere in the same words of its own waits for nobody", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files));
  await work(world, workers, 45, () => true, "TypeError: total is not a function");
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 8 } });
});

test("who wants no retries, or as few as can be, sees each failure at once", async () => {
  for (const options of [{ max_retries: 0 }, { recovery: "minimal" }] as const) {
    await using world = await World.open();
    const workers = [await world.worker("one"), await world.worker("two")];
    const { run } = await world.scheduler.submit(submissionOf(files, { options }));
    await work(world, workers, 15, () => true);
    expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 8 } });
  }
});

test("a coordinator that takes over lets go on waiting what waited, and goes on from there", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(files));
  const began_ms = world.clock.now_ms();
  const isAway = () => world.clock.now_ms() - began_ms < 40_000;
  await work(world, workers, 20, isAway);
  const before = world.report(run).tasks.map(({ failures, losses, failed_before }) => ({ failures, losses, failed_before }));
  await world.restart();
  await work(world, workers, 80, isAway);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { passed: 8 } });
  expect(before.every(({ losses }) => losses === 0)).toBe(true);
});
