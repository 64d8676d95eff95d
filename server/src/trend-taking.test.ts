import { type CaseResult, factVersions, keeping, knownFacts } from "@shardwright/core";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { systemClock } from "./clock.ts";
import { SharedConfiguration } from "./configuration/shared-configuration.ts";
import { World, submissionOf } from "./testing/world.ts";
import { TrendTaking } from "./trend-taking.ts";
import { TrendWatch } from "./trends/trend-watch.ts";

const patience = { timeout: 20_000, interval: 10 };
/** A case and its point count for two; the first case has one more. */
const first = keeping.takenTogether / 2 + 1;
/** More than two facts' worth. */
const many = keeping.takenTogether + 200;
const log = pino({ level: "silent" });

const slowCases = (count: number): CaseResult[] =>
  Array.from({ length: count }, (_, index) => ({
    path: [`case ${index}`],
    ordinal: 0,
    status: "passed",
    duration_ms: 20 + index,
    retries: 0,
    ...(index === 0 && { metrics: [{ name: "latency", value: 3, unit: "ms", better: "lower" as const }] }),
  }));

/** A run of one file with many cases, and one with a single one, ended by its worker. */
async function playLargeRun(world: World, count = many): Promise<string> {
  const worker = await world.worker("one", {}, 2);
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js", "b.test.js"]));
  for (let done = 0; done < 2;) {
    for (const { fence, tasks } of await worker.lease(2)) {
      for (const { task, attempt } of tasks) {
        const base = { run, fence, task, attempt };
        const cases = slowCases(task === 0 ? count : 1);
        await worker.send({ type: "started", ...base });
        for (let first = 0; first < cases.length; first += 400)
          await worker.send({ type: "cases", ...base, first, cases: cases.slice(first, first + 400) });
        await worker.send({ type: "finished", ...base, outcome: "passed", duration_ms: 99, cases: cases.length });
        done += 1;
      }
    }
  }
  return run;
}

const figures = ({ inside: { client, queries } }: World) => {
  // What was applied is written before it is read.
  queries.runs.running();
  const { points, series } = client
    .prepare(
      "SELECT count(*) AS points, count(DISTINCT series) AS series FROM trend_points JOIN trend_sources ON id = source WHERE dropped = 0",
    )
    .get() as { points: number; series: number };
  return { points, series };
};
const next = async (world: World, run: string) => {
  await world.inside.ledger.append([{ type: "TrendsTaken", run }]);
  return world.inside.queries.runs.byId(run)?.trends_done;
};
const takeAll = async (world: World, run: string) => {
  for (let facts = 0; (await next(world, run)) !== true; facts += 1) expect(facts).toBeLessThan(10);
};
/** A series for each case and file, and one of what a case measured in each of the files. */
const all = (count = many) => ({ points: count + 1 + 2 + 2, series: count + 1 + 2 + 2 });
const begin = ({ inside: { ledger, queries } }: World) => new TrendTaking({ ledger, queries, clock: systemClock, log });

test("of a large run a few hundred points come with its end, and the rest after that, none lost and none doubled", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  expect(figures(world).points).toBe(first);
  expect(world.inside.queries.runs.byId(run)).toMatchObject({ status: "ended", trends_done: false });
  const taking = begin(world);
  await vi.waitFor(() => expect(world.inside.queries.runs.byId(run)?.trends_done).toBe(true), patience);
  await taking.close();
  expect(figures(world)).toEqual(all());
  expect(world.inside.client.prepare("SELECT count(*) AS n FROM trend_sources").get()).toEqual({ n: 1 });
  // One too many changes nothing.
  await next(world, run);
  expect(figures(world)).toEqual(all());
});

test("whoever leads next goes on where the points of a run were left", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  await next(world, run);
  const before = figures(world).points;
  expect(before).toBeLessThan(all().points);
  await world.restart();
  const taking = begin(world);
  await vi.waitFor(() => expect(world.inside.queries.runs.byId(run)?.trends_done).toBe(true), patience);
  await taking.close();
  expect(figures(world)).toEqual(all());
});

/** Time that passes at once; of each pause it is remembered how long it was. */
function hurried() {
  const pauses_ms: number[] = [];
  const after = (delay_ms: number, callback: () => void) => {
    pauses_ms.push(delay_ms);
    const soon = setImmediate(callback);
    return { cancel: () => clearImmediate(soon) };
  };
  return { pauses_ms, clock: { ...systemClock, after } };
}

