import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};
const files = (...names: string[]) => names.map((name) => `${name}.test.js`);

/** Runs these files once, so that it is known what they take. */
async function teach(world: World, worker: FakeWorker, names: string[], duration_ms: number, project = "default"): Promise<void> {
  await world.scheduler.submit(submissionOf(files(...names), { run_key: `teach ${names.join()}`, project }));
  for (let left = await worker.lease(); left.length > 0; left = await worker.lease())
    for (const lease of left)
      for (const { task } of lease.tasks) await worker.send(...eventsOf(lease, task, "passed", duration_ms));
}

const submit = (world: World, run_key: string, names: string[], more: Parameters<typeof submissionOf>[1] = {}) =>
  world.scheduler.submit(submissionOf(files(...names), { run_key, ...more }));

test("where a slot is free nobody waits, and once a run was given one it waits no more", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const { run, admission } = await submit(world, "now", ["a", "b"]);
  expect(admission).toEqual({ runs_ahead: 0, wait_ms: 0 });
  await worker.lease();
  const later = await submit(world, "later", ["a"]);
  expect(later.admission?.wait_ms).toBeGreaterThan(0);
  expect(world.scheduler.admission(run)).toEqual({ runs_ahead: 0, wait_ms: 0 });
  const polling = (await world.worker("two")).poll(1, 30_000);
  await polling;
  expect(world.scheduler.admission(later.run)).toEqual({ runs_ahead: 0, wait_ms: 0 });
});

test("a run waits for what runs and for who came before it, by what these should take", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  await teach(world, worker, ["a", "b", "c"], 20_000);
  await submit(world, "first", ["a", "b"]);
  const lease = only(await worker.lease());
  await worker.send(eventsOf(lease, 0)[0]);
  world.clock.advance(5000);
  await worker.heartbeat([lease.fence]);
  const second = await submit(world, "second", ["c"]);
  expect(second.admission?.runs_ahead).toBe(1);
  expect(second.admission?.wait_ms).toBeGreaterThan(14_000);
  expect(second.admission?.wait_ms).toBeLessThan(18_000);
  const third = await submit(world, "third", ["a"]);
  expect(third.admission?.runs_ahead).toBe(2);
  expect(third.admission?.wait_ms).toBeGreaterThan(34_000);
  expect(third.admission?.wait_ms).toBeLessThan(40_000);
  // The weightier of the two that were given nothing yet is next.
  const urgent = await submit(world, "urgent", ["b"], { options: { priority: 75 } });
  expect(urgent.admission).toEqual(second.admission);
  await world.scheduler.cancel(urgent.run, "not wanted");
  await world.scheduler.cancel(second.run, "not wanted");
  expect(world.scheduler.admission(third.run)).toEqual(second.admission);
  await world.restart();
  await worker.heartbeat([lease.fence]);
  expect(world.scheduler.admission(third.run)?.runs_ahead).toBe(1);
  expect(world.scheduler.admission(third.run)?.wait_ms).toBeGreaterThan(0);
  expect(world.scheduler.admission(second.run)).toBeUndefined();
});

test("only workers that a run can use count, and where there is none nobody knows", async () => {
  await using world = await World.open();
  const plain = await world.worker("plain");
  const gpu = await world.worker("gpu", { tags: ["cuda"] });
  await submit(world, "plain", ["a", "b", "c", "d"]);
  await plain.lease();
  const cuda = submissionOf([{ file: "gpu.test.js", requirements: { tags: ["cuda"] } }], { run_key: "gpu" });
  expect((await world.scheduler.submit(cuda)).admission).toEqual({ runs_ahead: 0, wait_ms: 0 });
  await gpu.leave();
  const tpu = submissionOf([{ file: "tpu.test.js", requirements: { tags: ["tpu"] } }], { run_key: "tpu" });
  expect((await world.scheduler.submit(tpu)).admission).toEqual({ runs_ahead: 0 });
});

test("a project at its quota waits for its own, though slots are free", async () => {
  await using world = await World.open({ quotas: new Map([["shop", 1]]) });
  const [one] = [await world.worker("one"), await world.worker("two")];
  await teach(world, one, ["a"], 30_000, "shop");
  await submit(world, "first", ["a"], { project: "shop" });
  const lease: Lease = only(await one.lease());
  await one.send(eventsOf(lease, 0)[0]);
  const { admission } = await submit(world, "second", ["a"], { project: "shop" });
  expect(admission?.runs_ahead).toBe(1);
  expect(admission?.wait_ms).toBeGreaterThan(28_000);
  expect(admission?.wait_ms).toBeLessThan(33_000);
  expect((await submit(world, "other", ["a"])).admission).toEqual({ runs_ahead: 0, wait_ms: 0 });
});

test("where no more runs are taken it is said when the next should end", async () => {
  await using world = await World.open({ openRuns_limit: 1 });
  const worker = await world.worker("one");
  await teach(world, worker, ["a"], 30_000);
  await submit(world, "first", ["a"]);
  await expect(submit(world, "second", ["b"])).rejects.toMatchObject({
    message: expect.stringContaining("None of them") as string,
  });
  const lease = only(await worker.lease());
  await worker.send(eventsOf(lease, 0)[0]);
  const refused = await submit(world, "second", ["b"]).catch((error: unknown) => error as { details: { retry_s: number } });
  expect(refused).toMatchObject({ code: "queue-full", message: expect.stringMatching(/should end in about \d+ s\.$/) as string });
  expect((refused as { details: { retry_s: number } }).details.retry_s).toBeGreaterThanOrEqual(29);
  expect((refused as { details: { retry_s: number } }).details.retry_s).toBeLessThanOrEqual(33);
});
