import { type CaseResult, type Lease, type WorkerEvent, resumesSince, runReportSchema } from "@shardwright/core";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDiskBlobs } from "../blobs/disk-blobs.ts";
import { buildReport } from "../reports/build-report.ts";
import { factsUpTo } from "../testing/fact-versions.ts";
import { type FakeWorker, World, caseOf, submissionOf } from "../testing/world.ts";

const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};

interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly run: string;
  readonly one: FakeWorker;
  readonly two: FakeWorker;
  /** What the first worker was dealt. */
  readonly first: Lease;
}

/** A file whose first cases have been reported by a worker. */
async function begun(
  cases: readonly CaseResult[],
  { side_effects = false, ...options }: { max_retries?: number; side_effects?: boolean } = {},
): Promise<Scene> {
  const world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  for (const worker of [one, two]) worker.resumes = ["vitest"];
  const task = { file: "a.test.js", side_effects };
  const { run } = await world.scheduler.submit(submissionOf([task], { options: { max_retries: 0, ...options } }));
  const first = only(await one.lease());
  await one.send(...reports(first, cases));
  return { world, run, one, two, first, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

function baseOf({ run, fence, tasks }: Lease) {
  const { task, attempt } = only(tasks);
  return { run, fence, task, attempt };
}

function reports(lease: Lease, cases: readonly CaseResult[], first = 0) {
  return [
    { type: "started" as const, ...baseOf(lease) },
    ...(cases.length === 0 ? [] : [{ type: "cases" as const, ...baseOf(lease), first, cases: [...cases] }]),
  ];
}

/** All of an attempt, to its end. */
function whole(lease: Lease, cases: readonly CaseResult[], outcome: "passed" | "failed" | "errored" | "skipped" = "passed") {
  const failure = outcome === "failed" ? { failure: { kind: "assertion" as const, message: "1 is not 2" } } : {};
  const end = { type: "finished" as const, ...baseOf(lease), outcome, duration_ms: 50, cases: cases.length, ...failure };
  return [...reports(lease, cases), end];
}

const passed = (...names: string[]) => names.map((name) => caseOf(name));
const handBack = (worker: FakeWorker, lease: Lease) => worker.send({ type: "released", ...baseOf(lease), reason: "it drains" });
const finishedOf = (lease: Lease) => only(lease.tasks).finished?.map((path) => path.join(" > "));

async function lose(world: World, worker: FakeWorker): Promise<void> {
  worker.connect()();
  world.clock.advance(world.options.reconnectGrace_ms);
}

const attemptsOf = ({ world, run }: Scene) =>
  world.inside.queries.tasks.attempts(run).map(({ status, resumes }) => `${status}${resumes === null ? "" : ` from ${resumes}`}`);

test("a worker that takes over leaves out what the one before has finished, and both make one account", async () => {
  await using scene = await begun(passed("a", "b", "c"));
  const { world, run, one, two } = scene;
  await lose(world, one);
  const second = only(await two.lease());
  expect(finishedOf(second)).toEqual(["a", "b", "c"]);
  await two.send(...whole(second, passed("d", "e")));
  expect(attemptsOf(scene)).toEqual(["lost", "passed from 1"]);
  const { run: summary, cases } = world.report(run);
  expect(summary).toMatchObject({ verdict: "passed", cases: 5, account: { passed: 1, flaky: 0 } });
  expect(cases.filter((line) => line.startsWith("0.2"))).toEqual(["a", "b", "c", "d", "e"].map((name) => `0.2 ${name} passed`));
  const report = await buildReport(world.inside.queries, await openDiskBlobs(join(world.directory, "blobs"), 1e6), run, 0);
  expect(runReportSchema.parse(report).tasks[0]?.attempts.map(({ resumed }) => resumed)).toEqual([
    undefined,
    { attempt: 1, cases: 3 },
  ]);
  expect(report.cases).toMatchObject({ total: 5, passed: 5 });
  // What the rest took says nothing of the file.
  expect(world.inside.queries.timings.history("default").size).toBe(0);
});

test("what was handed back in the same breath as its last cases is known, and a case that is run again counts once", async () => {
  await using scene = await begun([]);
  const { world, run, one, two, first } = scene;
  const waiting = two.poll(1, 1000);
  await one.send(...reports(first, passed("a", "b")), { type: "released", ...baseOf(first), reason: "it drains" });
  const second = only((await waiting).leases);
  expect(finishedOf(second)).toEqual(["a", "b"]);
  await two.send(...whole(second, passed("b", "c")));
  expect(world.report(run).cases.filter((line) => line.startsWith("0.2"))).toEqual(
    ["a", "b", "c"].map((name) => `0.2 ${name} passed`),
  );
  expect(attemptsOf(scene)).toEqual(["released", "passed from 1"]);
});

test("several losses in a row: each goes on from the one before, a restart between any two of them", async () => {
  await using scene = await begun(passed("a"));
  const { world, run, one, two, first } = scene;
  await handBack(one, first);
  await world.restart();
  const second = only(await two.lease());
  expect(finishedOf(second)).toEqual(["a"]);
  await two.send(...reports(second, passed("b")));
  await world.restart();
  await handBack(two, second);
  const third = only(await one.lease());
  expect(finishedOf(third)).toEqual(["a", "b"]);
  // It comes to nothing itself, and is passed over.
  await handBack(one, third);
  await world.restart();
  const fourth = only(await two.lease());
  await two.send(...reports(fourth, passed("c")));
  await world.restart();
  const [, ...rest] = whole(fourth, passed("c", "d"));
  await two.send(...rest);
  expect(attemptsOf(scene)).toEqual(["released", "released from 1", "released from 2", "passed from 2"]);
  expect(world.report(run).cases.filter((line) => line.startsWith("0.4"))).toEqual(
    ["a", "b", "c", "d"].map((name) => `0.4 ${name} passed`),
  );
});

test("a case that failed before the loss stays failed, and is not run again for the loss", async () => {
  await using scene = await begun([caseOf("a"), caseOf("b", "failed")]);
  const { world, run, one, two } = scene;
  await lose(world, one);
  const second = only(await two.lease());
  expect(finishedOf(second)).toEqual(["a", "b"]);
  await two.send(...whole(second, passed("c")));
  expect(attemptsOf(scene)).toEqual(["lost", "failed from 1"]);
  const { run: summary, tasks } = world.report(run);
  expect(summary).toMatchObject({ verdict: "failed", cases: 3 });
  expect(tasks[0]).toMatchObject({ failures: 1, losses: 1 });
  expect(world.inside.queries.tasks.attempts(run)[1]?.failure?.message).toContain("the first of them b");
});

test("the test's own retry after that is of the whole file", async () => {
  await using scene = await begun([caseOf("a", "failed")], { max_retries: 1 });
  const { world, run, one, two } = scene;
  await lose(world, one);
  await two.send(...whole(only(await two.lease()), passed("b")));
  const third = only(await two.lease());
  expect(finishedOf(third)).toBeUndefined();
  await two.send(...whole(third, passed("a", "b")));
  expect(attemptsOf(scene)).toEqual(["lost", "failed from 1", "passed"]);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { flaky: 1 } });
});

