import { type Failure, type Lease, breakerLimits } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const files = (count: number) => Array.from({ length: count }, (_, index) => `t${index}.test.js`);
const noRetries = { options: { max_retries: 0 } };

function only<T>(values: readonly T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

const reset_ms = 5000;
const settings = { batchCount_limit: 1, breakers: breakerLimits({ threshold: 3, reset_ms }) };

/** Lets time pass in which workers that run nothing say that they live. */
async function pass(world: World, duration_ms: number, ...workers: FakeWorker[]): Promise<void> {
  world.clock.advance(duration_ms);
  for (const worker of workers) await worker.heartbeat();
}

/** Hands a lease of one task back. */
function release(worker: FakeWorker, { run, fence, tasks }: Lease) {
  const { task, attempt } = only(tasks);
  return worker.send({ type: "released", run, fence, task, attempt, reason: "it drains" });
}

/** Ends all tasks of a lease with a failure of a kind. */
async function fault(worker: FakeWorker, lease: Lease, kind: Failure["kind"]): Promise<void> {
  for (const { task } of lease.tasks) {
    const [started, , finished] = eventsOf(lease, task, kind === "assertion" ? "failed" : "errored");
    if (finished.type === "finished")
      await worker.send(started, { ...finished, cases: 0, failure: { kind, message: "it does not work" } });
  }
}

/** Breakers as the tables have them. */
function breakers(world: World) {
  return world.inside.queries.breakers.all().map(({ scope, name, breaker }) => `${scope} ${name} ${breaker.phase}`);
}

/** One worker on which nothing can be set up, beside one that works, in a run of many files without retries: it is quarantined by now. */
async function withBadWorker() {
  const world = await World.open(settings);
  const [bad, good] = [await world.worker("bad"), await world.worker("good")];
  const { run } = await world.scheduler.submit(submissionOf(files(20), noRetries));
  for (let turn = 0; turn < 3; turn += 1) {
    await fault(bad, only(await bad.lease()), "setup-error");
    await good.run(only(await good.lease()));
  }
  return { world, bad, good, run };
}

test("a worker on which three files in a row go wrong while others pass elsewhere is quarantined, and says so", async () => {
  const { world, bad, good, run } = await withBadWorker();
  await using _ = world;
  expect(breakers(world)).toContain("worker bad open");
  expect(await bad.lease()).toEqual([]);
  expect(world.report(run).notices).toContain("quarantined");
  await good.run(only(await good.lease()));
});

test("what else a quarantined worker runs goes to others, at no test's expense", async () => {
  await using world = await World.open(settings);
  const [bad, good] = [await world.worker("bad", {}, 2), await world.worker("good")];
  const { run } = await world.scheduler.submit(submissionOf(files(12), noRetries));
  bad.connect();
  const kept = only(await bad.lease());
  await bad.send(eventsOf(kept, kept.tasks[0]?.task ?? 0)[0]);
  await good.run(only(await good.lease()));
  for (let turn = 0; turn < 3; turn += 1) await fault(bad, only(await bad.lease()), "setup-error");
  expect(bad.told).toEqual([`stop ${kept.fence}`]);
  const [task] = world.report(run).tasks.filter(({ task }) => task === kept.tasks[0]?.task);
  expect(task).toMatchObject({ status: "pending", failures: 0, losses: 0 });
});

test("after its time one file shows whether a worker can be trusted again, and a restart forgets none of it", async () => {
  const { world, bad, good } = await withBadWorker();
  await using _ = world;
  await pass(world, reset_ms - 1, bad, good);
  await world.restart();
  expect(await bad.lease()).toEqual([]);
  await pass(world, 1, bad, good);
  const probe = only(await bad.lease(1));
  expect(probe.tasks).toHaveLength(1);
  expect(await bad.lease()).toEqual([]);
  await bad.run(probe);
  expect(breakers(world)).toContain("worker bad closed");
  expect(await bad.lease()).toHaveLength(1);
});

test("a probe that goes wrong keeps a worker out for twice as long; one that is taken back lets another through", async () => {
  const { world, bad, good } = await withBadWorker();
  await using _ = world;
  await pass(world, reset_ms, bad, good);
  const first = only(await bad.lease());
  await release(bad, first);
  await fault(bad, only(await bad.lease()), "setup-error");
  await pass(world, reset_ms, bad, good);
  expect(await bad.lease()).toEqual([]);
  await pass(world, reset_ms, bad, good);
  expect(await bad.lease()).toHaveLength(1);
});

test("a quarantined worker is used when there is no other: no run waits for nothing", async () => {
  const { world, bad, good } = await withBadWorker();
  await using _ = world;
  expect(await bad.lease()).toEqual([]);
  await good.leave();
  await bad.run(only(await bad.lease()));
});

test("failing tests say nothing against a worker, nor does what goes wrong everywhere", async () => {
  await using world = await World.open(settings);
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  await world.scheduler.submit(submissionOf(files(20), noRetries));
  for (let turn = 0; turn < 4; turn += 1) {
    await fault(one, only(await one.lease()), "assertion");
    await two.run(only(await two.lease()));
  }
  expect(breakers(world)).toEqual([]);
  for (let turn = 0; turn < 5; turn += 1)
    for (const worker of [one, two]) await fault(worker, only(await worker.lease()), "crash");
  expect(breakers(world).filter((text) => text.endsWith("open"))).toEqual([]);
});

test("what a runner knows to have failed by itself speaks against no worker, and no runner", async () => {
  await using world = await World.open(settings);
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  await world.scheduler.submit(submissionOf(files(40)));
  for (let turn = 0; turn < 16; turn += 1) {
    const lease = only(await one.lease());
    const [started, , finished] = eventsOf(lease, only(lease.tasks).task, "errored");
    const failure: Failure = { kind: "setup-error", message: "The project login did not pass.", conclusive: true };
    if (finished.type === "finished") await one.send(started, { ...finished, cases: 0, failure });
    await two.run(only(await two.lease()));
  }
  expect(breakers(world)).toEqual([]);
});

test("one file that crashes wherever it runs is no evidence against the workers", async () => {
  await using world = await World.open({ ...settings, retryPreference_ms: 0 });
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  await world.scheduler.submit(submissionOf(files(1)));
  await fault(one, only(await one.lease()), "runner-error");
  expect(breakers(world)).toContain("worker one closed");
  await fault(two, only(await two.lease()), "runner-error");
  expect(breakers(world).filter((text) => text.startsWith("worker"))).toEqual([]);
});

test("a worker that dies again and again is not trusted under its name any more; a file that kills them is", async () => {
  await using world = await World.open(settings);
  const good = await world.worker("good");
  await world.scheduler.submit(submissionOf(files(20), noRetries));
  await good.run(only(await good.lease()));
  for (let life = 0; life < 3; life += 1) {
    const flapping = await world.worker("flapping");
    const breakConnection = flapping.connect();
    const lease = only(await flapping.lease());
    await flapping.send(eventsOf(lease, lease.tasks[0]?.task ?? 0)[0]);
    breakConnection();
    world.clock.advance(world.options.reconnectGrace_ms);
    await good.heartbeat();
    // What it left behind is run by the other one.
    for (const left of await good.lease()) await good.run(left);
  }
  expect(breakers(world)).toContain("worker flapping open");
  const again = await world.worker("flapping");
  expect(await again.lease()).toEqual([]);
});

test("a file that takes its third worker down with it clears them", async () => {
  await using world = await World.open(settings);
  const { run } = await world.scheduler.submit(submissionOf(["killer.test.js"], noRetries));
  for (const name of ["one", "two", "three"]) {
    const worker = await world.worker(name);
    const breakConnection = worker.connect();
    await worker.send(eventsOf(only(await worker.lease()), 0)[0]);
    breakConnection();
    world.clock.advance(world.options.reconnectGrace_ms);
  }
  await expect.poll(() => world.report(run).tasks).toMatchObject([{ status: "errored", losses: 3 }]);
  expect(breakers(world).filter((text) => text.startsWith("worker"))).toEqual([]);
});

test("when nothing of a runner works, what fails is not tried again, until something works", async () => {
  await using world = await World.open({ ...settings, retryPreference_ms: 0, avoidance_ms: 0 });
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files(500), { options: { max_retries: 3 } }));
  const failed = () => world.report(run).tasks.filter(({ status }) => status === "errored").length;
  let attempts = 0;
  for (; !world.report(run).notices.includes("runner-broken"); attempts += 1)
    await fault(one, only(await one.lease()), "runner-error");
  const before = failed();
  for (let turn = 0; turn < 5; turn += 1) await fault(one, only(await one.lease()), "runner-error");
  expect(failed()).toBe(before + 5);
  expect(attempts).toBeLessThanOrEqual(60);
  await one.run(only(await one.lease()));
  await fault(one, only(await one.lease()), "runner-error");
  expect(failed()).toBe(before + 5);
});

test.each(["is lost to its time limit", "is cancelled with its run"])(
  "the one retry that shows whether a runner works again holds no other up when it %s",
  async (how) => {
    await using world = await World.open({ ...settings, retryPreference_ms: 0, avoidance_ms: 0 });
    const one = await world.worker("one");
    const options = { options: { max_retries: 1 } };
    const { run: first } = await world.scheduler.submit(submissionOf(files(500), options));
    while (!world.report(first).notices.includes("runner-broken")) await fault(one, only(await one.lease()), "runner-error");
    await pass(world, reset_ms, one);
    await fault(one, only(await one.lease()), "test-timeout");
    const probe = only(await one.lease());
    expect(probe.tasks).toMatchObject([{ attempt: 2 }]);
    if (how === "is lost to its time limit") await fault(one, probe, "test-timeout");
    else await world.scheduler.cancel(first, "enough of it");
    const { run } = await world.scheduler.submit(submissionOf(["late.test.js"], { ...options, run_key: "another" }));
    for (let lease = (await one.lease(1, { run }))[0]; lease !== undefined; [lease] = await one.lease(1, { run }))
      await fault(one, lease, "test-timeout");
    expect(world.report(run).attempts).toEqual(["0.1 errored", "0.2 errored"]);
  },
);
