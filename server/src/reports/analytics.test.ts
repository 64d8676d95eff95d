import { type CaseResult, day_ms } from "@shardwright/core";
import { expect, test } from "vitest";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";
import { analyticsCost, analyticsFailures, analyticsFlaky, analyticsFleet, analyticsTests, analyticsTime } from "./analytics.ts";

const hour_ms = 3_600_000;
const result = (name: string, duration_ms: number, status: CaseResult["status"] = "passed"): CaseResult => ({
  path: [name],
  ordinal: 0,
  status,
  duration_ms,
  retries: 0,
  ...(status === "failed" && { message: "expected 1 to be 2" }),
});

interface Played {
  readonly cases: readonly CaseResult[];
  readonly took_ms: number;
  readonly outcome?: "passed" | "failed";
}

/** Runs what is leased next, for as long as it says. */
async function playNext(world: World, worker: FakeWorker, { cases, took_ms, outcome = "passed" }: Played): Promise<void> {
  const [lease] = await worker.lease();
  const [leased] = lease?.tasks ?? [];
  if (lease === undefined || leased === undefined) throw new Error("nothing was leased");
  const base = { run: lease.run, fence: lease.fence, task: leased.task, attempt: leased.attempt };
  world.clock.advance(took_ms);
  await worker.send(
    { type: "started", ...base },
    { type: "cases", ...base, first: 0, cases: [...cases] },
    {
      type: "finished",
      ...base,
      outcome,
      duration_ms: took_ms,
      cases: cases.length,
      ...(outcome === "failed" && { failure: { kind: "assertion", message: "expected 1 to be 2" } }),
    },
  );
}

const good = { cases: [result("adds", 600)], took_ms: 1000 };
const bad = { cases: [result("adds", 100, "failed")], took_ms: 200, outcome: "failed" as const };

/** A run of one file that fails once and then passes; its first test waits for half a second. */
async function playFlaky(world: World, worker: FakeWorker, run_key: string, project = "shop"): Promise<string> {
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { run_key, project }));
  world.clock.advance(500);
  await playNext(world, worker, bad);
  await playNext(world, worker, good);
  return run;
}

/** Lets time pass while no coordinator looks at it. */
async function sleep(world: World, duration_ms: number): Promise<void> {
  await world.stop();
  world.clock.advance(duration_ms);
  await world.start();
}

const asked = { project: "shop", days: 7, offset: 0, limit: 10 };
const inside = ({ inside: { queries }, clock }: World) => [queries, clock.now_ms()] as const;

test("the time of runs is shared out, and compared with what serial runs take", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  await playFlaky(world, worker, "one");
  await playFlaky(world, worker, "other", "site");
  const [queries, now_ms] = inside(world);
  const figures = {
    runs: 1,
    passed: 1,
    wall_ms: 1700,
    wait_ms: 500,
    serial_ms: 1000,
    cases_ms: 600,
    setup_ms: 400,
    retry_ms: 200,
    retries: 1,
    saved_ms: -700,
  };
  const { total, days } = analyticsTime(queries, asked, now_ms);
  expect(total).toEqual(figures);
  expect(days).toEqual([{ at_ms: now_ms - (now_ms % day_ms), ...figures }]);
  expect(analyticsTime(queries, { ...asked, project: "nobody" }, now_ms)).toMatchObject({ total: { runs: 0 }, days: [] });
});

test("files are ordered by what they took, with their slowest cases", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  await playFlaky(world, worker, "one");
  await world.scheduler.submit(submissionOf(["quick.test.js"], { run_key: "two", project: "shop" }));
  await playNext(world, worker, { cases: [result("is quick", 50)], took_ms: 1300 });
  const [queries, now_ms] = inside(world);
  const order = (by: "total" | "typical" | "setup" | "retries") =>
    analyticsTests(queries, { ...asked, by }, now_ms).tests.map(({ test: file }) => file);
  expect(order("total")).toEqual(["unit:quick.test.js", "unit:a.test.js"]);
  expect(order("setup")).toEqual(["unit:quick.test.js", "unit:a.test.js"]);
  expect(order("retries")).toEqual(["unit:a.test.js", "unit:quick.test.js"]);
  const first = analyticsTests(queries, { ...asked, by: "total", limit: 1 }, now_ms);
  expect(first).toMatchObject({
    tests: [{ test: "unit:quick.test.js", runs: 1, total_ms: 1300, typical_ms: 1300, setup_ms: 1250, failed: 0, flaky: 0 }],
    next: 1,
  });
  const second = analyticsTests(queries, { ...asked, by: "total", offset: 1 }, now_ms);
  expect(second.next).toBeUndefined();
  // Only a case that was tried again is marked, and left out.
  expect(first.cases).toMatchObject([{ test: "unit:quick.test.js", case: "is quick", typical_ms: 50, points: 1 }]);
  expect(second.cases).toEqual([]);
});