test("all that failed for want of disk space runs again", async () => {
  const full = { ...caseOf("b", "failed"), message: "ENOSPC: no space left on device, write" };
  await using scene = await begun([caseOf("a"), full]);
  const { world, run, one, two } = scene;
  await lose(world, one);
  const second = only(await two.lease());
  expect(finishedOf(second)).toEqual(["a"]);
  await two.send(...whole(second, passed("b", "c")));
  expect(world.report(run).run).toMatchObject({ verdict: "passed", cases: 3 });
});

test.for(["failed", "errored"] as const)(
  "an attempt that took over and %s is no result: the whole file tells, at nobody's expense",
  async (outcome) => {
    await using scene = await begun(passed("a"));
    const { world, run, one, two } = scene;
    await lose(world, one);
    await two.send(...whole(only(await two.lease()), [caseOf("needs a", outcome)], outcome));
    await world.restart();
    const third = only(await two.lease());
    expect(finishedOf(third)).toBeUndefined();
    // Nor does another loss make it resume once more.
    await two.send(...reports(third, passed("a")));
    await handBack(two, third);
    const fourth = only(await two.lease());
    expect(finishedOf(fourth)).toBeUndefined();
    await two.send(...whole(fourth, passed("a", "needs a")));
    expect(attemptsOf(scene)).toEqual(["lost", `${outcome} from 1`, "released", "passed"]);
    const { run: summary, tasks } = world.report(run);
    expect(summary).toMatchObject({ verdict: "passed", cases: 2, account: { passed: 1, flaky: 0 } });
    expect(tasks[0]).toMatchObject({ failures: 0, losses: 1, failed_before: false });
    expect(world.inside.queries.runs.byId(run)?.retries).toBe(0);
    expect(world.inside.queries.tasks.attempts(run)[1]?.recovery).toMatchObject({ charged: "machine", because: "resumed" });
    // Only the loss is held against anybody.
    expect(world.inside.queries.breakers.all()).toMatchObject([{ name: "one" }]);
  },
);

