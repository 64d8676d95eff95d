import { type CaseResult, type Metric, type MetricsPart, type TrendPoint, keeping } from "@shardwright/core";
import { expect, test } from "vitest";
import { dropMetrics, dropStaleUploads, renameTest, takeMetrics } from "./reported-metrics.ts";
import { type FakeWorker, World, submissionOf } from "./testing/world.ts";

const day_ms = 86_400_000;
const latency = (value: number, more: Partial<Metric> = {}): Metric => ({
  name: "latency",
  value,
  unit: "ms",
  better: "lower",
  ...more,
});
const result = (name: string, duration_ms: number, more: Partial<CaseResult> = {}): CaseResult => ({
  path: [name],
  ordinal: 0,
  status: "passed",
  duration_ms,
  retries: 0,
  ...more,
});

interface Played {
  readonly cases: readonly CaseResult[];
  readonly outcome?: "passed" | "failed";
  readonly took_ms?: number;
}

/** Runs the one file of a submission, an attempt for each of what is given. */
async function play(
  world: World,
  worker: FakeWorker,
  run_key: string,
  attempts: readonly Played[],
  context = {},
  key = "unit:a.test.js",
) {
  const { run } = await world.scheduler.submit(
    submissionOf([{ file: "a.test.js", key }], { run_key, context: { commit: run_key, branch: "main", ...context } }),
  );
  for (const { cases, outcome = "passed", took_ms = 100 } of attempts) {
    const [lease] = await worker.lease();
    const [leased] = lease?.tasks ?? [];
    if (lease === undefined || leased === undefined) throw new Error("nothing was leased");
    const base = { run, fence: lease.fence, task: leased.task, attempt: leased.attempt };
    await worker.send(
      { type: "started", ...base },
      { type: "cases", ...base, first: 0, cases: [...cases] },
      {
        type: "finished",
        ...base,
        outcome,
        duration_ms: took_ms,
        cases: cases.length,
        ...(outcome === "failed" && { failure: { kind: "assertion", message: "no" } }),
      },
    );
  }
  return run;
}

const list = (world: World, filter = {}) =>
  world.inside.queries.trends
    .list(filter, 0, 100)
    .series.map(({ test: file, case: name, name: metric, unit, points, marked, last }) =>
      [file, name, metric, unit, `${points}-${marked}`, last?.value].join("|"),
    );

function pointsOf(world: World, filter: { test?: string; metric?: string }): TrendPoint[] {
  const [series] = world.inside.queries.trends.list(filter, 0, 2).series;
  if (series === undefined) throw new Error("no such series");
  return world.inside.queries.trends.points(series.id, undefined, 0, 5000);
}

const upload = (name: string, part: number, more: Partial<Omit<MetricsPart, "upload" | "part">> = {}) => ({
  project: "default",
  upload: name,
  part,
  last: false,
  sources: [{ at_ms: 1_699_000_000_000, hardware_class: "linux-x64-2cpu", commit: "c1", branch: "main", machine: "m1" }],
  points: [{ source: 0, test: "bench:sort", case: "quick", ...latency(3) }],
  ...more,
});
const partsOf = ({ inside: { ledger, queries }, clock }: World) => ({ ledger, queries, clock });

test("durations above the floor and metrics of a run become series, once the run has ended", async () => {
  await using world = await World.open();
  const worker = await world.worker("one", { details: { processor: "AMD EPYC 7763 64-Core Processor" } });
  await play(world, worker, "c1", [
    {
      cases: [
        result("slow", 40),
        result("quick", 2),
        result("measures", 1, { metrics: [latency(7, { replicates: [6, 7, 9] })] }),
      ],
    },
  ]);
  expect(list(world)).toEqual([
    "unit:a.test.js|slow|duration|ms|1-0|40",
    "unit:a.test.js|measures|latency|ms|1-0|7",
    "unit:a.test.js||duration|ms|1-0|100",
  ]);
  const [point] = pointsOf(world, { metric: "latency" });
  expect(point).toMatchObject({ count: 3, spread: 1, replicates: [6, 7, 9], commit: "c1", branch: "main", machine: "one" });
  expect(world.inside.queries.trends.list({}, 0, 1).series[0]?.hardware_class).toBe("linux-x64-2cpu-amd-epyc-7763");
  // A test that has become fast goes on being seen; one that never was slow does not begin.
  await play(world, worker, "c2", [{ cases: [result("slow", 3), result("quick", 2)] }]);
  expect(list(world, { metric: "duration" })).toEqual([
    "unit:a.test.js|slow|duration|ms|2-0|3",
    "unit:a.test.js||duration|ms|2-0|100",
  ]);
});

