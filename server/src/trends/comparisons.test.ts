import { comparedMetricsPerAnswer, comparedSeriesPerAnswer } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { Coordinators, call } from "../testing/coordinators.ts";
import { seededNormal } from "../testing/noise.ts";

let coordinators: Coordinators;
let coordinator: Coordinator;
beforeEach(async () => {
  coordinators = new Coordinators();
  coordinator = await coordinators.start("a");
});
afterEach(() => coordinators[Symbol.asyncDispose]());

interface Measured {
  readonly branch?: string;
  readonly hardware_class?: string;
  readonly dimensions?: Record<string, string>;
  readonly test?: string;
  readonly better?: "lower" | "higher";
  readonly days_ago?: number;
  readonly level: number;
}

let uploads = 0;

/** Twelve points around each level, with 1 % of noise. */
async function measure(...all: readonly Measured[]): Promise<void> {
  const perLevel = 12;
  const noise = seededNormal(1);
  const of = all.flatMap((each) => Array.from({ length: perLevel }, (_, at) => ({ ...each, at })));
  const answer = await call(coordinator, "POST", "/api/v1/metrics", {
    upload: `upload-${(uploads += 1)}`,
    part: 0,
    last: true,
    sources: of.map(({ at, branch = "main", hardware_class = "linux-x64-2cpu", days_ago = 0 }, place) => ({
      at_ms: Date.now() - days_ago * 86_400_000 - 1000 * (1 + perLevel - at),
      hardware_class,
      commit: `c${place}`,
      branch,
    })),
    points: of.map(({ test = "bench:sort", level, better = "lower", dimensions }, source) => ({
      source,
      test,
      case: "rows",
      name: "latency",
      unit: "ms",
      better,
      value: level * (1 + 0.01 * noise()),
      ...(dimensions !== undefined && { dimensions }),
    })),
  });
  expect(answer.body).toMatchObject({ complete: true, left_out: 0 });
}

const compare = (query: string) => call(coordinator, "GET", `/api/v1/trends/comparison?${query}`);

test("every value of a key is put beside the one that most was measured of, or the one that is named", async () => {
  await measure(
    { dimensions: { browser: "chromium" }, level: 100 },
    { dimensions: { browser: "firefox" }, level: 150 },
    { test: "bench:join", dimensions: { browser: "chromium" }, level: 20 },
    { test: "bench:join", dimensions: { browser: "firefox" }, level: 20 },
    { test: "bench:throughput", dimensions: { browser: "chromium" }, level: 10, better: "higher" },
    { test: "bench:throughput", dimensions: { browser: "firefox" }, level: 20, better: "higher" },
  );
  const { status, body } = await compare("by=browser");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    baseline: "chromium",
    found: [
      { name: "chromium", values: 36 },
      { name: "firefox", values: 36 },
    ],
    series: 6,
    more_series: false,
    configurations: [{ name: "firefox", compared: 3, worse: 1, better: 1, missing: 0, not_positive: 0 }],
    more: { configurations: 0, metrics: 0 },
  });
  const cells = Object.fromEntries(
    (body.metrics as { test: string; cells: { verdict: string; ratio: { estimate: number } }[] }[]).map((each) => [
      each.test,
      [each.cells[0]?.verdict, Number(each.cells[0]?.ratio.estimate.toFixed(1))],
    ]),
  );
  expect(cells).toEqual({ "bench:sort": ["worse", 1.5], "bench:join": ["unsure", 1], "bench:throughput": ["better", 2] });
  const turned = await compare("by=browser&baseline=firefox&metric=latency&test=bench:sort*");
  expect(turned.body).toMatchObject({ baseline: "firefox", series: 2, configurations: [{ name: "chromium", better: 1 }] });
  // Of one metric there is a mean, and nothing that it could vary by.
  expect(Object.keys((turned.body.configurations as { geometric_mean: object }[])[0]?.geometric_mean ?? {})).toEqual([
    "estimate",
    "level",
  ]);
});

test("branches are compared when they are named; for anything else the main branch alone counts, of the days that are asked for", async () => {
  await measure(
    { level: 100 },
    { branch: "next", level: 130 },
    { hardware_class: "linux-x64-8cpu", level: 50 },
    { hardware_class: "linux-x64-8cpu", branch: "next", level: 500 },
    { hardware_class: "linux-x64-8cpu", level: 5000, days_ago: 40 },
  );
  const branches = await compare(`configurations=${encodeURIComponent("branch=main; branch=next")}&hardware=*2cpu`);
  expect(branches.body).toMatchObject({ baseline: "branch=main", configurations: [{ name: "branch=next", worse: 1 }] });
  const hardware = await compare("by=hardware&baseline=linux-x64-2cpu");
  const ratioOf = ({ metrics }: Record<string, unknown>) =>
    (metrics as { cells: { ratio: { estimate: number } }[] }[])[0]?.cells[0]?.ratio.estimate;
  expect(ratioOf(hardware.body)).toBeCloseTo(0.5, 1);
  expect((await compare("by=hardware&baseline=linux-x64-2cpu&days=60")).body.found).toContainEqual({
    name: "linux-x64-8cpu",
    values: 24,
  });
});

test("what cannot be compared is refused with the reason, and where there is nothing, nothing is answered", async () => {
  for (const [query, reason] of [
    ["", "name one of by and configurations"],
    ["by=browser&configurations=a=b;a=c", "name one of by and configurations"],
    ["configurations=branch=main", "name a second one"],
    ["configurations=branch=main;nothing", "is no configuration"],
    ["configurations=branch=main;branch=main", "named twice"],
    ["configurations=a=b;a=c&baseline=x", "baseline belongs to by"],
    ["by=browser&baseline=opera", "nothing was measured of opera"],
    ["by=browser&days=0", "days"],
  ]) {
    const { status, body } = await compare(query ?? "");
    expect(status, query).toBe(400);
    expect(JSON.stringify(body), query).toContain(reason);
  }
  expect((await compare("by=browser")).body).toMatchObject({ found: [], configurations: [], metrics: [], series: 0 });
  await measure({ level: 1, dimensions: { browser: "chromium" } });
  expect((await compare("by=browser")).body).toMatchObject({
    found: [{ name: "chromium", values: 12 }],
    configurations: [],
    metrics: [],
  });
});

test("of more than one answer looks at, the first are compared, and that there are more is said", async () => {
  const points = Array.from({ length: comparedSeriesPerAnswer + 1 }, (_, at) => ({
    source: 0,
    test: `bench:${Math.floor(at / 2)}`,
    case: "",
    name: "latency",
    unit: "ms",
    better: "lower",
    dimensions: { browser: at % 2 === 0 ? "chromium" : "firefox" },
    value: 1 + at,
  }));
  for (const [part, some] of [points.slice(0, 600), points.slice(600)].entries()) {
    const { body } = await call(coordinator, "POST", "/api/v1/metrics", {
      upload: "many-series",
      part,
      last: part === 1,
      sources: [{ at_ms: Date.now() - 1000, hardware_class: "linux-x64-2cpu", commit: "c1", branch: "main" }],
      points: some,
    });
    expect(body).toMatchObject({ complete: part === 1 });
  }
  const { body } = await compare("by=browser");
  expect(body).toMatchObject({ series: comparedSeriesPerAnswer, more_series: true });
  expect((body.metrics as unknown[]).length).toBe(comparedMetricsPerAnswer);
  expect((await compare("by=browser&test=bench:1")).body).toMatchObject({ series: 2, more_series: false });
});
