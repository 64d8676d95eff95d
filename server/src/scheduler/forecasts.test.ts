import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";

const minute_ms = 60_000;
/** Five minutes, and a second: known by their names, for both have been run before. */
const long = { file: "long.test.js" };
const short = { file: "short.test.js" };

/** Memory that is gone after twenty minutes; the other worker's stays. */
async function beats(
  world: World,
  minutes: number,
  leaking: FakeWorker,
  others: readonly FakeWorker[],
  leases: readonly Lease[] = [],
) {
  const { heartbeat_ms } = world.options;
  for (let passed_ms = 0; passed_ms < minutes * minute_ms; passed_ms += heartbeat_ms) {
    world.clock.advance(heartbeat_ms);
    const at_min = (world.clock.monotonic_ms() - 1_700_000_000_000) / minute_ms;
    const room = { memory_mib: Math.max(0, 8128 - 400 * at_min), disk_mib: 90_000 };
    await world.scheduler.heartbeat(leaking.id, { fences: leases.map(({ fence }) => fence), draining: false, room });
    for (const other of others)
      await world.scheduler.heartbeat(other.id, { fences: [], draining: false, room: { ...room, memory_mib: 8000 } });
  }
}

/** The durations of both files are known when this resolves, and one of two workers leaks. */
async function withLeak(options: Parameters<typeof World.open>[0] = {}) {
  const world = await World.open({ batchCount_limit: 1, predict: ["memory", "disk"], ...options });
  const [leaking, good] = [await world.worker("leaking"), await world.worker("good")];
  for (let round = 0; round < 3; round += 1) {
    await world.scheduler.submit(submissionOf([long, short], { run_key: `before ${round}` }));
    for (let left = 2; left > 0; left -= 1) {
      const [lease] = await good.lease();
      const [task] = lease!.tasks;
      const base = { run: lease!.run, fence: lease!.fence, task: task!.task, attempt: task!.attempt };
      const duration_ms = task!.spec.file === long.file ? 300_000 : 1000;
      await good.send({ type: "started", ...base }, { type: "finished", ...base, outcome: "passed", duration_ms, cases: 0 });
    }
  }
  await beats(world, 19, leaking, [good]);
  return { world, leaking, good };
}

const fileOf = ([lease]: readonly Lease[]) => lease?.tasks[0]?.spec.file;

test("who has no memory for long is dealt what it can end, and others what takes longer", async () => {
  const { world, leaking, good } = await withLeak();
  await using _ = world;
  expect(world.scheduler.health(leaking.id)?.forecasts).toMatchObject([
    { kind: "memory", advice: expect.stringMatching(/^memory gone in about \d+ (s|min): drain and restart it$/) },
  ]);
  expect(world.scheduler.health(good.id)).not.toHaveProperty("forecasts");
  expect(world.scheduler.forecastCounts).toMatchObject({ memory: 1, disk: 0 });
  await world.scheduler.submit(submissionOf([long, short], { run_key: "now" }));
  expect(fileOf(await leaking.lease())).toBe(short.file);
  expect(fileOf(await good.lease())).toBe(long.file);
});

test("nobody waits for a prediction: where no other slot is free, it is dealt the long one as well", async () => {
  const { world, leaking, good } = await withLeak();
  await using _ = world;
  await world.scheduler.submit(submissionOf([long, { file: "other.test.js" }], { run_key: "now" }));
  expect(fileOf(await good.lease())).toBeDefined();
  expect(fileOf(await leaking.lease())).toBeDefined();
});

test("what outlasts it is left to another one that asks for work at the same time", async () => {
  const { world, leaking, good } = await withLeak();
  await using _ = world;
  const first = leaking.poll(1, 1000);
  const second = good.poll(1, 60_000);
  await world.scheduler.submit(submissionOf([long], { run_key: "now" }));
  expect(fileOf((await second).leases)).toBe(long.file);
  world.clock.advance(1000);
  expect((await first).leases).toEqual([]);
});

test("the only worker that can run something gets it, however long it takes", async () => {
  const { world, leaking, good } = await withLeak();
  await using _ = world;
  await good.leave();
  await world.scheduler.submit(submissionOf([long], { run_key: "now" }));
  expect(fileOf(await leaking.lease())).toBe(long.file);
});

test("the runs that it works for are told, once", async () => {
  await using world = await World.open({ predict: ["memory"] });
  const leaking = await world.worker("leaking");
  const { run } = await world.scheduler.submit(submissionOf([long, short]));
  const leases = await leaking.lease();
  await beats(world, 19, leaking, [], leases);
  await beats(world, 0.3, leaking, [], leases);
  const notices = world.inside.queries.tasks.notices(run).filter(({ code }) => code === "forecast");
  expect(notices.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^leaking: memory gone in about \d+ (s|min): drain and restart it\.$/),
  ]);
});

test("what is not to be foretold is not", async () => {
  const { world, leaking } = await withLeak({ predict: ["disk"] });
  await using _ = world;
  expect(world.scheduler.health(leaking.id)).not.toHaveProperty("forecasts");
  await world.scheduler.submit(submissionOf([long, short], { run_key: "now" }));
  expect(fileOf(await leaking.lease())).toBe(long.file);
});

test("a coordinator that takes over goes by what was foretold, until it knows better", async () => {
  const { world, leaking, good } = await withLeak();
  await using _ = world;
  const before = world.scheduler.health(leaking.id)?.forecasts;
  await world.restart();
  await beats(world, 0.1, leaking, [good]);
  expect(world.scheduler.health(leaking.id)?.forecasts?.[0]).toMatchObject({
    kind: "memory",
    earliest_ms: before?.[0]?.earliest_ms,
  });
  await world.scheduler.submit(submissionOf([long, short], { run_key: "now" }));
  expect(fileOf(await leaking.lease())).toBe(short.file);
  for (let turn = 0; turn < 600; turn += 1) {
    world.clock.advance(world.options.heartbeat_ms);
    const room = { memory_mib: 8000, disk_mib: 90_000 };
    await world.scheduler.heartbeat(leaking.id, { fences: [], draining: false, room });
  }
  expect(world.scheduler.health(leaking.id)).not.toHaveProperty("forecasts");
});