const inParts = (failing = "b") =>
  [["a"], [failing]].map((names, index) => ({
    file: "a.test.js",
    key: `unit:a.test.js (part ${index + 1} of 2)`,
    part: { of: "unit:a.test.js", index, count: 2, expected_ms: 1000, cases: [names] },
  }));

test.for(["failed", "errored"] as const)(
  "a part of a file that %s is no result: the whole file tells, at nobody's expense, and is not dealt in parts again",
  async (outcome) => {
    await using world = await World.open();
    const one = await world.worker("one");
    const { run } = await world.scheduler.submit(submissionOf(inParts(), { options: { max_retries: 0 } }));
    const leases = [...(await one.lease()), ...(await one.lease())];
    for (const lease of leases) {
      const { task } = only(lease.tasks);
      await one.send(
        ...whole(lease, [caseOf(task === 0 ? "a" : "b", task === 0 ? "passed" : outcome)], task === 0 ? "passed" : outcome),
      );
    }
    expect(world.inside.queries.timings.failsInParts("default", "unit:a.test.js")).toBe(false);
    await world.restart();
    const again = only(await one.lease());
    expect(only(again.tasks)).toMatchObject({ task: 1, attempt: 2, whole: true });
    await one.send(...whole(again, passed("b")));
    const { run: summary, tasks } = world.report(run);
    expect(summary).toMatchObject({ verdict: "passed", cases: 2, account: { passed: 1, flaky: 0 } });
    expect(tasks[1]).toMatchObject({ failures: 0, failed_before: false });
    expect(world.inside.queries.breakers.all()).toEqual([]);
    expect(world.inside.queries.timings.failsInParts("default", "unit:a.test.js")).toBe(true);
    expect(world.inside.queries.timings.failsInParts("default", "unit:b.test.js")).toBe(false);
  },
);

test("a part whose failure its runner calls conclusive has failed: no run of the whole file undoes that", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(inParts().slice(1)));
  const lease = only(await one.lease());
  const failure = { kind: "assertion", message: "b is flaky", conclusive: true } as const;
  const [end, ...before] = whole(lease, [caseOf("b", "failed")], "failed").toReversed();
  await one.send(...before.toReversed(), { ...end, failure } as WorkerEvent);
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 1 } });
});

