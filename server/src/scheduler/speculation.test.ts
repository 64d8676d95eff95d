import { type Lease, runReportSchema } from "@shardwright/core";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDiskBlobs } from "../blobs/disk-blobs.ts";
import { RunEventReader } from "../events/run-events.ts";
import { buildReport } from "../reports/build-report.ts";
import { type FakeWorker, World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";

const files = (...names: string[]) => names.map((name) => `${name}.test.js`);
const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};

interface Straggling extends AsyncDisposable {
  readonly world: World;
  readonly run: string;
  /** Runs the one task, and has for far too long. */
  readonly slow: FakeWorker;
  readonly original: Lease;
  /** Has nothing to do. */
  readonly idle: FakeWorker;
}

async function straggling(
  submission: Parameters<typeof submissionOf>[1] = {},
  task: Parameters<typeof submissionOf>[0][number] = "a.test.js",
): Promise<Straggling> {
  const world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  slow.connect();
  idle.connect();
  const { run } = await world.scheduler.submit(submissionOf([task], submission));
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0)[0]);
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  await idle.heartbeat();
  return { world, run, slow, original, idle, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

test("an idle worker begins a straggler once more, and the first result counts: the duplicate's", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  expect(duplicate.tasks).toMatchObject([{ task: 0, attempt: 2 }]);
  await idle.run(duplicate);
  expect(slow.told).toEqual([`stop ${original.fence}`]);
  const { run: summary, attempts, cases, notices } = world.report(run);
  expect(attempts).toEqual(["0.1 superseded", "0.2 passed"]);
  expect(summary).toMatchObject({ verdict: "passed", account: { passed: 1, flaky: 0 }, cases: 1 });
  expect({ cases, notices }).toEqual({ cases: ["0.2 works passed"], notices: [] });
  expect(await slow.send(...eventsOf(original, 0).slice(1))).toEqual({
    accepted: 0,
    dropped: [
      { index: 0, reason: "stale" },
      { index: 1, reason: "stale" },
    ],
  });
  expect(world.scheduler.counters.attempts).toEqual({ superseded: 1, passed: 1 });
});

test("… or the original's, which then counts in every report", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  await idle.send({
    type: "cases",
    run,
    fence: duplicate.fence,
    task: 0,
    attempt: 2,
    first: 0,
    cases: [caseOf("x"), caseOf("y")],
  });
  expect(world.report(run).run?.cases).toBe(0);
  await slow.send(...eventsOf(original, 0, "passed", 12_000));
  expect(idle.told).toEqual([`stop ${duplicate.fence}`]);
  expect(world.report(run)).toMatchObject({
    run: { verdict: "passed", account: { passed: 1 }, cases: 1 },
    attempts: ["0.1 passed", "0.2 superseded"],
  });
  const blobs = await openDiskBlobs(join(world.directory, "blobs"), 1024 * 1024);
  const report = await buildReport(world.inside.queries, blobs, run, world.clock.now_ms());
  expect(runReportSchema.parse(report).tasks[0]?.attempts).toMatchObject([
    { attempt: 2, status: "superseded", duplicate: true, worker: "idle" },
    { attempt: 1, status: "passed", worker: "slow" },
  ]);
  expect(report.cases).toMatchObject({ total: 1, passed: 1, flaky: 0 });
  expect(report.cost).toMatchObject({ ideal_ms: 12_000, slots: 2 });
});

test("a worker that waits gets the duplicate when the time has come, and not before", async () => {
  await using world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  await world.scheduler.submit(submissionOf(files("a")));
  await slow.lease();
  const waiting = idle.poll(1, 14_000);
  let waited_ms = 0;
  for (; world.scheduler.gauges().leases < 2 && waited_ms < 14_000; waited_ms += 250) world.clock.advance(250);
  expect((await waiting).leases).toMatchObject([{ tasks: [{ task: 0, attempt: 2 }] }]);
  // The task should take a second, and so should the start of its framework.
  expect(waited_ms).toBeGreaterThan(3000);
  expect(waited_ms).toBeLessThan(10_000);
});

