import type { TrendPoint, TrendSeries } from "@shardwright/core";
import { expect, test } from "vitest";
import { chooseSeries } from "./choose-series.ts";

const series: TrendSeries = {
  id: 7,
  test: "unit:cart.test.ts",
  case: "adds",
  name: "latency",
  unit: "ms",
  better: "lower",
  dimensions: {},
  hardware_class: "linux-x64-4cpu",
  points: 90,
  marked: 0,
};

const pointAt = (at: number, value: number, branch: string): TrendPoint => ({
  value: value + ((at * 7) % 5) / 10,
  count: 1,
  at_ms: 1000 * at,
  commit: `${branch}-${at}`,
  branch,
  machine: "m1",
});

/** Sixty commits of the main branch of which the last thirty are slower, and between them those of a branch that is slower still. */
const points = Array.from({ length: 60 }, (_, at) => [
  pointAt(at, at < 30 ? 100 : 125, "main"),
  ...(at % 2 === 0 ? [pointAt(at, 180, "tried")] : []),
]).flat();

const client = {
  listTrends: () => Promise.resolve({ project: "default", series: [series] }),
  trendPoints: () => Promise.resolve({ series, points }),
};

test("without a branch, a change is looked for on the one that most points are of", async () => {
  const chosen = await chooseSeries(client, {}, { good: undefined, bad: undefined });
  expect(chosen).toEqual({ series, good: "main-29", bad: "main-30", machine: "m1" });
});

test("what is given goes before what the series shows", async () => {
  expect(await chooseSeries(client, {}, { good: "v1", bad: undefined })).toMatchObject({ good: "v1", bad: "main-30" });
});
