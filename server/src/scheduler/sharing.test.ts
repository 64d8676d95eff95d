import type { Lease } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";

const many = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}.test.js`);
const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};

interface Wanted {
  readonly project?: string;
  readonly priority?: number;
  readonly count?: number;
}

/** Submits a run of files that nothing is known of. */
async function submit(world: World, run_key: string, { project = "default", priority = 50, count = 50 }: Wanted = {}) {
  return world.scheduler.submit(submissionOf(many(`${run_key}-`, count), { run_key, project, options: { priority } }));
}

/** Runs a lease for so long, and ends it. */
async function spend(world: World, worker: FakeWorker, lease: Lease, duration_ms: number): Promise<void> {
  world.clock.advance(duration_ms);
  await worker.heartbeat([lease.fence]);
  await worker.run(lease);
}

test("a long run does not hold up one that comes later: the next slots are the newcomer's, until both have their share", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const long = await submit(world, "long", { count: 400 });
  for (let round = 0; round < 20; round += 1) await spend(world, worker, only(await worker.lease()), 1000);
  const short = await submit(world, "short", { count: 400 });
  const served: string[] = [];
  for (let round = 0; round < 60; round += 1) {
    const lease = only(await worker.lease());
    served.push(lease.run);
    await spend(world, worker, lease, 1000);
  }
  expect(served[0]).toBe(short.run);
  const until = served.indexOf(long.run);
  expect(until).toBeGreaterThan(5);
  expect(until).toBeLessThanOrEqual(30);
  const rest = served.slice(until);
  expect(rest.filter((run) => run === long.run).length / rest.length).toBeCloseTo(0.5, 0.5);
});

test("a higher priority is a larger share, and the lowest one has its own", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const runs = new Map<string, number>();
  for (const priority of [25, 50, 75]) {
    const { run } = await submit(world, `priority ${priority}`, { priority, count: 1000 });
    runs.set(run, 0);
  }
  for (let round = 0; round < 210; round += 1) {
    const lease = only(await worker.lease());
    await spend(world, worker, lease, 1000);
    if (round >= 70) runs.set(lease.run, (runs.get(lease.run) ?? 0) + 1);
  }
  const [low = 0, normal = 0, high = 0] = runs.values();
  expect(Math.abs(low - 20)).toBeLessThanOrEqual(6);
  expect(Math.abs(normal - 40)).toBeLessThanOrEqual(8);
  expect(Math.abs(high - 80)).toBeLessThanOrEqual(10);
});

test("after a restart it is known who used how much", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const first = await submit(world, "first");
  for (let round = 0; round < 3; round += 1) await spend(world, worker, only(await worker.lease()), 4000);
  const second = await submit(world, "second");
  await spend(world, worker, only(await worker.lease()), 4000);
  const held = only(await worker.lease());
  expect(held.run).toBe(second.run);
  await world.restart();
  await worker.heartbeat([held.fence]);
  await spend(world, worker, held, 1000);
  // 12 s used before against 5 s: without a memory the older one would be next.
  expect(only(await worker.lease()).run).toBe(second.run);
  expect(world.scheduler.admission(first.run)).toEqual({ runs_ahead: 0, wait_ms: 0 });
});

test("what a restart finds in the tables is what was in memory", async () => {
  await using world = await World.open();
  const workers = [await world.worker("one"), await world.worker("two")];
  const runs = [await submit(world, "a"), await submit(world, "b", { project: "other" })];
  const [one, two] = workers as [FakeWorker, FakeWorker];
  await spend(world, one, only(await one.lease()), 5000);
  await spend(world, two, only(await two.lease()), 5000);
  const held = [only(await one.lease()), only(await two.lease())];
  world.clock.advance(2500);
  const uses = () => runs.map(({ run }) => world.scheduler.usage(run));
  const before = uses();
  expect(before.map((use) => use?.slots)).toEqual([1, 1]);
  await world.restart();
  await one.heartbeat([held[0]!.fence]);
  await two.heartbeat([held[1]!.fence]);
  for (const [index, use] of uses().entries()) {
    expect(use?.slots).toBe(before[index]?.slots);
    expect(use?.used_ms).toBeCloseTo(before[index]?.used_ms ?? Number.NaN, 3);
  }
});

test("a project at its quota leaves slots to others, and what nobody else wants stays idle", async () => {
  await using world = await World.open({ quotas: new Map([["nightly", 2]]) });
  const workers = [];
  for (let index = 0; index < 4; index += 1) workers.push(await world.worker(`w${index}`));
  const [a, b, c, d] = workers as [FakeWorker, FakeWorker, FakeWorker, FakeWorker];
  await submit(world, "nightly", { project: "nightly" });
  const held = [only(await a.lease()), only(await b.lease())];
  expect(await c.lease()).toEqual([]);
  const { run } = await submit(world, "shop", { project: "shop", count: 1 });
  expect(only(await d.lease()).run).toBe(run);
  // Another run of the project is within the same quota.
  await submit(world, "nightly too", { project: "nightly" });
  expect(await c.lease()).toEqual([]);
  // What is asked for ahead waits for the project's own slot, and needs no other.
  await a.heartbeat([held[0]!.fence]);
  expect(await a.lease()).toHaveLength(1);
  await b.run(held[1]!);
  expect(await c.lease()).toHaveLength(1);
  expect(await b.lease()).toEqual([]);
});

test("* is the quota of projects that are not named", async () => {
  await using world = await World.open({
    quotas: new Map([
      ["*", 1],
      ["shop", 2],
    ]),
  });
  const [a, b, c, d] = [await world.worker("a"), await world.worker("b"), await world.worker("c"), await world.worker("d")];
  await submit(world, "shop", { project: "shop" });
  await submit(world, "other", { project: "other" });
  const leases = [...(await a.lease()), ...(await b.lease()), ...(await c.lease()), ...(await d.lease())];
  expect(leases.map(({ suite }) => suite.name)).toHaveLength(3);
});

test("cancelled runs, lost workers and restarts give a quota's slots back, and no more than these", async () => {
  await using world = await World.open({ quotas: new Map([["*", 1]]) });
  const [a, b] = [await world.worker("a"), await world.worker("b")];
  const cancelled = await submit(world, "cancelled");
  await a.lease();
  const lasting = await submit(world, "lasting");
  expect(await b.lease()).toEqual([]);
  await world.scheduler.cancel(cancelled.run, "not wanted");
  const lease = only(await b.lease());
  expect(lease.run).toBe(lasting.run);
  await world.restart();
  await a.heartbeat();
  expect(await a.lease()).toEqual([]);
  // It does not come back.
  for (let waited_ms = 0; waited_ms <= world.options.leaseTtl_ms; waited_ms += 3000) {
    world.clock.advance(3000);
    await a.heartbeat();
  }
  expect(only(await a.lease()).run).toBe(lasting.run);
});

test("workers that came for one run alone are not the quota's", async () => {
  await using world = await World.open({ quotas: new Map([["*", 1]]) });
  const { run } = await submit(world, "matrix");
  const shared = await world.worker("shared");
  const own = [];
  for (const name of ["job-1", "job-2"]) own.push(await world.worker(name, {}, 1, run));
  for (const worker of [...own, shared]) expect(await worker.lease()).toHaveLength(1);
});

test("a duplicate gives its slot up for other work of a project that is at its quota", async () => {
  await using world = await World.open({ quotas: new Map([["*", 2]]) });
  const [slow, idle, third] = [await world.worker("slow"), await world.worker("idle", {}, 2), await world.worker("third")];
  for (const worker of [slow, idle, third]) worker.connect();
  await submit(world, "straggling", { count: 1 });
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0)[0]);
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  await idle.heartbeat();
  const duplicate = only(await idle.lease());
  expect(await third.lease()).toEqual([]);
  const { run } = await submit(world, "wanted", { count: 1 });
  expect(idle.told).toEqual([`stop ${duplicate.fence}`]);
  expect(only(await third.lease()).run).toBe(run);
});

test("a project at its quota gets no duplicates beyond it", async () => {
  await using world = await World.open({ quotas: new Map([["*", 1]]) });
  const [slow, idle] = [await world.worker("slow"), await world.worker("idle")];
  await submit(world, "straggling", { count: 1 });
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0)[0]);
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  await idle.heartbeat();
  expect(await idle.lease()).toEqual([]);
});

test("a free slot comes before one that asks ahead of time", async () => {
  await using world = await World.open();
  const [busy, free] = [await world.worker("busy"), await world.worker("free")];
  await submit(world, "first", { count: 1 });
  await busy.lease();
  const ahead = busy.poll(1, 30_000);
  const now = free.poll(1, 30_000);
  await submit(world, "second", { count: 1 });
  expect((await now).leases).toHaveLength(1);
  world.clock.advance(30_000);
  expect((await ahead).leases).toEqual([]);
});

const projects = ["a", "b", "c"] as const;
const steps = fc.array(
  fc.record({
    step: fc.constantFrom("ask", "ask", "ask", "ahead", "end", "end", "submit", "cancel", "lose", "restart", "wait"),
    worker: fc.nat({ max: 4 }),
    choice: fc.nat({ max: 99 }),
  }),
  { minLength: 20, maxLength: 80 },
);

test("whatever happens, no project has more slots than its quota, and no slot is refused to one that is below it", async () => {
  const seen = { atQuota: 0, refused: 0, dealt: 0 };
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const quotas = new Map([
        ["a", 1],
        ["b", 2],
      ]);
      await using world = await World.open({ quotas });
      const held = new Map<FakeWorker, Lease[]>();
      const projectOf = new Map<string, string>();
      for (let index = 0; index < 5; index += 1) held.set(await world.worker(`w${index}`, {}, 1 + (index % 2)), []);
      const slotsOf = (index: number) => 1 + (index % 2);
      const slotsIn = (project: string) =>
        [...held.values()].reduce(
          (sum, leases, index) =>
            sum + Math.min(slotsOf(index), leases.filter(({ run }) => projectOf.get(run) === project).length),
          0,
        );
      const dropEnded = () => {
        for (const [worker, leases] of held)
          held.set(
            worker,
            leases.filter(({ run }) => world.report(run).run?.status === "running"),
          );
      };
      let key = 0;
      for (const { step, worker: index, choice } of all) {
        const [worker, leases] = [...held][index] as [FakeWorker, Lease[]];
        const project = projects[choice % projects.length] ?? "c";
        if (step === "submit") {
          key += 1;
          const { run } = await submit(world, `run ${key}`, { project, count: 1 + (choice % 9), priority: choice });
          projectOf.set(run, project);
        } else if (step === "cancel") {
          const run = [...projectOf.keys()][choice % Math.max(1, projectOf.size)];
          if (run !== undefined) await world.scheduler.cancel(run, "no");
        } else if (step === "wait") {
          world.clock.advance(1000);
          for (const [one, its] of held) await one.heartbeat(its.map(({ fence }) => fence));
        } else if (step === "restart") {
          await world.restart();
          for (const [one, its] of held) await one.heartbeat(its.map(({ fence }) => fence));
        } else if (step === "end" && leases.length > 0) {
          const [first, ...rest] = leases as [Lease, ...Lease[]];
          held.set(worker, rest);
          await worker.run(first);
        } else if (step === "lose") {
          await worker.leave();
          held.set(worker, []);
          const again = await world.worker(`again ${(key += 1)}`, {}, slotsOf(index));
          const entries = [...held].map(([one, its]) => [one === worker ? again : one, its] as const);
          held.clear();
          for (const [one, its] of entries) held.set(one, its);
        } else if ((step === "ask" && leases.length < slotsOf(index)) || step === "ahead") {
          const dealt = leases.length <= slotsOf(index) ? await worker.lease() : [];
          held.set(worker, [...leases, ...dealt]);
          seen.dealt += dealt.length;
          // Free, and given nothing: whatever waits is of projects that have their quota.
          if (dealt.length === 0 && leases.length < slotsOf(index))
            for (const [run, of] of projectOf) {
              const isPending = world.report(run).tasks.some(({ status }) => status === "pending");
              if (!isPending) continue;
              seen.refused += 1;
              expect(slotsIn(of), `slots of ${of}`).toBe(quotas.get(of));
            }
        }
        dropEnded();
        for (const [project_, quota] of quotas) {
          expect(slotsIn(project_), `slots of ${project_}`).toBeLessThanOrEqual(quota);
          if (slotsIn(project_) === quota) seen.atQuota += 1;
        }
      }
    }),
    { numRuns: 12 },
  );
  // What is tried here must happen, or nothing is shown.
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
}, 60_000);
