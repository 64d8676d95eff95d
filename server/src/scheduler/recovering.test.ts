import type { Failure, Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf } from "../testing/world.ts";
import { submissionOf } from "../testing/world.ts";

const kinds = { infrastructure: "No space left on device.", "setup-error": "vitest could not be started." } as const;

function only<T>(values: readonly T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

/** The worker could not run what it was dealt. */
async function fault(worker: FakeWorker, lease: Lease, kind: keyof typeof kinds): Promise<void> {
  const failure: Failure = { kind, message: kinds[kind] };
  for (const { task } of lease.tasks) {
    const [started, , finished] = eventsOf(lease, task, "errored");
    if (finished.type === "finished") await worker.send(started, { ...finished, cases: 0, failure });
  }
}

/** What the tables say was decided for each attempt of a run's first task. */
function decisions(world: World, run: string) {
  return world.inside.queries.tasks
    .attempts(run)
    .filter(({ task }) => task === 0)
    .map(({ recovery }) => recovery);
}

test("what a machine is to blame for costs no retry, and a test that then passes is not flaky", async () => {
  await using world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { max_retries: 0 } }));
  await fault(one, only(await one.lease()), "infrastructure");
  expect(await one.lease()).toEqual([]);
  await two.run(only(await two.lease()));
  expect(decisions(world, run)).toEqual([{ action: "elsewhere", level: 2, charged: "machine" }, null]);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { passed: 1, flaky: 0 } });
  const [task] = world.report(run).tasks;
  expect(task).toMatchObject({ failures: 0, losses: 1, failed_before: false });
  expect(world.inside.queries.runs.byId(run)?.retries).toBe(0);
});

test("what could not be set up is set up afresh, on another worker", async () => {
  await using world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { max_retries: 1 } }));
  const first = only(await one.lease());
  expect(first.afresh).toBeUndefined();
  await fault(one, first, "setup-error");
  expect(await one.lease()).toEqual([]);
  const second = only(await two.lease());
  expect(second.afresh).toBe(true);
  await fault(two, second, "setup-error");
  expect(decisions(world, run)).toEqual([
    { action: "afresh", level: 3, charged: "test" },
    { action: "give-up", level: 5, charged: "test", because: "retries" },
  ]);
  expect(world.report(run).run?.verdict).toBe("errored");
});

test("what a runner calls conclusive is the result at once, and costs no retry of the run", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  const lease = only(await one.lease());
  const [started, cases, finished] = eventsOf(lease, 0, "failed");
  const failure: Failure = { kind: "assertion", message: "a was flaky", conclusive: true };
  if (finished.type === "finished") await one.send(started, cases, { ...finished, failure });
  expect(decisions(world, run)).toEqual([{ action: "give-up", level: 5, charged: "test" }]);
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 1 } });
  expect(world.inside.queries.runs.byId(run)?.retries).toBe(0);
  expect(world.inside.queries.tasks.attempts(run)[0]?.failure).toEqual(failure);
});

test.each([
  ["changes nothing", undefined, 3],
  ["has helped", 5, 5],
])("a run in which beginning afresh %s does so for so many", async (_, helped, afresh) => {
  await using world = await World.open();
  const one = await world.worker("one");
  const names = ["a", "b", "c", "d", "e"].map((name) => `${name}.test.js`);
  await world.scheduler.submit(submissionOf(names, { options: { max_retries: 1 } }));
  let seen = 0;
  for (let turn = 0; turn < 10; turn += 1) {
    const lease = only(await one.lease());
    if (lease.afresh === true) seen += 1;
    if (turn === helped) await one.run(lease);
    else await fault(one, lease, "setup-error");
    world.clock.advance(world.options.avoidance_ms);
  }
  expect(seen).toBe(afresh);
});

test("a retry waits as long as chance and its number say, and a restart makes it neither shorter nor longer", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  world.chance = 0.8;
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  await one.run(only(await one.lease()), "failed");
  expect(decisions(world, run)).toEqual([{ action: "again", level: 1, charged: "test", from_ms: world.clock.now_ms() + 200 }]);
  world.clock.advance(150);
  await world.restart();
  world.clock.advance(49);
  expect(await one.lease()).toEqual([]);
  const waiting = one.poll(1, 30_000);
  world.clock.advance(1);
  const again = only((await waiting).leases);
  expect(again.tasks).toMatchObject([{ attempt: 2 }]);
  await one.run(again, "failed");
  expect(decisions(world, run).at(-1)).toMatchObject({ action: "elsewhere", level: 2, from_ms: world.clock.now_ms() + 400 });
});

test("a restart forgets neither how far recovery went nor on which workers it failed", async () => {
  await using world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  await fault(one, only(await one.lease()), "infrastructure");
  await world.restart();
  expect(await one.lease()).toEqual([]);
  await two.run(only(await two.lease()), "failed");
  expect(decisions(world, run).at(-1)).toMatchObject({ action: "afresh", level: 3 });
});

test("a machine that fails again and again takes a task with it only so often", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await fault(one, only(await one.lease()), "infrastructure");
    world.clock.advance(world.options.avoidance_ms);
  }
  expect(decisions(world, run).at(-1)).toMatchObject({ action: "give-up", because: "losses" });
  expect(world.report(run).run).toMatchObject({ verdict: "errored", account: { errored: 1 } });
});

test("minimal tries once more and no further", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { recovery: "minimal" } }));
  for (let left = await one.lease(); left.length > 0; left = await one.lease()) await one.run(only(left), "failed");
  expect(world.report(run).attempts).toEqual(["0.1 failed", "0.2 failed"]);
});

test("aggressive begins elsewhere, and lets an idle worker run beside it what failed before", async () => {
  await using world = await World.open();
  const [one, two, three] = [await world.worker("one"), await world.worker("two"), await world.worker("three")];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { recovery: "aggressive" } }));
  await one.run(only(await one.lease()), "failed");
  expect(await one.lease()).toEqual([]);
  const again = only(await two.lease());
  await two.send(eventsOf(again, 0)[0]);
  expect(only(await three.lease()).tasks).toMatchObject([{ task: 0, attempt: 3 }]);
  expect(world.report(run).attempts).toEqual(["0.1 failed", "0.2 running", "0.3 running"]);
});

test("a test whose every failure says that the disk was full is not called failing, nor flaky, but sent elsewhere", async () => {
  await using world = await World.open();
  const [full, roomy] = [await world.worker("full"), await world.worker("roomy")];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js", "b.test.js"], { options: { max_retries: 0 } }));
  const fail = async (lease: Lease, ...messages: string[]) => {
    const { task } = only(lease.tasks);
    const [started, cases, finished] = eventsOf(lease, task, "failed");
    if (cases.type !== "cases" || finished.type !== "finished") return;
    const wrong = messages.map((message, ordinal) => ({ ...cases.cases[0]!, ordinal, message }));
    await full.send(started, { ...cases, cases: wrong }, { ...finished, cases: wrong.length });
  };
  await fail(only(await full.lease()), "ENOSPC: no space left on device, write", "[Errno 28] No space left on device");
  // One that says something else as well may be the test's own.
  await fail(only(await full.lease()), "ENOSPC: no space left on device, write", "expected 1 to be 2");
  expect(decisions(world, run)).toEqual([{ action: "elsewhere", level: 2, charged: "machine" }]);
  const [attempt] = world.inside.queries.tasks.attempts(run);
  expect(attempt?.failure).toEqual({ kind: "infrastructure", message: "1 is not 2" });
  await roomy.run(only(await roomy.lease()));
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { passed: 1, failed: 1, flaky: 0 } });
});