test("flaky files and ways to fail are counted, over the weeks, and stay when their runs are purged", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const first = await playFlaky(world, worker, "one");
  await sleep(world, 8 * day_ms);
  const late = await world.worker("two");
  const second = await playFlaky(world, late, "two");
  expect(await world.scheduler.purge([first, second])).toHaveLength(2);
  const [queries, now_ms] = inside(world);
  expect(queries.runs.list({ limit: 5 }).runs).toEqual([]);
  const month = { ...asked, days: 30 };
  expect(analyticsFlaky(queries, month, now_ms).tests).toEqual([
    { test: "unit:a.test.js", flaky: 2, runs: 2, retry_ms: 400, last_at_ms: now_ms - (now_ms % day_ms) },
  ]);
  expect(analyticsFlaky(queries, asked, now_ms).tests).toMatchObject([{ flaky: 1 }]);
  const { weeks, clusters } = analyticsFailures(queries, month, now_ms);
  expect(clusters).toMatchObject([{ kind: "assertion", runs: 2, cases: 2 }]);
  expect(clusters[0]?.by_week).toHaveLength(weeks.length);
  expect(clusters[0]?.by_week.filter((runs) => runs > 0)).toEqual([1, 1]);
});

test("a run that is opened again counts each of its tests once, and what runs again beside it", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const submission = submissionOf(["a.test.js", "b.test.js"], { run_key: "one", project: "shop", options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  await playNext(world, worker, good);
  await playNext(world, worker, bad);
  world.clock.advance(10_000);
  expect(await world.scheduler.submit(submission)).toMatchObject({ run });
  await playNext(world, worker, good);
  const [queries, now_ms] = inside(world);
  expect(analyticsTime(queries, asked, now_ms).total).toMatchObject({ runs: 2, passed: 1, serial_ms: 2200, wall_ms: 2200 });
  const { tests } = analyticsTests(queries, { ...asked, by: "total" }, now_ms);
  expect(tests.map(({ test: file, runs, total_ms, failed }) => [file, runs, total_ms, failed])).toEqual([
    ["unit:b.test.js", 2, 1200, 1],
    ["unit:a.test.js", 1, 1000, 0],
  ]);
  expect(analyticsFailures(queries, asked, now_ms).clusters).toMatchObject([{ runs: 1 }]);
});

test("the fleet is told with what was used of it, and with prices with what that cost", async () => {
  await using world = await World.open();
  const worker = await world.worker("one", { tags: ["gpu"] }, 2);
  await playFlaky(world, worker, "one");
  await playFlaky(world, worker, "two", "site");
  await sleep(world, hour_ms - 3400);
  await world.inside.ledger.append([{ type: "WorkerGone", worker: worker.id, status: "left", reason: "it was told to" }]);
  await sleep(world, day_ms);
  const [queries, now_ms] = inside(world);
  const used = { offered_ms: 2 * hour_ms, busy_ms: 2400, own_ms: 1200, worker_hours: 1 };
  expect(analyticsFleet(queries, asked, now_ms)).toMatchObject({
    total: used,
    classes: [{ ...used, hardware_class: "linux-x64-2cpu" }],
  });
  const none = { prices: [], currency: "EUR" };
  expect(analyticsCost(queries, asked, now_ms, none)).toMatchObject({ currency: null, days: [], classes: [] });
  const cost = analyticsCost(queries, asked, now_ms, { prices: ["gpu=3.60"], currency: "EUR" });
  expect(cost).toMatchObject({ currency: "EUR", total: { fleet: 3.6, unpriced_hours: 0 } });
  // 1.2 s of one of two slots.
  expect(cost.total?.used).toBeCloseTo(0.0006, 9);
  expect(cost.per_run).toBeCloseTo(0.0006, 9);
});

test("figures of long ago go when runs are purged", async () => {
  await using world = await World.open();
  await playFlaky(world, await world.worker("one"), "one");
  const rows = () =>
    ["run_figures", "file_days", "worker_use", "failure_days"].map(
      (table) => world.inside.client.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"],
    );
  const purge = async () => {
    await world.inside.ledger.append([{ type: "RunsPurged", runs: ["r-0000000000000000"] }]);
    world.inside.queries.runs.running();
  };
  await sleep(world, 399 * day_ms);
  await purge();
  expect(rows()).toEqual([1, 1, 1, 1]);
  await sleep(world, 3 * day_ms);
  await purge();
  expect(rows()).toEqual([0, 0, 0, 0]);
});
