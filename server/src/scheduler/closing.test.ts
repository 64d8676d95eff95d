import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";

const broken = { suite: "unit", failure: { kind: "setup-error" as const, message: "the database would not stop\nat teardown" } };

/** Asks as a worker does that says how what it sets up ends. */
async function leaseOf(world: World, worker: FakeWorker): Promise<Lease> {
  const request = { slots: 1, wait_ms: 0, warm: [], closes: true };
  const { leases } = await world.scheduler.lease(worker.id, request, new AbortController().signal);
  expect(leases).toHaveLength(1);
  return leases[0] as Lease;
}

async function oneTest(world: World): Promise<{ run: string; worker: FakeWorker }> {
  const worker = await world.worker("one");
  worker.connect();
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  await worker.run(await leaseOf(world, worker));
  return { run, worker };
}

const summaryOf = (world: World, run: string) => world.report(run).run;

test("a run waits for its workers to end what they set up, and is green when that went well", async () => {
  await using world = await World.open();
  const { run, worker } = await oneTest(world);
  expect(worker.told).toEqual(["close"]);
  expect((await worker.heartbeat()).close).toEqual([run]);
  expect(summaryOf(world, run)).toMatchObject({ status: "running", account: { passed: 1 } });
  await world.scheduler.closed(worker.id, { run, failures: [] });
  expect(summaryOf(world, run)).toMatchObject({ status: "ended", verdict: "passed" });
  expect((await worker.heartbeat()).close).toBeUndefined();
});

test("what fails then makes the run errored; taken up again, all its tests run again", async () => {
  await using world = await World.open();
  const { run, worker } = await oneTest(world);
  await world.scheduler.closed(worker.id, { run, failures: [broken] });
  const reason =
    "1 discovered = 1 passed; What unit set up for its tests could not be cleared up on one: the database would not stop";
  expect(summaryOf(world, run)).toMatchObject({ verdict: "errored", reason });
  expect(world.report(run).notices).toEqual(["teardown-failed"]);
  expect(await world.scheduler.submit(submissionOf(["a.test.js"]))).toMatchObject({ disposition: "reopened", pending: 1 });
  await worker.run(await leaseOf(world, worker));
  await world.scheduler.closed(worker.id, { run, failures: [] });
  expect(summaryOf(world, run)).toMatchObject({ verdict: "passed" });
  // What failed before is no news of a run that has passed since.
  expect(world.report(run).notices).toEqual(["reopened"]);
});

test("what fails again, for the same reason, is not taken for told", async () => {
  await using world = await World.open();
  const { run, worker } = await oneTest(world);
  const second = await world.worker("two");
  await world.scheduler.closed(worker.id, { run, failures: [broken] });
  world.clock.advance(5000);
  await Promise.all([worker.heartbeat(), second.heartbeat()]);
  await world.scheduler.submit(submissionOf(["a.test.js"]));
  // Two have set something up; the first has told of its end when the coordinator starts anew.
  const lease = await leaseOf(world, worker);
  await world.scheduler.closed(worker.id, { run, failures: [broken] });
  await world.restart();
  await worker.heartbeat([lease.fence]);
  await second.heartbeat();
  await worker.run(lease);
  expect(summaryOf(world, run)).toMatchObject({ verdict: "errored" });
});

test("a failed test outweighs it", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { max_retries: 0 } }));
  await worker.run(await leaseOf(world, worker), "failed");
  await world.scheduler.closed(worker.id, { run, failures: [broken] });
  expect(summaryOf(world, run)).toMatchObject({ verdict: "failed" });
});

test("a worker that is gone is not waited for; one that says nothing is, but not for ever, and that is no good end", async () => {
  await using world = await World.open();
  const { run, worker } = await oneTest(world);
  await worker.leave();
  expect(summaryOf(world, run)).toMatchObject({ verdict: "passed" });

  const silent = await world.worker("silent");
  const { run: second } = await world.scheduler.submit(submissionOf(["b.test.js"], { run_key: "second" }));
  await silent.run(await leaseOf(world, silent));
  for (let passed_ms = 0; passed_ms < 134_000; passed_ms += 1000) {
    world.clock.advance(1000);
    await silent.heartbeat();
  }
  expect(summaryOf(world, second)).toMatchObject({ status: "running" });
  world.clock.advance(2000);
  // Durable after what the clock has set off.
  await world.worker("later");
  expect(summaryOf(world, second)).toMatchObject({ verdict: "errored", reason: expect.stringContaining("silent did not say") });
});

test("a restart in between forgets neither whom it waits for nor what it was told", async () => {
  await using world = await World.open();
  const { run, worker } = await oneTest(world);
  const other = await world.worker("other");
  const { run: second } = await world.scheduler.submit(submissionOf(["b.test.js", "c.test.js"], { run_key: "second" }));
  const kept = await leaseOf(world, other);
  await world.scheduler.closed(other.id, { run: second, failures: [broken] });
  await world.restart();
  expect(summaryOf(world, run)).toMatchObject({ status: "running" });
  expect((await worker.heartbeat()).close).toEqual([run]);
  await world.scheduler.closed(worker.id, { run, failures: [] });
  expect(summaryOf(world, run)).toMatchObject({ verdict: "passed" });

  await other.heartbeat([kept.fence]);
  await other.run(kept);
  if (summaryOf(world, second)?.account.incomplete !== 0) await other.run(await leaseOf(world, other));
  await world.scheduler.closed(other.id, { run: second, failures: [] });
  expect(summaryOf(world, second)).toMatchObject({ verdict: "errored" });
});

test("a cancelled run waits for nobody", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  await leaseOf(world, worker);
  await world.scheduler.cancel(run, "enough");
  expect(summaryOf(world, run)).toMatchObject({ verdict: "cancelled" });
});