test.each([
  ["known", 10_000],
  ["unknown", 60_000],
] as const)(
  "in a folder that all workers share, one whose duration is %s is begun once more when it seems to hang",
  async (known, least_ms) => {
    await using world = await World.open();
    const slow = await world.worker("slow");
    const workspace = { kind: "dir", path: "/work" } as const;
    if (known === "known") {
      await world.scheduler.submit(submissionOf(files("a"), { run_key: "before", workspace }));
      await slow.run(only(await slow.lease()));
    }
    await world.scheduler.submit(submissionOf(files("a"), { workspace }));
    const original = only(await slow.lease());
    const idle = await world.worker("idle");
    const passed = async (time_ms: number) => {
      for (let rest_ms = time_ms; rest_ms > 0; rest_ms -= 2000) {
        world.clock.advance(Math.min(rest_ms, 2000));
        await slow.heartbeat([original.fence]);
        await idle.heartbeat();
      }
    };
    await passed(least_ms - 500);
    expect(await idle.lease()).toEqual([]);
    await passed(1000);
    expect(await idle.lease()).toMatchObject([{ tasks: [{ task: 0, attempt: 2 }] }]);
  },
);

test("what runs is watched by the sweep alone while nobody is idle", async () => {
  await using scene = await straggling();
  const { world, idle } = scene;
  await idle.lease();
  const after = world.clock.pending;
  world.clock.advance(1000);
  expect(world.clock.pending).toBe(after);
});

test.each([
  ["has side effects", {}, { file: "a.test.js", side_effects: true }],
  ["belongs to a run that wants no speculation", { options: { speculation: false } }, "a.test.js"],
  ["needs what the idle worker lacks", {}, { file: "a.test.js", requirements: { cpu: 4 } }],
] as const)("a task that %s is never duplicated", async (_, submission, task) => {
  await using world = await World.open();
  const slow = await world.worker("slow", { cpu: 4 });
  const idle = await world.worker("idle");
  const given = typeof task === "string" ? task : { ...task };
  await world.scheduler.submit(submissionOf([given], { ...submission }));
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0)[0]);
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  expect(await idle.lease()).toEqual([]);
});

test("nothing is duplicated while other work waits, though the idle worker had better not do it", async () => {
  await using world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b"), { options: { max_retries: 1 } }));
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0)[0]);
  const failing = only(await idle.lease());
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  await idle.run(failing, "errored");
  // For a moment the retry waits for somebody else.
  expect(await idle.lease()).toEqual([]);
  expect(world.report(run).attempts).toEqual(["0.1 running", "1.1 errored"]);
  world.clock.advance(world.options.avoidance_ms);
  expect(only(await idle.lease()).tasks).toMatchObject([{ task: 1, attempt: 2 }]);
});

test("another slot of the same worker is no other worker", async () => {
  await using world = await World.open();
  const one = await world.worker("one", {}, 2);
  await world.scheduler.submit(submissionOf(files("a")));
  await one.send(eventsOf(only(await one.lease()), 0)[0]);
  world.clock.advance(10_000);
  expect(await one.lease()).toEqual([]);
});

test("a task has one duplicate, even when that came to nothing, and a run has few", async () => {
  await using world = await World.open();
  const names = Array.from({ length: 6 }, (_, index) => `t${index}`);
  await world.scheduler.submit(submissionOf(files(...names)));
  const workers = await Promise.all(names.map((name) => world.worker(name)));
  for (const slow of workers) {
    const lease = only(await slow.lease());
    await slow.send(eventsOf(lease, lease.tasks[0]!.task)[0]);
  }
  world.clock.advance(10_000);
  const idle = await world.worker("idle", {}, 8);
  const duplicates: Lease[] = [];
  for (let left = await idle.lease(); left.length > 0; left = await idle.lease()) duplicates.push(...left);
  expect(duplicates).toHaveLength(4);
  const first = duplicates[0]!;
  const { task, attempt } = first.tasks[0]!;
  await idle.send({ type: "released", run: first.run, fence: first.fence, task, attempt, reason: "it drains" });
  expect(await idle.lease()).toEqual([]);
});

test("a duplicate is given up when there is other work for its worker", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  const other = await world.scheduler.submit(submissionOf(files("b"), { run_key: "other" }));
  expect(idle.told).toEqual([`stop ${duplicate.fence}`]);
  expect(world.report(run).attempts).toEqual(["0.1 running", "0.2 superseded"]);
  const next = only(await idle.lease());
  expect(next).toMatchObject({ run: other.run, tasks: [{ task: 0, attempt: 1 }] });
  await idle.run(next);
  await slow.run(original);
  expect(await idle.lease()).toEqual([]);
  expect(world.report(run)).toMatchObject({
    run: { verdict: "passed", account: { passed: 1, flaky: 0 } },
    attempts: ["0.1 passed", "0.2 superseded"],
  });
});

