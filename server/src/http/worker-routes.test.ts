import type { Lease, WorkerDetail } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker, playRun } from "../testing/coordinators.ts";
import { submissionOf } from "../testing/world.ts";

type At = Parameters<typeof call>[0];
const detailOf = async (at: At, worker: string, query = "") =>
  (await call(at, "GET", `/api/v1/workers/${worker}${query}`)).body as WorkerDetail;
const leasesOf = async (at: At, worker: string): Promise<{ leases: Lease[]; drain: boolean }> =>
  (await call(at, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 200 })).body as never;

test("a worker tells what it runs now and what it has run, page by page", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  await playRun(coordinator, worker, "one", ["a.test.js", "b.test.js", "c.test.js"]);
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", submissionOf(["d.test.js"], { run_key: "two" }));
  const { leases } = await leasesOf(coordinator, worker);
  expect(leases).toHaveLength(1);

  const detail = await detailOf(coordinator, worker, "?limit=2");
  expect(detail).toMatchObject({
    worker: { name: "one", status: "live", standing: "well", health: { score: 100 }, slots_used: 1 },
    hardware_class: "linux-x64-2cpu",
    breakers: [],
    now: [{ run: submitted.run, run_key: "two", file: "d.test.js", status: "running", attempt: 1 }],
  });
  const rest = await detailOf(coordinator, worker, `?limit=2&before=${detail.next}`);
  const files = [...detail.history, ...rest.history].map(({ file }) => file);
  expect(files.toSorted()).toEqual(["a.test.js", "b.test.js", "c.test.js"]);
  expect(rest.next).toBeUndefined();
  expect((await call(coordinator, "GET", `/api/v1/workers/${worker}?before=x`)).status).toBe(400);
  expect((await call(coordinator, "GET", "/api/v1/workers/w-0123456789abcdef")).status).toBe(404);
});

test("an operator keeps work from a worker, gives it back, and sends it away; what it runs goes on", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  // Where nobody else can run a test, even a worker in quarantine does.
  await newWorker(coordinator, "two");
  await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js", "b.test.js"]));
  const act = (what: string, json: unknown = {}) => call(coordinator, "POST", `/api/v1/workers/${worker}/${what}`, json);
  expect((await act("quarantine", { minutes: 30, reason: "a noisy fan" })).status).toBe(204);
  expect((await leasesOf(coordinator, worker)).leases).toEqual([]);
  const [breaker] = (await detailOf(coordinator, worker)).breakers;
  expect(breaker).toMatchObject({ scope: "worker", name: "one", phase: "open", evidence: ["a noisy fan"] });
  expect((breaker?.since_ms ?? 0) - Date.now()).toBeGreaterThan(29 * 60_000);
  expect((await act("quarantine", { minutes: 0 })).status).toBe(400);

  expect((await act("release")).status).toBe(204);
  expect(await detailOf(coordinator, worker)).toMatchObject({
    breakers: [],
    incidents: [
      { of: "breaker", what: "closed" },
      { of: "breaker", what: "opened" },
    ],
  });
  expect((await leasesOf(coordinator, worker)).leases).toHaveLength(1);

  expect((await act("drain")).status).toBe(204);
  // Two people do it: it drains already.
  expect((await act("drain")).status).toBe(204);
  expect(await leasesOf(coordinator, worker)).toEqual({ leases: [], drain: true });
  expect(await detailOf(coordinator, worker)).toMatchObject({
    worker: { status: "draining", slots_used: 1 },
    now: [{ attempt: 1 }],
  });
  await call(coordinator, "DELETE", `/api/v1/workers/${worker}`);
  for (const what of ["drain", "quarantine", "release"])
    expect(await act(what)).toMatchObject({ status: 409, body: { error: { code: "worker-gone" } } });
  const { body } = await call(coordinator, "GET", "/api/v1/audit?action=worker&limit=5");
  expect(body.entries[0]).toMatchObject({ name: "worker.release", outcome: "refused", code: "worker-gone" });

  const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "ci", scope: "submit" });
  const refused = await call(coordinator, "POST", `/api/v1/workers/${worker}/drain`, {}, token.secret as string);
  expect(refused.status).toBe(403);
});
