import { type WorkerEvent } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";

const files = Array.from({ length: 24 }, (_, index) => `${index}.test.js`);
const refused = "connect ECONNREFUSED 127.0.0.1:5432";

interface Play {
  /** Of a test that fails at first; it passes without one. */
  readonly message: (task: number) => string | undefined;
  /** Whether it fails for good. */
  readonly fails?: (task: number) => boolean;
}

/** Two workers take tests in turn; what fails is run again and passes. */
async function play(world: World, { message, fails = () => false }: Play) {
  const workers = [await world.worker("one"), await world.worker("two")] as const;
  const { run } = await world.scheduler.submit(submissionOf(files, { options: { max_retries: 1 } }));
  for (let turn = 0; turn < 2000 && world.report(run).run?.verdict === undefined; turn += 1) {
    const worker = workers[turn % 2] ?? workers[0];
    const leases = await worker.lease();
    for (const lease of leases)
      for (const { task, attempt } of lease.tasks) {
        const failed = attempt === 1 || fails(task) ? message(task) : undefined;
        await send(worker, eventsOf(lease, task, failed === undefined ? "passed" : "failed"), failed);
      }
    await Promise.all(workers.map((each) => each.heartbeat()));
    world.clock.advance(100);
  }
  return world.report(run);
}

async function send(worker: FakeWorker, [started, cases, finished]: WorkerEvent[], message: string | undefined): Promise<void> {
  if (started === undefined || cases?.type !== "cases" || finished === undefined) throw new Error("a part is missing");
  const told = message === undefined ? cases.cases : [{ ...caseOf("works", "failed"), message }];
  await worker.send(started, { ...cases, cases: told }, finished);
}

test("tests that a service failed all at once, and that passed when run again, are not flaky; nor after a restart", async () => {
  await using world = await World.open();
  const { run, tasks } = await play(world, { message: (task) => (task < 8 ? `${refused} of ${task}` : undefined) });
  expect(run).toMatchObject({ verdict: "passed", reason: "24 discovered = 24 passed", account: { passed: 24, flaky: 0 } });
  expect(tasks.filter(({ flaky, failed_before }) => flaky || failed_before)).toEqual([]);
  await world.restart();
  expect(world.report(run?.id ?? "").run).toMatchObject({ account: { passed: 24, flaky: 0 } });
});

test("what failed on its own account beside it stays flaky, and so do a few", async () => {
  await using world = await World.open();
  const mixed = await play(world, {
    message: (task) => (task < 8 ? refused : task === 20 ? "Error: out of order" : undefined),
  });
  expect(mixed.run).toMatchObject({ verdict: "passed", reason: "24 discovered = 23 passed + 1 flaky" });
  expect(mixed.tasks.filter(({ flaky }) => flaky).map(({ task }) => task)).toEqual([20]);
  await using other = await World.open();
  const few = await play(other, { message: (task) => (task < 4 ? "Error: too late" : undefined) });
  expect(few.run).toMatchObject({ account: { passed: 20, flaky: 4 } });
});

test("those that passed are not flaky, however many others the same failure kept from passing", async () => {
  await using world = await World.open();
  const { run } = await play(world, {
    message: (task) => (task < 8 ? refused : undefined),
    fails: (task) => task < 6,
  });
  expect(run).toMatchObject({ verdict: "failed", reason: "24 discovered = 18 passed + 6 failed" });
});

test("unlike failures are unlike, however many", async () => {
  await using world = await World.open();
  const { run } = await play(world, { message: (task) => (task < 8 ? `Error: ${"abcdefgh"[task]} is missing` : undefined) });
  expect(run).toMatchObject({ account: { passed: 16, flaky: 8 } });
});
