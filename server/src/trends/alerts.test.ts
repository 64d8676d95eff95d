import { type MetricsPart, type TrendAlert, failoverProfiles } from "@shardwright/core";
import { describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import type { Coordinator } from "../coordinator.ts";
import { Coordinators, call } from "../testing/coordinators.ts";
import { seededNormal } from "../testing/noise.ts";

const hour_ms = 3_600_000;
const began_ms = Date.now() - 10 * 24 * hour_ms;

/** One upload: what some series measured at each of some commits, an hour apart. */
function partOf(
  name: string,
  { from, until, series }: { readonly from: number; readonly until: number; readonly series: readonly string[] },
  valueOf: (series: string, commit: number) => number,
  more: Partial<MetricsPart> = {},
) {
  const commits = Array.from({ length: until - from }, (_, at) => from + at);
  return {
    upload: `upload-${name}`,
    part: 0,
    last: true,
    sources: commits.map((commit) => ({
      at_ms: began_ms + commit * hour_ms,
      hardware_class: "linux-x64-2cpu",
      commit: `c${commit}`,
      branch: "main",
      machine: "m1",
    })),
    points: commits.flatMap((commit, source) =>
      series.map((test) => ({
        source,
        test: "bench:sort",
        case: test,
        name: "latency",
        unit: "ms",
        better: "lower" as const,
        value: valueOf(test, commit),
      })),
    ),
    ...more,
  };
}

const send = async (coordinator: Coordinator, part: object, token?: string) => {
  const answer = await call(coordinator, "POST", "/api/v1/metrics", part, token);
  expect(answer.status).toBe(200);
};
const judge = async (coordinator: Coordinator, project = "default") => {
  const answer = await call(coordinator, "POST", "/api/v1/trends/judge", { project, wait_ms: 60_000 });
  expect(answer).toMatchObject({ status: 200, body: { settled: true } });
  return answer.body as { series: number; judgeable: number };
};
const alertsOf = async (coordinator: Coordinator, query = "") =>
  (await call(coordinator, "GET", `/api/v1/trends/alerts${query}`)).body.alerts as TrendAlert[];

const names = Array.from({ length: 12 }, (_, at) => `case ${at}`);
const normals = () => {
  const sources = new Map(names.map((name, at) => [name, seededNormal(at + 1)]));
  return (name: string) => sources.get(name)?.() ?? 0;
};

describe("alerts", () => {
  test("a change is one alert over all its series, grows, is acknowledged, and ends when all are back", async () => {
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a");
    const normal = normals();
    const level = (name: string, commit: number) =>
      ["case 1", "case 4"].includes(name) && commit >= 40 && commit < 80 ? 130 : 100;
    const valueOf = (name: string, commit: number) => level(name, commit) + normal(name);
    await send(coordinator, partOf("one", { from: 0, until: 40, series: names }, valueOf));
    expect(await judge(coordinator)).toMatchObject({ series: 12, judgeable: 12 });
    expect(await alertsOf(coordinator)).toEqual([]);

    // One of the two shows it earlier than the other.
    await send(coordinator, partOf("two", { from: 40, until: 60, series: names.filter((name) => name !== "case 4") }, valueOf));
    await judge(coordinator);
    const [opened, ...others] = await alertsOf(coordinator);
    expect(others).toEqual([]);
    expect(opened).toMatchObject({
      project: "default",
      branch: "main",
      state: "open",
      judgement: "regression",
      infrastructure: false,
      commits: ["c40"],
      last_good: "c39",
      series_count: 1,
      series: [{ test: "bench:sort", case: "case 1", name: "latency", direction: "up", last_good: "c39", first_bad: "c40" }],
    });
    const analysis = `/api/v1/trends/series/${opened?.series[0]?.series}/analysis`;
    const { body: analysed } = await call(coordinator, "GET", `${analysis}?points=true`);
    expect(analysed).toMatchObject({ points: 60, changes: [{ index: 40 }] });
    expect(analysed.analysed).toHaveLength(60);
    expect(analysed.analysed[40]).toMatchObject({ commit: "c40", machine: "m1" });
    expect((await call(coordinator, "GET", analysis)).body).not.toHaveProperty("analysed");
    expect(opened?.series[0]?.relative?.estimate).toBeCloseTo(0.3, 1);
    await send(coordinator, partOf("three", { from: 40, until: 60, series: ["case 4"] }, valueOf));
    await judge(coordinator);
    const [grown, ...more] = await alertsOf(coordinator);
    expect(more).toEqual([]);
    expect(grown).toMatchObject({ id: opened?.id, series_count: 2 });

    const path = `/api/v1/trends/alerts/${opened?.id}`;
    expect(await call(coordinator, "PATCH", path, { state: "fixed", by: "ann" })).toMatchObject({ status: 400 });
    expect(await call(coordinator, "PATCH", path, { state: "acknowledged" })).toMatchObject({ status: 400 });
    expect(
      await call(coordinator, "PATCH", "/api/v1/trends/alerts/a-0000000000000000", { state: "open", by: "ann" }),
    ).toMatchObject({
      status: 404,
    });
    expect(await call(coordinator, "PATCH", path, { state: "acknowledged", by: "ann", note: "looking" })).toMatchObject({
      status: 200,
      body: { state: "acknowledged", by: "ann", note: "looking" },
    });

    await send(coordinator, partOf("four", { from: 60, until: 110, series: names }, valueOf));
    await judge(coordinator);
    // What ends a regression is no improvement of its own.
    expect(await alertsOf(coordinator)).toMatchObject([
      { id: opened?.id, state: "fixed", ended_by: "recovered", by: "ann", series_count: 2 },
    ]);
    expect(await alertsOf(coordinator, "?state=watched")).toEqual([]);
    expect(await alertsOf(coordinator, "?commit=c40")).toHaveLength(1);
    expect(await alertsOf(coordinator, "?commit=c41")).toEqual([]);
  });

  test("an alert whose change more points do not show fades by itself, and not before there are enough of them", async () => {
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a");
    const normal = normals();
    const two = ["case 7", "case 8"];
    // Three points on another level are a change, and long after that three points far off.
    const valueOf = (name: string, commit: number) =>
      (name === "case 7" && commit >= 40 && commit < 43 ? 130 : 100) + normal(name);
    await send(coordinator, partOf("one", { from: 0, until: 43, series: two }, valueOf));
    await judge(coordinator);
    const [opened] = await alertsOf(coordinator);
    expect(opened).toMatchObject({ state: "open", commits: ["c40"] });
    await send(coordinator, partOf("two", { from: 43, until: 47, series: two }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ id: opened?.id, state: "open" }]);
    await send(coordinator, partOf("three", { from: 47, until: 75, series: two }, valueOf));
    await judge(coordinator);
    const [faded, ...others] = await alertsOf(coordinator);
    expect(others).toEqual([]);
    expect(faded).toMatchObject({ id: opened?.id, state: "fixed", ended_by: "faded" });
    expect(faded?.recovered_at_ms).toBeGreaterThan(0);
    // Opened again by somebody, it says no more how it ended.
    const path = `/api/v1/trends/alerts/${opened?.id}`;
    expect((await call(coordinator, "PATCH", path, { state: "open", by: "ann" })).body).not.toHaveProperty("ended_by");
  });

  test("an alert whose series are not measured any more is closed, and not while the project rests or somebody has just looked", async () => {
    let later_ms = 0;
    const clock = { ...systemClock, now_ms: () => Date.now() + later_ms };
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a", {}, 0, { clock });
    const normal = normals();
    const valueOf = (name: string, commit: number) => (name === "case 1" && commit >= 40 ? 130 : 100) + normal(name);
    await send(coordinator, partOf("one", { from: 0, until: 60, series: names }, valueOf));
    await judge(coordinator);
    const [opened] = await alertsOf(coordinator);
    expect(opened).toMatchObject({ state: "open", series_count: 1, series: [{ case: "case 1" }] });
    const others = names.filter((name) => name !== "case 1");
    const measure = async (from: number, until: number) => {
      await send(coordinator, partOf(`${from}`, { from, until, series: others }, valueOf));
      await judge(coordinator);
      return (await alertsOf(coordinator))[0];
    };

    later_ms = 16 * 24 * hour_ms;
    const path = `/api/v1/trends/alerts/${opened?.id}`;
    await call(coordinator, "PATCH", path, { state: "acknowledged", by: "ann" });
    expect(await measure(600, 610)).toMatchObject({ state: "acknowledged" });
    later_ms = 32 * 24 * hour_ms;
    expect(await measure(960, 969)).toMatchObject({ state: "acknowledged" });
    later_ms += hour_ms;
    expect(await measure(969, 970)).toMatchObject({ id: opened?.id, state: "fixed", ended_by: "unmeasured" });
    expect(await measure(970, 971)).toMatchObject({ state: "fixed" });
    expect(await alertsOf(coordinator)).toHaveLength(1);
  });

  test("of an alert that is back in some series, those that are not measured any more keep it from nothing", async () => {
    let later_ms = 0;
    const clock = { ...systemClock, now_ms: () => Date.now() + later_ms };
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a", {}, 0, { clock });
    const normal = normals();
    const two = ["case 1", "case 4"];
    const valueOf = (name: string, commit: number) =>
      (two.includes(name) && commit >= 40 && commit < 250 ? 130 : 100) + normal(name);
    await send(coordinator, partOf("one", { from: 0, until: 60, series: names }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ state: "open", series_count: 2 }]);
    const rest = names.filter((name) => name !== "case 1");
    later_ms = 3 * 24 * hour_ms;
    await send(coordinator, partOf("two", { from: 250, until: 290, series: rest }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ state: "open" }]);
    later_ms = 17 * 24 * hour_ms;
    await send(coordinator, partOf("three", { from: 600, until: 601, series: ["case 4"] }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ state: "fixed", ended_by: "recovered", series_count: 2 }]);
  });

  test("what was told is not told again by the next coordinator over the same tables, whatever became of it", async () => {
    await using coordinators = new Coordinators();
    const first = await coordinators.start("a");
    const normal = normals();
    const valueOf = (name: string, commit: number) => (name === "case 2" && commit >= 40 ? 150 : 100) + normal(name);
    await send(first, partOf("one", { from: 0, until: 60, series: names }, valueOf));
    await judge(first);
    const [alert] = await alertsOf(first);
    const { body } = await call(first, "PATCH", `/api/v1/trends/alerts/${alert?.id}`, { state: "invalid", by: "bob" });
    const { changed_at_ms } = body as TrendAlert;
    await coordinators.stop(first);
    const again = await coordinators.start("a");
    await judge(again);
    await send(again, partOf("two", { from: 60, until: 90, series: names }, valueOf));
    await judge(again);
    expect(await alertsOf(again)).toMatchObject([{ id: alert?.id, state: "invalid", by: "bob", series_count: 1, changed_at_ms }]);
  });

  test("people are told once that it opens and once that it is over, also where the coordinator is started anew between", async () => {
    await using coordinators = new Coordinators();
    const told: string[] = [];
    const teller = {
      name: "test",
      tell: (alert: TrendAlert, of: string) => Promise.resolve(void told.push(`${of} ${alert.commits.join()}`)),
    };
    const options = { alertTellers: [teller] };
    const first = await coordinators.start("a", {}, 0, options);
    const normal = normals();
    const valueOf = (name: string, commit: number) => {
      if (name === "case 5") return (commit >= 30 && commit < 60 ? 140 : 100) + normal(name);
      return (name === "case 6" && commit >= 70 ? 140 : 100) + normal(name);
    };
    await send(first, partOf("one", { from: 0, until: 50, series: names }, valueOf));
    await judge(first);
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(["opening c30"]);
    await coordinators.stop(first);
    const again = await coordinators.start("a", {}, 0, options);
    await send(again, partOf("two", { from: 50, until: 95, series: names }, valueOf));
    await judge(again);
    await expect.poll(() => told.toSorted(), { timeout: 20_000 }).toEqual(["opening c30", "opening c70", "recovery c30"]);
  });

  test("what moves nearly all of a suite is one incident of the infrastructure", async () => {
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a");
    const normal = normals();
    const valueOf = (name: string, commit: number) => (name !== "case 0" && commit >= 30 ? 120 : 100) + normal(name);
    await send(coordinator, partOf("one", { from: 0, until: 60, series: names }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ infrastructure: true, series_count: 11, commits: ["c30"] }]);
  });

  test("nothing is told of other branches, of what is long over, of small changes, or while that is switched off", async () => {
    await using coordinators = new Coordinators();
    const coordinator = await coordinators.start("a", { timings: failoverProfiles.default });
    const set = (key: string, value: unknown) => call(coordinator, "PUT", `/api/v1/configuration/${key}`, { value });
    const normal = normals();
    const valueOf = (name: string, commit: number) => (name === "case 3" && commit >= 40 ? 110 : 100) + normal(name);
    const part = partOf("one", { from: 0, until: 60, series: names }, valueOf);
    await send(coordinator, {
      ...part,
      upload: "upload-elsewhere",
      sources: part.sources.map((each) => ({ ...each, branch: "topic" })),
    });
    await judge(coordinator);
    await set("trends-minimum-change", 20);
    await send(coordinator, { ...part, upload: "upload-on-main" });
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toEqual([]);
    await set("trends-minimum-change", 2);
    await set("trends-alert-days", 1);
    await send(coordinator, partOf("two", { from: 60, until: 61, series: names }, valueOf));
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toEqual([]);
    await set("trends-alert-days", 30);
    await set("trends-alerts", false);
    await send(coordinator, partOf("three", { from: 61, until: 62, series: names }, valueOf));
    expect((await call(coordinator, "POST", "/api/v1/trends/judge", {})).body).toMatchObject({ watching: false });
    expect(await alertsOf(coordinator)).toEqual([]);
    await set("trends-alerts", true);
    await judge(coordinator);
    expect(await alertsOf(coordinator)).toMatchObject([{ commits: ["c40"], series_count: 1 }]);
    expect(await set("trends-branches", ["shop="])).toMatchObject({ status: 400 });
    await set("trends-branches", ["topic"]);
    await send(coordinator, {
      ...part,
      upload: "upload-again",
      sources: part.sources.map((each) => ({ ...each, branch: "topic", machine: "m2" })),
    });
    await judge(coordinator);
    expect((await alertsOf(coordinator)).map(({ branch }) => branch)).toEqual(["topic", "main"]);
  });
});