test("the floor is what the cluster agrees on", async () => {
  await using world = await World.open();
  await world.inside.ledger.append([{ type: "SettingChanged", key: "trends-floor", value: 1 }]);
  await play(world, await world.worker("one"), "c1", [{ cases: [result("quick", 2), result("quicker", 0.5)] }]);
  expect(list(world, { test: "quick*" })).toEqual(["unit:a.test.js|quick|duration|ms|1-0|2"]);
});

test("what failed, was retried or is not whole is marked", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const good = { cases: [result("works", 20), result("half", 30, { metrics: [latency(1, { partial: true })] })] };
  const bad = { cases: [result("works", 25, { status: "failed" })], outcome: "failed" as const };
  await play(world, worker, "c1", [good]);
  await play(world, worker, "c2", [bad, good]);
  await play(world, worker, "c3", [bad, bad, bad, bad]);
  const marks = (filter: { test?: string; metric?: string }) =>
    pointsOf(world, filter).map(({ commit, value, mark }) => `${commit} ${value} ${mark}`);
  expect(marks({ test: "works" })).toEqual(["c1 20 undefined", "c2 20 retried", "c3 25 failed"]);
  expect(marks({ metric: "latency" })).toEqual(["c1 1 partial", "c2 1 retried"]);
  expect(list(world, { test: "works" })).toEqual(["unit:a.test.js|works|duration|ms|3-2|20"]);
});

test("a run that is opened again counts once", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const run = await play(world, worker, "c1", [{ cases: [result("works", 20)] }]);
  const other = await world.worker("two");
  await world.inside.ledger.append([
    { type: "RunReopened", run, tasks: [0], reason: "again" },
    { type: "TasksLeased", run, worker: other.id, fence: 99, tasks: [{ task: 0, attempt: 2 }] },
    { type: "CasesFinished", run, task: 0, attempt: 2, first: 0, cases: [result("works", 22)] },
    { type: "AttemptFinished", run, task: 0, attempt: 2, outcome: "passed", task_status: "passed", duration_ms: 50 },
    { type: "RunEnded", run, verdict: "passed", reason: "all passed" },
    { type: "TrendsTaken", run },
  ]);
  expect(pointsOf(world, { test: "works" }).map(({ value, machine }) => `${value} ${machine}`)).toEqual(["22 two"]);
});

test("an upload is seen when its last part has come, and what is sent twice counts once", async () => {
  await using world = await World.open();
  const parts = partsOf(world);
  expect(await takeMetrics(parts, upload("upload-1", 0))).toMatchObject({ parts: 1, points: 1, complete: false });
  expect(list(world)).toEqual([]);
  // The same part again, as after an answer that was lost.
  expect(await takeMetrics(parts, upload("upload-1", 0))).toMatchObject({ parts: 1, points: 1 });
  const last = {
    last: true,
    points: [{ source: 0, test: "bench:sort", case: "quick", ...latency(4, { dimensions: { size: "big" } }) }],
  };
  expect(await takeMetrics(parts, upload("upload-1", 1, last))).toMatchObject({ parts: 2, points: 2, complete: true });
  expect(await takeMetrics(parts, upload("upload-1", 0))).toMatchObject({ parts: 2, points: 2, complete: true });
  expect(list(world)).toEqual(["bench:sort|quick|latency|ms|1-0|3", "bench:sort|quick|latency|ms|1-0|4"]);
  await world.restart();
  expect(list(world)).toHaveLength(2);
  expect(pointsOf(world, { test: "sort > quick" })).toEqual([
    { at_ms: 1_699_000_000_000, value: 3, count: 1, commit: "c1", branch: "main", machine: "m1" },
  ]);
});

test("a point that comes twice in an upload counts once", async () => {
  await using world = await World.open();
  const points = [latency(3), latency(5)].map((metric) => ({ source: 0, test: "bench:sort", case: "", ...metric }));
  expect(await takeMetrics(partsOf(world), upload("upload-1", 0, { last: true, points }))).toMatchObject({
    points: 1,
    duplicates: 1,
  });
  expect(list(world)).toEqual(["bench:sort||latency|ms|1-0|3"]);
});