test("a part that is run twice at the same time has failed when the whole file says so, and not when the second of the two does", async () => {
  await using world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  const { run } = await world.scheduler.submit(submissionOf(inParts().slice(1), { options: { max_retries: 0 } }));
  const first = only(await one.lease());
  world.clock.advance(10_000);
  await one.heartbeat([first.fence]);
  const duplicate = only(await two.lease());
  expect(duplicate.tasks).toMatchObject([{ attempt: 2 }]);
  await two.send(...whole(duplicate, [], "errored"));
  await one.send(...whole(first, [caseOf("b", "failed")], "failed"));
  const [byOne] = await one.lease();
  const again = byOne ?? only(await two.lease());
  expect(only(again.tasks)).toMatchObject({ whole: true });
  await (byOne === undefined ? two : one).send(...whole(again, passed("b")));
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { flaky: 0 } });
});

test("a part that fails in the whole file, too, has failed; whether its tests need others is as open as it was", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(inParts().slice(1), { options: { max_retries: 0 } }));
  for (const names of [["b"], ["b"]]) {
    const lease = only(await one.lease());
    await one.send(
      ...whole(
        lease,
        names.map((name) => caseOf(name, "failed")),
        "failed",
      ),
    );
  }
  expect(world.report(run).run).toMatchObject({ verdict: "failed", account: { failed: 1 } });
  expect(world.inside.queries.timings.failsInParts("default", "unit:a.test.js")).toBe(false);
});

test("nothing that was left runs: what was taken over is the result", async () => {
  await using scene = await begun(passed("a", "b"));
  const { world, run, one, two } = scene;
  await lose(world, one);
  await two.send(...whole(only(await two.lease()), [], "skipped"));
  expect(world.report(run).run).toMatchObject({ verdict: "passed", cases: 2, account: { passed: 1, skipped: 0 } });
});

test("a worker, or a runner, that cannot leave out cases begins anew, and nothing is taken over", async () => {
  await using scene = await begun(passed("a", "named at random"));
  const { world, run, one, two } = scene;
  two.resumes = ["pytest"];
  await lose(world, one);
  const second = only(await two.lease());
  expect(finishedOf(second)).toBeUndefined();
  await two.send(...whole(second, passed("a", "b")));
  expect(attemptsOf(scene)).toEqual(["lost", "passed"]);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", cases: 2 });
});

test("while a member of the cluster knows no such facts, nothing resumes", async () => {
  await using world = await World.open({}, factsUpTo(resumesSince - 1));
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  for (const worker of [one, two]) worker.resumes = ["vitest"];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  const first = only(await one.lease());
  await one.send(...reports(first, passed("a")));
  await handBack(one, first);
  const second = only(await two.lease());
  expect(finishedOf(second)).toBeUndefined();
  await two.send(...whole(second, passed("a", "b")));
  expect(world.report(run).run).toMatchObject({ verdict: "passed", cases: 2 });
});

/** A worker idles while another has been at a file for far too long. */
async function straggling(scene: Scene): Promise<Lease[]> {
  const { world, one, two, first } = scene;
  world.clock.advance(10_000);
  await one.heartbeat([first.fence]);
  await two.heartbeat();
  return two.lease();
}

test("a duplicate of what is slow runs the rest only, and what the slow one says after that counts nowhere", async () => {
  await using scene = await begun(passed("a", "b"));
  const { world, run, one, two, first } = scene;
  one.connect();
  const duplicate = only(await straggling(scene));
  expect(finishedOf(duplicate)).toEqual(["a", "b"]);
  await one.send({ type: "cases", ...baseOf(first), first: 2, cases: passed("c") });
  await two.send(...whole(duplicate, passed("c", "d")));
  expect(one.told).toEqual([`stop ${first.fence}`]);
  const { dropped } = await one.send({ type: "cases", ...baseOf(first), first: 3, cases: passed("d") });
  expect(dropped.map(({ reason }) => reason)).toEqual(["stale"]);
  expect(attemptsOf(scene)).toEqual(["superseded", "passed from 1"]);
  expect(world.report(run).cases.filter((line) => line.startsWith("0.2"))).toEqual(
    ["a", "b", "c", "d"].map((name) => `0.2 ${name} passed`),
  );
});

