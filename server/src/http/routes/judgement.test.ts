import { type RunReport, runFailuresSchema, runReportSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker } from "../../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../../testing/world.ts";

const suites = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];
const reason = "In unit: Coverage for lines (60%) does not meet global threshold (90%)";

test("a judgement changes what is told of its run, also what was told before; it takes a token that may submit, and what is wrong changes nothing", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  const { run } = (await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js"], { suites }))).body as {
    run: string;
  };
  const { leases } = (await call(coordinator, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 5000 })).body;
  await call(coordinator, "POST", `/api/v1/workers/${worker}/results`, { events: eventsOf(leases[0], 0) });
  const failures = async () => runFailuresSchema.parse((await call(coordinator, "GET", `/api/v1/runs/${run}/failures`)).body);
  const report = async (): Promise<RunReport> =>
    runReportSchema.parse((await call(coordinator, "GET", `/api/v1/runs/${run}/report`)).body);
  const judge = (json: object, secret?: string) =>
    call(coordinator, "POST", `/api/v1/runs/${run}/judgement`, json, ...(secret === undefined ? [] : [secret]));
  expect(await failures()).toMatchObject({ verdict: "passed" });

  const token = async (scope: string, more = {}) =>
    (await call(coordinator, "POST", "/api/v1/tokens", { name: scope, scope, ...more })).body as { secret: string };
  const [reader, other, job] = [await token("read"), await token("submit", { project: "shop" }), await token("job")];
  expect((await judge({ verdict: "failed", reason }, reader.secret)).status).toBe(403);
  expect((await judge({ verdict: "failed", reason }, other.secret)).status).toBe(404);
  const wrong = await judge({ verdict: "cancelled", reason: "" });
  expect([wrong.status, JSON.stringify(wrong.body)]).toEqual([400, expect.stringMatching(/verdict.*reason/)]);
  expect(await report()).toMatchObject({ verdict: "passed", tests_reason: "1 discovered = 1 passed" });

  expect(await judge({ verdict: "failed", reason }, job.secret)).toMatchObject({
    status: 200,
    body: { judged: true, changed: true, verdict: "failed" },
  });
  expect(await failures()).toMatchObject({ verdict: "failed", reason });
  expect(await report()).toMatchObject({ verdict: "failed", reason, tests_reason: "1 discovered = 1 passed" });
  expect(
    (await call(coordinator, "POST", "/api/v1/runs/r-0000000000000000/judgement", { verdict: "failed", reason })).status,
  ).toBe(404);
});
