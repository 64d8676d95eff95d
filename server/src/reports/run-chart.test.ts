import { gzipSync } from "node:zlib";
import { type Lease, type RunChart, attemptCauses, runChartSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker } from "../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";

type At = Parameters<typeof call>[0];
const leaseFor = async (at: At, worker: string): Promise<Lease> => {
  const { body } = await call(at, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 10_000 });
  const [lease] = body.leases as Lease[];
  if (lease === undefined) throw new Error("nothing was dealt");
  return lease;
};
const send = (at: At, worker: string, events: unknown) => call(at, "POST", `/api/v1/workers/${worker}/results`, { events });

test("a chart has each attempt with its worker and why it was made, and marks what was done to recover", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const one = await newWorker(coordinator, "one");
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", submissionOf(["<b>a.test.js"]));
  const first = await leaseFor(coordinator, one);
  // It goes away with the test: another one takes over, where it fails once and then passes.
  await call(coordinator, "DELETE", `/api/v1/workers/${one}`);
  const two = await newWorker(coordinator, "two");
  expect(first.tasks).toHaveLength(1);
  const second = await leaseFor(coordinator, two);
  await send(coordinator, two, eventsOf(second, 0, "failed"));
  const third = await leaseFor(coordinator, two);
  await send(coordinator, two, eventsOf(third, 0));

  const { body } = await call(coordinator, "GET", `/api/v1/runs/${submitted.run}/chart`);
  const chart: RunChart = runChartSchema.parse(body);
  expect(chart).toMatchObject({ status: "ended", verdict: "passed", tasks: { file: ["<b>a.test.js"], status: ["passed"] } });
  const named = (of: readonly string[], indexes: readonly number[]) => indexes.map((index) => of[index]);
  expect(named(chart.causes, chart.attempts.cause)).toEqual(["first", "migrated", "retry"]);
  expect(named(chart.outcomes, chart.attempts.outcome)).toEqual(["released", "failed", "passed"]);
  expect(chart.attempts.worker.map((place) => chart.workers[place]?.name)).toEqual(["one", "two", "two"]);
  expect(chart.attempts.end_ms.every((end_ms, at) => end_ms >= (chart.attempts.start_ms[at] ?? Infinity))).toBe(true);
  expect(chart.marks.filter(({ kind }) => kind === "decided")).toMatchObject([
    { task: 0, worker: chart.attempts.worker[1], text: expect.stringContaining("a.test.js") as string },
  ]);
  expect(chart.marks).toContainEqual(
    expect.objectContaining({
      kind: "worker",
      text: expect.stringContaining("one left") as string,
      label: "one left",
      gone: "left",
      worker: chart.attempts.worker[0],
    }),
  );
  expect((await call(coordinator, "GET", "/api/v1/runs/r-0123456789abcdef/chart")).status).toBe(404);
});

test("what runs has no end, and columns are as long as each other", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  const files = Array.from({ length: 500 }, (_, index) => `packages/shop/src/cart-${index}.test.ts`);
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", submissionOf(files));
  await leaseFor(coordinator, worker);
  const response = await fetch(`${coordinator.address}/api/v1/runs/${submitted.run}/chart`, {
    headers: { authorization: "Bearer admin-token-of-these-tests-0123456789", "accept-encoding": "gzip" },
  });
  expect(response.headers.get("content-encoding")).toBe("gzip");
  const chart = runChartSchema.parse(await response.json());
  expect(chart.tasks.file).toEqual(files);
  expect(chart.attempts.end_ms).toContain(-1);
  expect(new Set(Object.values(chart.attempts).map(({ length }) => length)).size).toBe(1);
  expect(chart.causes).toEqual(attemptCauses);
  expect(gzipSync(JSON.stringify(chart)).byteLength).toBeLessThan(20_000);
});
