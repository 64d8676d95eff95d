import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const files = (...names: string[]) => names.map((name) => `${name}.test.js`);

/** Runs these files once with what they take on each worker, so that their history is known. */
async function teach(world: World, names: string[], takes_ms: readonly (readonly [FakeWorker, number])[]): Promise<void> {
  for (const [worker, duration_ms] of takes_ms) {
    const key = `teach ${worker.id} ${names.at(-1)}`;
    await world.scheduler.submit(submissionOf(files(...names), { run_key: key }));
    // Long enough for the others not to be expected back.
    world.clock.advance(1000);
    for (let left = await worker.lease(); left.length > 0; left = await worker.lease())
      for (const lease of left)
        for (const { task } of lease.tasks) await worker.send(...eventsOf(lease, task, "passed", duration_ms));
  }
}

const tasksOf = (leases: readonly Lease[]) => leases.flatMap(({ tasks }) => tasks.map(({ task }) => task));

test("a slow worker leaves the last task to a fast one that ends it sooner, and takes it when that is gone", async () => {
  await using world = await World.open();
  const fast = await world.worker("fast", { cpu: 16 });
  const slow = await world.worker("slow");
  await teach(
    world,
    ["a", "b", "c"],
    [
      [fast, 1000],
      [slow, 8000],
    ],
  );
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b"), { run_key: "now" }));
  const first = await fast.lease();
  expect(tasksOf(first)).toEqual([0]);
  world.clock.advance(900);
  expect(await slow.lease()).toEqual([]);
  for (const lease of first) await fast.run(lease);
  expect(await slow.lease()).toEqual([]);
  await fast.leave();
  const last = await slow.lease();
  expect(tasksOf(last)).toEqual([1]);
  for (const lease of last) await slow.run(lease);
  expect(world.report(run).run?.verdict).toBe("passed");
});

test("workers of one class are told apart by how fast they were, and a restart does not forget it", async () => {
  await using world = await World.open();
  const quick = await world.worker("quick");
  const slack = await world.worker("slack");
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  for (let round = 0; round < 2; round += 1)
    await teach(
      world,
      [...names.slice(0, 11), `round-${round}`],
      [
        [quick, 1000],
        [slack, 3000],
      ],
    );
  await world.restart();
  await world.scheduler.submit(submissionOf(files("t0", "t1"), { run_key: "now" }));
  const first = await quick.lease();
  world.clock.advance(900);
  expect(await slack.lease()).toEqual([]);
  // What a worker is told to expect is what it should take on just this one.
  expect(first[0]?.tasks[0]?.expected_ms).toBeLessThan(1500);
});

test("where several runs wait nobody is sent away: what the others will do is not known", async () => {
  await using world = await World.open();
  const fast = await world.worker("fast", { cpu: 16 });
  const slow = await world.worker("slow");
  await teach(
    world,
    ["a", "b"],
    [
      [fast, 1000],
      [slow, 8000],
    ],
  );
  await world.scheduler.submit(submissionOf(files("a", "b"), { run_key: "now" }));
  await fast.lease();
  world.clock.advance(900);
  expect(await slow.lease()).toEqual([]);
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b"), { run_key: "then" }));
  expect(await slow.lease()).toMatchObject([{ run }]);
  expect(await slow.lease()).toHaveLength(1);
});

test("a run that nobody can serve does not change how another is dealt", async () => {
  await using world = await World.open();
  const fast = await world.worker("fast", { cpu: 16 });
  const slow = await world.worker("slow");
  await teach(
    world,
    ["a", "b"],
    [
      [fast, 1000],
      [slow, 8000],
    ],
  );
  await world.scheduler.submit(submissionOf([{ file: "t.test.js", requirements: { tags: ["tpu"] } }], { run_key: "stuck" }));
  await world.scheduler.submit(submissionOf(files("a", "b"), { run_key: "now" }));
  expect(tasksOf(await fast.lease())).toEqual([0]);
  world.clock.advance(900);
  expect(await slow.lease()).toEqual([]);
});