test("what a run measured waits while the coordinator is busy, and not for ever", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  const { ledger, queries } = world.inside;
  const { pauses_ms, clock } = hurried();
  const taken: number[] = [];
  ledger.onApplied((facts) => {
    for (const { body } of facts) if (body.type === "TrendsTaken") taken.push(pauses_ms.filter((pause) => pause === 100).length);
  });
  const taking = new TrendTaking({ ledger, queries, clock, log, busy: () => 1 });
  await vi.waitFor(() => expect(queries.runs.byId(run)?.trends_done).toBe(true), patience);
  await taking.close();
  expect(taken.length).toBeGreaterThan(1);
  // Ten seconds in all, before the first of them.
  expect(new Set(taken)).toEqual(new Set([100]));
  expect(figures(world)).toEqual(all());
});

test("what a run measured is gone on with once the coordinator is busy no more", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  const { ledger, queries } = world.inside;
  const looks = [0, 1, 0, 1, 0, 0.2];
  const { pauses_ms, clock } = hurried();
  const taking = new TrendTaking({ ledger, queries, clock, log, busy: () => looks.shift() ?? 0 });
  await vi.waitFor(() => expect(queries.runs.byId(run)?.trends_done).toBe(true), patience);
  expect(pauses_ms.filter((pause) => pause === 100)).toHaveLength(2);
  await taking.close();
});

test("a busy coordinator that is closed does not wait with what runs measured", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  const { ledger, queries } = world.inside;
  const taking = new TrendTaking({ ledger, queries, clock: systemClock, log, busy: () => 1 });
  await taking.close();
  expect(queries.runs.byId(run)?.trends_done).toBe(true);
});

test("a run that is opened again half-way is gone through anew when it has ended", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  const { ledger, queries } = world.inside;
  await ledger.append([{ type: "RunReopened", run, tasks: [1], reason: "again" }]);
  // While it runs there is nothing to take.
  expect(await next(world, run)).toBe(false);
  expect(figures(world).points).toBe(first);
  await ledger.append([
    { type: "TasksSettled", run, tasks: [1], status: "cancelled", reason: "enough" },
    { type: "RunEnded", run, verdict: "cancelled", reason: "enough" },
  ]);
  expect(queries.runs.byId(run)).toMatchObject({ trends_done: false, trends_task: null });
  await takeAll(world, run);
  expect(figures(world)).toEqual(all());
});

test("a run is purged only when all its points are taken", async () => {
  await using world = await World.open();
  const run = await playLargeRun(world);
  const { queries } = world.inside;
  const later_ms = world.clock.now_ms() + 1;
  expect(queries.runs.endedBefore(later_ms, 10, true)).toEqual([]);
  expect(queries.runs.endedBefore(later_ms, 10, false)).toEqual([run]);
  await takeAll(world, run);
  expect(queries.runs.endedBefore(later_ms, 10, true)).toEqual([run]);
});

test("what is measured waits until all members know of trends", async () => {
  const { TrendsTaken: _, ...kinds } = factVersions.kinds;
  const older = knownFacts({ ...kinds, MetricsReported: 4 }, factVersions.additions, factVersions.dispensable);
  await using world = await World.open({}, older);
  const run = await playLargeRun(world, 10);
  expect(world.inside.queries.runs.byId(run)?.trends_done).toBe(false);
  expect(figures(world).points).toBe(0);
});

/** An upload, or a part of one, that adds `count` points to each of some series, a minute apart. */
function reported(
  upload: string,
  { series, begin_ms, count }: { readonly series: number; readonly begin_ms: number; readonly count: number },
  { part = 0, last = true } = {},
) {
  return {
    type: "MetricsReported" as const,
    project: "default",
    upload,
    part,
    last,
    sources: Array.from({ length: count }, (_, at) => ({
      at_ms: begin_ms + at * 60_000,
      hardware_class: "x",
      branch: "main",
    })),
    points: Array.from({ length: count * series }, (_, at) => ({
      source: Math.floor(at / series),
      test: `bench:${at % series}`,
      case: "",
      name: "duration",
      value: at,
      unit: "ms",
      better: "lower" as const,
    })),
  };
}
const fullDurations = keeping.rawDurations + keeping.slack;
const midnight_ms = 1_690_000_000_000 - (1_690_000_000_000 % 86_400_000);
const rowsOf = ({ inside: { client, queries } }: World) => {
  queries.runs.running();
  return client
    .prepare("SELECT rows FROM trend_series ORDER BY id")
    .all()
    .map(({ rows }) => Number(rows));
};

