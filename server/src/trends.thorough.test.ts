import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AnalyticsTime, TrendSeries } from "@shardwright/core";
import { expect, test } from "vitest";
import { restoreBackup } from "./backup/restore-backup.ts";
import type { Coordinator } from "./coordinator.ts";
import { Coordinators, adminToken, call, newWorker, playRun } from "./testing/coordinators.ts";

const patience = { timeout: 20_000 };

const upload = (name: string, part: number, last: boolean, value: number) => ({
  upload: name,
  part,
  last,
  sources: [{ at_ms: 1_777_000_000_000 + part, hardware_class: "x", commit: `c${part}`, branch: "main" }],
  points: [{ source: 0, test: "bench:sort", case: "quick", name: "latency", value, unit: "ms", better: "lower" }],
});

/** All that trends and figures of runs say, but the moment at which it was asked. */
async function told(coordinator: Coordinator) {
  const { body } = await call(coordinator, "GET", "/api/v1/trends/series");
  const series = (body as { series: TrendSeries[] }).series;
  const points = await Promise.all(
    series.map(async ({ id }) => (await call(coordinator, "GET", `/api/v1/trends/series/${id}/points`)).body.points as unknown[]),
  );
  const { total } = (await call(coordinator, "GET", "/api/v1/analytics/time")).body as AnalyticsTime;
  const { tests } = (await call(coordinator, "GET", "/api/v1/analytics/tests")).body as { tests: unknown[] };
  return { series, points, total, tests };
}

test("followers tell what the leader does, and go on with an upload, a run and a test's name when it is lost", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const [follower, other] = all.filter((each) => each !== leader);
  if (follower === undefined || other === undefined) throw new Error("no followers");
  const worker = await newWorker(follower);
  await playRun(follower, worker, "one");
  expect((await call(follower, "POST", "/api/v1/metrics", upload("upload-1", 0, false, 3))).body).toMatchObject({ parts: 1 });
  const before = await told(leader);
  expect(before.series.map(({ case: name }) => name)).toEqual([""]);
  expect(before.total).toMatchObject({ runs: 1, passed: 1 });
  for (const each of [follower, other]) await expect.poll(() => told(each), patience).toEqual(before);

  await coordinators.stop(leader);
  const next = await coordinators.leader([follower, other]);
  expect((await call(next, "POST", "/api/v1/metrics", upload("upload-1", 1, true, 4))).body).toMatchObject({
    complete: true,
    points: 2,
  });
  const names = { from: { test: "bench:sort", case: "quick" }, to: { test: "bench:sort", case: "quicker" } };
  expect((await call(next, "POST", "/api/v1/trends/rename", names)).body).toEqual({ series: 1 });
  await playRun(next, worker, "two");
  const after = await told(next);
  expect(after.series.map(({ case: name, points }) => [name, points])).toEqual([
    ["", 2],
    ["quicker", 2],
  ]);
  expect(after.total.runs).toBe(2);
  for (const each of [follower, other]) await expect.poll(() => told(each), patience).toEqual(after);
});

test("a backup that is restored has all trends and figures of runs, and goes on with them", async () => {
  await using coordinators = new Coordinators();
  const first = await coordinators.start("a");
  await playRun(first, await newWorker(first), "one");
  await call(first, "POST", "/api/v1/metrics", upload("upload-1", 0, true, 3));
  const before = await told(first);
  expect(before.series).toHaveLength(2);
  const path = join(coordinators.directory, "backup.tar");
  const answer = await fetch(`${first.address}/api/v1/cluster/backup`, { headers: { authorization: `Bearer ${adminToken}` } });
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(path));
  await coordinators.stop(first);

  await restoreBackup(path, { stateDir: coordinators.stateDir("b") });
  const second = await coordinators.start("b");
  expect(await told(second)).toEqual(before);
  await playRun(second, await newWorker(second, "two"), "two");
  expect((await call(second, "POST", "/api/v1/metrics", upload("upload-1", 0, true, 3))).body).toMatchObject({
    points: 1,
    complete: true,
  });
  const after = await told(second);
  expect(after.total.runs).toBe(2);
  expect(after.series.map(({ points }) => points)).toEqual([2, 1]);
});