test("a duplicate is kept when somebody else is free for the other work", async () => {
  await using scene = await straggling();
  const { world, run, idle } = scene;
  const free = await world.worker("free");
  await idle.lease();
  const waiting = free.poll(1, 10_000);
  const other = await world.scheduler.submit(submissionOf(files("b"), { run_key: "other" }));
  expect((await waiting).leases).toMatchObject([{ run: other.run }]);
  expect(idle.told).toEqual([]);
  expect(world.report(run).attempts).toEqual(["0.1 running", "0.2 running"]);
});

test("when the worker of the original is lost, the duplicate becomes the attempt", async () => {
  await using world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  const breakConnection = slow.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { max_retries: 0 } }));
  const original = only(await slow.lease());
  await slow.send(...eventsOf(original, 0).slice(0, 2));
  world.clock.advance(10_000);
  const duplicate = only(await idle.lease());
  await idle.send(...eventsOf(duplicate, 0).slice(0, 1));
  breakConnection();
  world.clock.advance(world.options.reconnectGrace_ms);
  const third = await world.worker("third");
  expect(await third.lease()).toEqual([]);
  expect(world.report(run)).toMatchObject({ run: { cases: 0 }, attempts: ["0.1 lost", "0.2 running"] });
  // Somebody else has the task by now: the late answer of the lost worker is not taken.
  expect((await slow.send(eventsOf(original, 0)[2])).dropped).toEqual([{ index: 0, reason: "stale" }]);
  await idle.send(...eventsOf(duplicate, 0).slice(1));
  expect(world.report(run)).toMatchObject({
    run: { verdict: "passed", account: { passed: 1, flaky: 0 }, cases: 1 },
    attempts: ["0.1 lost", "0.2 passed"],
    notices: ["worker-lost"],
  });
});

test("when both workers are lost, the task runs again", async () => {
  await using world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  const breaks = [slow.connect(), idle.connect()];
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { max_retries: 0 } }));
  const original = only(await slow.lease());
  await slow.send(...eventsOf(original, 0).slice(0, 2));
  world.clock.advance(10_000);
  const duplicate = only(await idle.lease());
  await idle.send(...eventsOf(duplicate, 0).slice(0, 2));
  for (const breakConnection of breaks) breakConnection();
  world.clock.advance(world.options.reconnectGrace_ms);
  const third = await world.worker("third");
  await third.run(only(await third.lease()));
  expect(world.report(run)).toMatchObject({
    run: { verdict: "passed", account: { passed: 1, flaky: 0 }, cases: 1 },
    attempts: ["0.1 lost", "0.2 lost", "0.3 passed"],
  });
});

test("when the duplicate's worker is lost, the original goes on", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  await idle.send(eventsOf(duplicate, 0)[0]);
  await idle.leave();
  expect(world.report(run).attempts).toEqual(["0.1 running", "0.2 released"]);
  await slow.run(original);
  expect(world.report(run)).toMatchObject({ run: { verdict: "passed" }, attempts: ["0.1 passed", "0.2 released"] });
});

test.each([
  {
    max_retries: 1,
    attempts: ["0.1 superseded", "0.2 failed", "0.3 passed"],
    summary: { verdict: "passed", account: { flaky: 1 } },
  },
  { max_retries: 0, attempts: ["0.1 superseded", "0.2 failed"], summary: { verdict: "failed", account: { failed: 1 } } },
])(
  "a duplicate that fails first is judged as any failure, with $max_retries retries left",
  async ({ max_retries, ...expected }) => {
    await using scene = await straggling({ options: { max_retries } });
    const { world, run, slow, original, idle } = scene;
    await idle.run(only(await idle.lease()), "failed");
    expect(slow.told).toEqual([`stop ${original.fence}`]);
    world.clock.advance(world.options.retryPreference_ms);
    for (const lease of await slow.lease()) await slow.run(lease);
    const { run: summary, attempts } = world.report(run);
    expect(attempts).toEqual(expected.attempts);
    expect(summary).toMatchObject(expected.summary);
    expect(world.inside.queries.runs.byId(run)?.retries).toBe(max_retries);
  },
);