test("of many series that are full at once only some are rolled up with one fact, and in the end all are", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  const series = keeping.rolledTogether + 5;
  await ledger.append([reported("first", { series, begin_ms: midnight_ms, count: fullDurations })]);
  const due = queries.trends.due();
  expect(due.length).toBeLessThan(series);
  expect(due.length * fullDurations).toBeLessThanOrEqual(keeping.rolledRows);
  await ledger.append([{ type: "TrendsRolled", series: due }]);
  expect(rowsOf(world).filter((rows) => rows < fullDurations)).toHaveLength(due.length);
  const taking = begin(world);
  await vi.waitFor(() => expect(queries.trends.due()).toEqual([]), patience);
  await taking.close();
  expect(rowsOf(world).every((rows) => rows === keeping.rawDurations + 1)).toBe(true);
});

test("of a series with very many points so many are rolled up at a time, by whole days, and none of an upload before it is complete", async () => {
  await using world = await World.open();
  const { ledger, queries, client } = world.inside;
  const count = keeping.rolledPoints * 4;
  const [first, second] = [
    { series: 1, begin_ms: midnight_ms, count },
    { series: 1, begin_ms: midnight_ms + count * 60_000, count: 10 },
  ];
  await ledger.append([reported("large", first, { last: false })]);
  expect(queries.trends.due()).toEqual([1]);
  await ledger.append([{ type: "TrendsRolled", series: [1] }]);
  expect(rowsOf(world)).toEqual([count]);
  // It is not looked at again and again meanwhile.
  expect(queries.trends.due()).toEqual([]);
  await ledger.append([reported("large", second, { part: 1 })]);
  const seen: number[] = [];
  while (queries.trends.due().length > 0) {
    await ledger.append([{ type: "TrendsRolled", series: queries.trends.due() }]);
    seen.push(...rowsOf(world));
    expect(seen.length).toBeLessThan(10);
  }
  const gone = [count + 10, ...seen].map((rows, at) => rows - (seen[at] ?? rows)).slice(0, -1);
  expect(gone.every((points) => points > 0 && points <= keeping.rolledPoints)).toBe(true);
  // The last point of each day is that of the day; one day is longer than what is rolled up at a time.
  const days = Math.ceil((count + 10 - keeping.rawDurations) / (24 * 60));
  expect(seen.at(-1)).toBe(keeping.rawDurations + days);
  expect(client.prepare("SELECT sum(max(1, rolled)) AS points FROM trend_points").get()).toEqual({ points: count + 10 });
  expect(client.prepare("SELECT count(*) AS n, sum(points) AS p FROM trend_sources").get()).toEqual({
    n: seen.at(-1),
    p: seen.at(-1),
  });
});

test("what a dropped upload left in a full series goes, so much at a time", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  await ledger.append([
    reported("gone", { series: 1, begin_ms: midnight_ms, count: keeping.rolledPoints + 200 }, { last: false }),
    { type: "TrendsRolled", series: [1] },
    { type: "MetricsDropped", project: "default", upload: "gone" },
  ]);
  const taking = begin(world);
  await vi.waitFor(() => expect(rowsOf(world)).toEqual([0]), patience);
  await taking.close();
  expect(queries.trends.due()).toEqual([]);
});

test("of a project's commits the order of the newest is known, however many there are", async () => {
  await using world = await World.open();
  const { ledger, queries, client } = world.inside;
  const { commitsOfProject: kept, commitsSlack: slack } = keeping;
  const each = 1000;
  for (let from = 0; from < kept + 2 * slack; from += each)
    await ledger.append([
      {
        type: "MetricsReported",
        project: "default",
        upload: `commits from ${from}`,
        part: 0,
        last: true,
        // Those that come late are the oldest: of two branches, one commit after the other.
        sources: Array.from({ length: each }, (_, at) => ({
          at_ms: midnight_ms - from - at,
          hardware_class: "x",
          branch: at % 2 === 0 ? "main" : "next",
          commit: `c${from + at}`,
        })),
        points: [],
      },
    ]);
  queries.runs.running();
  const { count, oldest } = client.prepare("SELECT count(*) AS count, min(first_ms) AS oldest FROM trend_commits").get() as {
    count: number;
    oldest: number;
  };
  expect(count).toBeLessThan(kept + slack);
  expect(oldest).toBeGreaterThan(midnight_ms - kept - slack);
  expect(queries.alerts.history("default", "main").at(-1)).toBe("c0");
});

test("whoever waits until all is judged waits for the last points of a run, too", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  const run = await playLargeRun(world);
  const configuration = new SharedConfiguration({ ledger, queries, flags: {} });
  const watch = new TrendWatch({ ledger, queries, configuration, clock: systemClock, log });
  expect(await watch.settle(200)).toBe(false);
  const taking = begin(world);
  expect(await watch.settle(20_000)).toBe(true);
  expect(queries.runs.byId(run)?.trends_done).toBe(true);
  await taking.close();
  await watch.close();
});
