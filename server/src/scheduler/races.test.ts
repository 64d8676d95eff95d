import { breakerLimits } from "@shardwright/core";
import { afterEach, expect, test, vi } from "vitest";
import { World, eventsOf, submissionOf } from "../testing/world.ts";

const files = (...names: string[]) => names.map((name) => `${name}.test.js`);
const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};

afterEach(() => {
  vi.restoreAllMocks();
});

test("a run that is submitted again in the moment it ends waits for its end to be written", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("a", "b"), { options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  const polling = [one.lease(), one.lease()];
  const cancelled = world.scheduler.cancel(run, "once more");
  const again = world.scheduler.submit(submission);
  await Promise.all([...polling, cancelled]);
  expect(await again).toMatchObject({ run, disposition: "reopened", pending: 2 });
  for (let left = await one.lease(); left.length > 0; left = await one.lease()) for (const lease of left) await one.run(lease);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { passed: 2 } });
});

test("a result that ends a run is not run again by a submission that comes at the same moment", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("a"));
  const { run } = await world.scheduler.submit(submission);
  const lease = only(await one.lease());
  const sent = one.send(...eventsOf(lease, 0));
  const again = world.scheduler.submit(submission);
  await sent;
  expect(await again).toEqual({ run, disposition: "finished", pending: 0 });
  expect(world.report(run).attempts).toEqual(["0.1 passed"]);
});

test("what is known already is acknowledged only when it is durable: a worker forgets what it was told of", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  await world.scheduler.submit(submissionOf(files("a", "b")));
  const lease = only(await one.lease());
  const order: string[] = [];
  const first = one.send(...eventsOf(lease, 0)).then(() => order.push("first"));
  const again = one.send(...eventsOf(lease, 0)).then(({ dropped }) => order.push(dropped.at(-1)?.reason ?? "taken"));
  await Promise.all([first, again]);
  expect(order).toEqual(["first", "duplicate"]);
});

test("a manifest whose tasks moved to another suite is another manifest", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf([{ file: "a.test.js", key: "a" }], { options: { max_retries: 0 } }));
  await one.run(only(await one.lease()), "failed");
  const moved = submissionOf([{ file: "a.test.js", key: "a", suite: "other" }], {
    suites: [{ name: "other", runner: "vitest", directory: ".", options: {} }],
  });
  await expect(world.scheduler.submit(moved)).rejects.toMatchObject({ code: "run-key-conflict" });
  expect(await one.lease()).toEqual([]);
  expect(world.report(run).run?.verdict).toBe("failed");
});

test("a worker whose registration was answered into the void may send it again, however full it is", async () => {
  await using world = await World.open({ workers_limit: 1 });
  const one = await world.worker("one");
  expect((await one.impostor("instance-of-one")).worker).toBe(one.id);
});

test("retries that wait for another worker cost one timer each, however often workers ask", async () => {
  // So that one worker may fail them all.
  await using world = await World.open({ breakers: breakerLimits({ threshold: 20, reset_ms: 1000 }) });
  const one = await world.worker("one");
  const two = await world.worker("two");
  const names = Array.from({ length: 10 }, (_, index) => `t${index}`);
  await world.scheduler.submit(submissionOf(files(...names)));
  for (let failed = 0; failed < 10;) {
    const lease = only(await one.lease());
    await one.run(lease, "failed");
    failed += lease.tasks.length;
  }
  const after = vi.spyOn(world.clock, "after");
  const waiting = one.poll(1, 30_000);
  for (let beat = 0; beat < 100; beat += 1) await two.heartbeat();
  expect(after.mock.calls.length).toBeLessThan(200);
  world.clock.advance(world.options.retryPreference_ms);
  expect((await waiting).leases).toHaveLength(1);
});

test("a run that is opened again is not purged under the hands of its workers, and a purged key begins anew", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("a"), { options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  await one.run(only(await one.lease()), "failed");
  const reopened = world.scheduler.submit(submission);
  expect(await world.scheduler.purge([run])).toEqual([]);
  expect(await reopened).toMatchObject({ run, disposition: "reopened" });
  await one.run(only(await one.lease()), "failed");
  const purged = world.scheduler.purge([run]);
  const anew = await world.scheduler.submit(submission);
  expect(await purged).toEqual([run]);
  expect(anew.disposition).toBe("created");
  await one.run(only(await one.lease()));
  expect(world.report(anew.run).run?.verdict).toBe("passed");
});