test("a failure that was seen is not hidden by another attempt that passes sooner", async () => {
  await using scene = await straggling({ options: { max_retries: 0 } });
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  await slow.send(eventsOf(original, 0, "failed")[1]);
  expect(idle.told).toEqual([`stop ${duplicate.fence}`]);
  expect((await idle.send(...eventsOf(duplicate, 0))).accepted).toBe(0);
  await slow.send(eventsOf(original, 0, "failed")[2]);
  expect(world.report(run)).toMatchObject({ run: { verdict: "failed" }, attempts: ["0.1 failed", "0.2 superseded"] });
});

test("an attempt that has shown a failure is not duplicated", async () => {
  await using world = await World.open();
  const slow = await world.worker("slow");
  const idle = await world.worker("idle");
  await world.scheduler.submit(submissionOf(files("a")));
  const original = only(await slow.lease());
  await slow.send(eventsOf(original, 0, "failed")[1]);
  world.clock.advance(10_000);
  expect(await idle.lease()).toEqual([]);
  await world.restart();
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  expect(await idle.lease()).toEqual([]);
});

test("cancelling stops both", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  await world.scheduler.cancel(run, "enough");
  expect([slow.told, idle.told]).toEqual([[`stop ${original.fence}`], [`stop ${duplicate.fence}`]]);
  expect(world.report(run)).toMatchObject({ run: { verdict: "cancelled" }, attempts: ["0.1 cancelled", "0.2 cancelled"] });
});

test("a restart in between loses nothing of either, and forgets no duplicate", async () => {
  await using scene = await straggling();
  const { world, run, slow, original, idle } = scene;
  const duplicate = only(await idle.lease());
  const cases = (lease: Lease, first: number, ...names: string[]) => {
    const { task, attempt } = lease.tasks[0]!;
    return { type: "cases", run, fence: lease.fence, task, attempt, first, cases: names.map((name) => caseOf(name)) } as const;
  };
  await slow.send(cases(original, 0, "a", "b"));
  await idle.send(cases(duplicate, 0, "a"));
  await world.restart();
  expect(await slow.heartbeat([original.fence])).toEqual({ stop: [], drain: false });
  expect(await idle.heartbeat([duplicate.fence])).toEqual({ stop: [], drain: false });
  expect((await idle.send(cases(duplicate, 0, "a", "b"))).dropped).toEqual([]);
  expect((await slow.send(cases(original, 3, "d"))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  const third = await world.worker("third");
  world.clock.advance(10_000);
  await slow.heartbeat([original.fence]);
  await idle.heartbeat([duplicate.fence]);
  expect(await third.lease()).toEqual([]);
  const end = { type: "finished", run, fence: duplicate.fence, task: 0, attempt: 2, outcome: "passed", duration_ms: 5 } as const;
  await idle.send({ ...end, cases: 2 });
  expect(await slow.heartbeat([original.fence])).toEqual({ stop: [original.fence], drain: false });
  expect(world.report(run)).toMatchObject({
    run: { verdict: "passed", account: { passed: 1 }, cases: 2 },
    attempts: ["0.1 superseded", "0.2 passed"],
    cases: ["0.1 a passed", "0.1 b passed", "0.2 a passed", "0.2 b passed"],
  });
});

test("who watches is told of duplicates and of what became of them", async () => {
  await using scene = await straggling();
  const { world, run, idle } = scene;
  await idle.run(only(await idle.lease()));
  const reader = new RunEventReader(run, world.inside.queries);
  const events = world.inside.ledger.history(run, 0, 100).flatMap((fact) => reader.read(fact) ?? []);
  expect(events).toMatchObject([
    { type: "submitted" },
    { type: "leased", worker_name: "slow", tasks: [{ task: 0, attempt: 1 }] },
    { type: "leased", worker_name: "idle", tasks: [{ task: 0, attempt: 2, duplicate: true }] },
    { type: "cases", attempt: 2 },
    { type: "attempt", attempt: 1, outcome: "superseded", task_status: "leased" },
    { type: "attempt", attempt: 2, outcome: "passed", task_status: "passed" },
    { type: "ended", verdict: "passed" },
  ]);
});