test("an upload that is given up leaves nothing, and its name can be used again", async () => {
  await using world = await World.open();
  const parts = partsOf(world);
  await takeMetrics(parts, upload("upload-1", 0));
  await dropMetrics(parts, { upload: "upload-1" });
  expect(list(world)).toEqual([]);
  await takeMetrics(
    parts,
    upload("upload-1", 0, { last: true, points: [{ source: 0, test: "bench:sort", case: "quick", ...latency(8) }] }),
  );
  expect(list(world)).toEqual(["bench:sort|quick|latency|ms|1-0|8"]);
  await expect(dropMetrics(parts, { upload: "upload-1" })).rejects.toMatchObject({ code: "bad-request" });
});

test("uploads that nobody goes on with are dropped", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  await takeMetrics(partsOf(world), upload("upload-1", 0));
  await dropStaleUploads(ledger, queries, world.clock.now_ms());
  expect(queries.trends.upload("default", "upload-1")).toBeDefined();
  world.clock.advance(2 * day_ms);
  await dropStaleUploads(ledger, queries, world.clock.now_ms());
  expect(queries.trends.upload("default", "upload-1")).toBeUndefined();
});

test.each([
  ["a part too early", upload("upload-1", 1), /part 0 of the upload is the next one/],
  ["the future", upload("upload-1", 0, { sources: [{ at_ms: 2e12, hardware_class: "x" }] }), /sources\.0\.at_ms: 2033/],
  ["no source", upload("upload-1", 0, { sources: [] }), /points\.0\.source: there are 0 sources/],
  [
    "a negative time",
    upload("upload-1", 0, { points: [{ source: 0, test: "t", case: "", ...latency(-1) }] }),
    /cannot be negative/,
  ],
])("%s is refused, and changes nothing", async (_what, request, message) => {
  await using world = await World.open();
  await expect(takeMetrics(partsOf(world), request)).rejects.toThrow(message);
  expect(world.inside.queries.trends.upload("default", "upload-1")).toBeUndefined();
});

test("a test that is renamed keeps its history", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  await play(world, worker, "c1", [{ cases: [result("works", 20)] }]);
  await play(world, worker, "c2", [{ cases: [result("works well", 21)] }]);
  const names = { from: { test: "unit:a.test.js", case: "works" }, to: { test: "unit:a.test.js", case: "works well" } };
  expect(await renameTest(partsOf(world), { project: "default", ...names })).toEqual({ series: 1 });
  expect(pointsOf(world, { test: "works well" }).map(({ value }) => value)).toEqual([20, 21]);
  expect(list(world, { test: "works" })).toEqual([]);
  await expect(renameTest(partsOf(world), { project: "default", ...names })).rejects.toMatchObject({ code: "not-found" });
  const files = { from: { test: "unit:a.test.js", case: "" }, to: { test: "unit:b.test.js", case: "" } };
  expect(await renameTest(partsOf(world), { project: "default", ...files })).toEqual({ series: 2 });
  expect(list(world)).toEqual(
    ["unit:b.test.js||duration|ms|2-0|100", "unit:b.test.js|works well|duration|ms|2-0|21"].toSorted().toReversed(),
  );
});

test("old points are rolled up to a median for each day and branch, and those of proposed changes go", async () => {
  await using world = await World.open();
  const { inside } = world;
  const many = keeping.rawMetrics + keeping.slack;
  const begin_ms = 1_690_000_000_000 - (1_690_000_000_000 % day_ms);
  // Ten a day, the value of each its place in the day.
  const facts = Array.from({ length: many / 10 }, (_, day) => ({
    type: "MetricsReported" as const,
    ...upload(`upload-${day}`, 0, { last: true }),
    sources: Array.from({ length: 10 }, (_each, at) => ({
      at_ms: begin_ms + day * day_ms + at * 1000,
      hardware_class: "x",
      branch: "main",
      machine: "m",
    })),
    points: Array.from({ length: 10 }, (_each, at) => ({ source: at, test: "bench:sort", case: "", ...latency(at) })),
  }));
  await inside.ledger.append(facts);
  expect(pointsOf(world, {})).toHaveLength(many);
  await inside.ledger.append([{ type: "TrendsRolled", series: inside.queries.trends.due() }]);
  const points = pointsOf(world, {});
  expect(points.length).toBe(keeping.rawMetrics + keeping.slack / 10);
  expect(points[0]).toMatchObject({ value: 4.5, count: 10, rolled: 10, at_ms: begin_ms + 9000 });
  expect(points.filter(({ rolled }) => rolled !== undefined)).toHaveLength(10);
  const sources = inside.client.prepare("SELECT count(*) AS n, sum(points) AS p FROM trend_sources").get();
  expect(sources).toEqual({ n: points.length, p: points.length });
});
