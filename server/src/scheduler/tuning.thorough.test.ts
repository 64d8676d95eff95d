import { type TuningInfo, type TuningParameter, factVersions } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call } from "../testing/coordinators.ts";
import { factsUpTo } from "../testing/fact-versions.ts";
import { type Machine, playOn } from "../testing/machine.ts";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

function infoOf(world: World, name: TuningParameter): TuningInfo {
  const info = world.scheduler.tuner.list().parameters.find(({ parameter }) => parameter === name);
  if (info === undefined) throw new Error(`there is no ${name}`);
  return info;
}

/** Plays runs until something is kept of a parameter, or so many are over. @returns what each of them took */
async function playUntilKept(world: World, worker: FakeWorker, machine: Machine, name: TuningParameter, most: number) {
  const took: number[] = [];
  for (let run = 1; run <= most && infoOf(world, name).last?.phase !== "kept"; run += 1)
    took.push(await playOn(world, worker, machine, `run-${run}`, 30));
  return took;
}

test("batches that are too short for the distance are made longer, which shortens runs", async () => {
  await using world = await World.open({ batchCap_ms: 250, selfTuning: "on" });
  const worker = await world.worker("far");
  const machine = { slots: 1, roundTrip_ms: 400, work_ms: 100 };
  const took = await playUntilKept(world, worker, machine, "batch-length", 60);
  expect(infoOf(world, "batch-length")).toMatchObject({
    value: 0.5,
    default: 0.25,
    last: { phase: "kept", from: 0.25, to: 0.5, evidence: { pairs: 12 } },
  });
  expect(infoOf(world, "batch-length").last?.evidence?.ratio).toBeLessThan(0.9);
  expect(await playOn(world, worker, machine, "after", 30)).toBeLessThan(0.9 * (took[3] ?? 0));
  // What was found out is still there when another one leads.
  await world.restart();
  expect(infoOf(world, "batch-length")).toMatchObject({ value: 0.5, last: { phase: "kept" } });
  expect(world.scheduler.tuner.options.batchCap_ms).toBe(500);
});

test("a worker whose tests crowd each other out of its memory is handed fewer at once", async () => {
  await using world = await World.open({ selfTuning: "on" });
  const worker = await world.worker("small", {}, 4);
  const machine: Machine = {
    slots: 4,
    roundTrip_ms: 2,
    work_ms: 1000,
    // Beyond three it swaps.
    speed: (running) => (running > 3 ? 0.3 : 1),
    memory_mib: (running) => (running > 3 ? 300 : 3000),
  };
  const took = await playUntilKept(world, worker, machine, "concurrency", 60);
  expect(infoOf(world, "concurrency")).toMatchObject({ value: 0.75, last: { phase: "kept", from: 1, to: 0.75 } });
  expect(await playOn(world, worker, machine, "after", 30)).toBeLessThan(0.6 * (took[3] ?? 0));
});

test("a network that falls silent for longer than a lease stands gets longer leases", async () => {
  await using world = await World.open({ selfTuning: "on" });
  let worker = await world.worker("slow");
  const stalls = async (key: string) => {
    const { run } = await world.scheduler.submit(
      submissionOf(
        Array.from({ length: 24 }, (_, index) => `t${index}.test.js`),
        { run_key: key },
      ),
    );
    for (let leased = 0; world.report(run).run?.status !== "ended"; leased += 1) {
      const [lease] = await worker.lease();
      const [first] = lease?.tasks ?? [];
      if (lease === undefined || first === undefined) throw new Error("nothing was dealt");
      if (leased === 2) {
        await worker.send(eventsOf(lease, first.task)[0]);
        world.clock.advance(20_000);
        const alive = await worker.heartbeat([lease.fence]).catch(() => undefined);
        // It was given up, and registers again as what it was.
        if (alive === undefined) worker = await world.worker("slow");
      }
      for (const { task } of lease.tasks) {
        world.clock.advance(100);
        await worker.send(...eventsOf(lease, task));
      }
    }
    return world.scheduler.counters.workersLost;
  };
  expect(await stalls("first")).toBe(1);
  for (let run = 1; run <= 60 && infoOf(world, "lease-time").last?.phase !== "kept"; run += 1) await stalls(`run-${run}`);
  expect(infoOf(world, "lease-time")).toMatchObject({
    value: 30,
    last: { phase: "kept", from: 15, to: 30, evidence: { p: expect.any(Number) } },
  });
  const lost = world.scheduler.counters.workersLost;
  expect(await stalls("after")).toBe(lost);
});

test("a fleet that is set well stays as it is", async () => {
  await using world = await World.open({ selfTuning: "on" });
  const worker = await world.worker("well", {}, 2);
  for (let run = 1; run <= 12; run += 1)
    await playOn(world, worker, { slots: 2, roundTrip_ms: 2, work_ms: 300 }, `run-${run}`, 30);
  expect(world.inside.queries.tuning.all()).toEqual([]);
});

test("a coordinator that only advises says what it would try, once, and changes nothing", async () => {
  await using world = await World.open({ batchCap_ms: 250 });
  const worker = await world.worker("far");
  for (let run = 1; run <= 12; run += 1)
    await playOn(world, worker, { slots: 1, roundTrip_ms: 400, work_ms: 100 }, `run-${run}`, 30);
  const reason = expect.stringMatching(/^\d+ % of the slot time went into handing out \d+ leases$/);
  expect(infoOf(world, "batch-length")).toMatchObject({ value: 0.25, last: { phase: "advised", from: 0.25, to: 0.5, reason } });
  expect([...world.scheduler.tuner.changes.values()]).toEqual([{ parameter: "batch-length", phase: "advised", count: 1 }]);
});

test("nothing is pinned or tried before all coordinators know of it", async () => {
  await using coordinators = new Coordinators();
  const older = await coordinators.start("a", {}, 0, { facts: factsUpTo((factVersions.kinds.TuningChanged ?? 0) - 1) });
  expect(await call(older, "POST", "/api/v1/tuning", { action: "pin", parameter: "lease-time", value: 30 })).toMatchObject({
    status: 409,
    body: { error: { code: "update-incomplete" } },
  });
  const { parameters } = (await call(older, "GET", "/api/v1/tuning")).body as { parameters: TuningInfo[] };
  expect(parameters.find(({ parameter }) => parameter === "lease-time")).toMatchObject({ value: 15, pinned: false });
});
