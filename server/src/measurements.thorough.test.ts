import { runReportSchema, type Lease, type Metric } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call } from "./testing/coordinators.ts";
import { eventsOf, submissionOf } from "./testing/world.ts";

test("what a case measured and computed is in the run's report, outlives a restart, and what was left out is a notice", async () => {
  await using coordinators = new Coordinators();
  const first = await coordinators.start("one");
  const { run } = (await call(first, "POST", "/api/v1/runs", submissionOf(["a.test.js"]))).body;
  const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  const registration = { name: "one", instance: "instance-1", slots: 1, capabilities, version: "1" };
  const { worker } = (await call(first, "POST", "/api/v1/workers", registration)).body;
  const { leases } = (await call(first, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 0 })).body as {
    leases: [Lease];
  };
  const [started, cases, finished] = eventsOf(leases[0], 0);
  const metrics: Metric[] = [
    { name: "latency", value: 3.5, unit: "ms", better: "lower", replicates: [3, 4], dimensions: { browser: "firefox" } },
  ];
  const computed = [{ name: "sum", values: [1, 2.5], tolerance: { absolute: 0, relative: 0.1 } }];
  if (cases.type !== "cases") throw new Error("no cases");
  const told = { ...cases, cases: cases.cases.map((one) => ({ ...one, metrics, computed })) };
  const note = 'Left out of works: the metric "throughput": value: not a finite number';
  const events = [started, told, { ...finished, measurement_notes: [note] }];
  expect((await call(first, "POST", `/api/v1/workers/${worker}/results`, { events })).status).toBe(200);

  const seen = async (coordinator: typeof first) => {
    const report = runReportSchema.parse((await call(coordinator, "GET", `/api/v1/runs/${run}/report`)).body);
    const [result] = report.tasks[0]?.attempts[0]?.cases ?? [];
    return [result?.metrics, result?.computed, report.notices.map(({ code, message }) => `${code}: ${message}`)];
  };
  const expected = [metrics, computed, [`measurements: a.test.js: ${note}`]];
  expect(await seen(first)).toEqual(expected);
  await coordinators.stop(first);
  expect(await seen(await coordinators.start("one"))).toEqual(expected);
});