test("a duplicate that fails for what it left out decides nothing: the one that has it all goes on", async () => {
  await using scene = await begun(passed("a"));
  const { world, run, one, two, first } = scene;
  const duplicate = only(await straggling(scene));
  await two.send(...whole(duplicate, [caseOf("needs a", "failed")], "failed"));
  const [, ...rest] = whole(first, passed("a", "needs a"));
  await one.send(...rest);
  expect(attemptsOf(scene)).toEqual(["passed", "failed from 1"]);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", cases: 2, account: { flaky: 0 } });
});

test("what has side effects is not begun beside itself, but resumes like all else", async () => {
  await using scene = await begun(passed("a"), { side_effects: true });
  const { world, one, two } = scene;
  expect(await straggling(scene)).toEqual([]);
  await lose(world, one);
  expect(finishedOf(only(await two.lease()))).toEqual(["a"]);
});

test("a run that is opened again begins its files anew", async () => {
  await using scene = await begun(passed("a"));
  const { world, one, two, first } = scene;
  await handBack(one, first);
  await world.scheduler.cancel(first.run, "enough");
  world.clock.advance(1);
  await world.scheduler.submit(submissionOf(["a.test.js"]));
  await world.restart();
  expect(finishedOf(only(await two.lease()))).toBeUndefined();
});

/** An attempt whose browser died under its last case. */
function browserLost(lease: Lease, cases: readonly CaseResult[]) {
  const failure = { kind: "browser-crash" as const, message: "chromium 156 is gone (browser has crashed)." };
  const end = { type: "finished" as const, ...baseOf(lease), outcome: "errored" as const, duration_ms: 50, failure };
  return [...reports(lease, cases), { ...end, cases: cases.length }];
}

const struck = (name: string) => ({ ...caseOf(name, "errored"), message: "The browser is gone (browser has crashed)." });

test.for([false, true])(
  "a browser that died costs what was under way in it, and no more (after a restart: %s)",
  async (restarts) => {
    await using scene = await begun([]);
    const { world, run, one, two, first } = scene;
    await one.send(...browserLost(first, [caseOf("a"), struck("b")]));
    if (restarts) await world.restart();
    const second = only(await two.lease());
    expect(finishedOf(second)).toEqual(["a"]);
    // Another browser dies, which is no doubt of what was left out.
    await two.send(...browserLost(second, [caseOf("b"), struck("c")]));
    if (restarts) await world.restart();
    world.clock.advance(60_000);
    const three = await world.worker("three");
    three.resumes = ["vitest"];
    const third = only(await three.lease());
    expect(finishedOf(third)).toEqual(["a", "b"]);
    await three.send(...whole(third, passed("c")));
    expect(attemptsOf(scene)).toEqual(["errored", "errored from 1", "passed from 2"]);
    const { run: summary, tasks, cases } = world.report(run);
    expect(summary).toMatchObject({ verdict: "passed", account: { passed: 1, flaky: 0 } });
    expect(cases.filter((line) => line.startsWith("0.3"))).toEqual(["a", "b", "c"].map((name) => `0.3 ${name} passed`));
    expect(tasks[0]).toMatchObject({ failures: 0, losses: 2 });
  },
);

test("what failed before the browser died stays failed", async () => {
  await using scene = await begun([]);
  const { world, run, one, two, first } = scene;
  await one.send(...browserLost(first, [caseOf("a", "failed"), struck("b")]));
  const second = only(await two.lease());
  expect(finishedOf(second)).toEqual(["a"]);
  await two.send(...whole(second, passed("b")));
  expect(world.report(run).run).toMatchObject({ verdict: "failed" });
});
