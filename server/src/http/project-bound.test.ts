import type { Lease } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call } from "../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";
import { routes } from "./routes.ts";

const registration = {
  name: "one",
  instance: "instance-1",
  slots: 1,
  capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
  version: "1",
};
const submissionTo = (project: string) => ({ ...submissionOf(["a.test.js"], { run_key: project }), project });

test("a token for one project reaches its runs and nothing of the others", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "ci", scope: "job", project: "shop" });
  expect(token).toMatchObject({ project: "shop" });
  const secret = token.secret as string;
  const asJob = (method: string, path: string, json?: unknown) => call(coordinator, method, path, json, secret);
  const { body: site } = await call(coordinator, "POST", "/api/v1/runs", submissionTo("site"));
  const otherProject = { status: 403, body: { error: { code: "other-project", details: { project: "shop" } } } };

  expect(await asJob("POST", "/api/v1/runs", submissionTo("site"))).toMatchObject(otherProject);
  const { body: shop, status } = await asJob("POST", "/api/v1/runs", submissionTo("shop"));
  expect(status).toBe(200);
  expect((await asJob("GET", `/api/v1/runs/${shop.run}/report`)).status).toBe(200);
  for (const path of ["", "/report", "/timeline", "/events", "/tasks/0/output"])
    expect(await asJob("GET", `/api/v1/runs/${site.run}${path}`)).toMatchObject({ status: 404 });
  expect((await asJob("POST", `/api/v1/runs/${site.run}/cancel`, {})).status).toBe(404);
  // A list without a project is its own.
  expect((await asJob("GET", "/api/v1/runs")).body.runs).toMatchObject([{ id: shop.run }]);
  expect(await asJob("GET", "/api/v1/runs?project=site")).toMatchObject(otherProject);
  expect((await asJob("GET", "/api/v1/timings")).body).toMatchObject({ project: "shop" });
  expect(await asJob("GET", "/api/v1/timings?project=default")).toMatchObject(otherProject);
  expect(await asJob("GET", "/metrics")).toMatchObject(otherProject);

  // A worker takes work of one run of the project, and hands in results for that project alone.
  expect(await asJob("POST", "/api/v1/workers", registration)).toMatchObject(otherProject);
  expect((await asJob("POST", "/api/v1/workers", { ...registration, run: site.run })).status).toBe(404);
  const { body: own } = await asJob("POST", "/api/v1/workers", { ...registration, run: shop.run });
  const { body: fleet } = await call(coordinator, "POST", "/api/v1/workers", {
    ...registration,
    name: "two",
    instance: "instance-2",
  });
  const leasing = { slots: 1, wait_ms: 5000 };
  expect(await asJob("POST", `/api/v1/workers/${fleet.worker}/leases`, leasing)).toMatchObject(otherProject);
  const { body: mine } = await asJob("POST", `/api/v1/workers/${own.worker}/leases`, leasing);
  const [lease] = mine.leases as Lease[];
  expect(lease).toMatchObject({ run: shop.run });
  const { body: theirs } = await call(coordinator, "POST", `/api/v1/workers/${fleet.worker}/leases`, leasing);
  const [otherLease] = theirs.leases as Lease[];
  if (lease === undefined || otherLease === undefined) throw new Error("nothing was dealt");
  const results = `/api/v1/workers/${own.worker}/results`;
  expect((await asJob("POST", results, { events: eventsOf(otherLease, 0) })).status).toBe(404);
  expect((await asJob("POST", results, { events: eventsOf(lease, 0) })).body).toMatchObject({ dropped: [] });
  expect((await asJob("GET", `/api/v1/runs/${shop.run}`)).body).toMatchObject({ status: "ended", verdict: "passed" });
  expect((await call(coordinator, "GET", `/api/v1/runs/${site.run}`)).body).toMatchObject({ status: "running" });
});

test("whatever names no project is refused to a token that is for one, with the few exceptions that are named", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { body: run } = await call(coordinator, "POST", "/api/v1/runs", submissionTo("site"));
  const { body: worker } = await call(coordinator, "POST", "/api/v1/workers", registration);
  const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "ci", scope: "job", project: "shop" });
  const let_in: string[] = [];
  for (const { method, path, scopes } of routes) {
    if (scopes === "public") continue;
    const filled = path
      .replace(":run", String(run.run))
      .replace(":worker", String(worker.worker))
      .replace(":task", "0")
      .replace(":sha256", "0".repeat(64))
      .replace(/:\w+/, "t-0000000000000000");
    const query = path === "/api/v1/runs/:run/events" ? "" : "?project=site";
    const answer = await call(
      coordinator,
      method.toUpperCase(),
      `${filled}${query}`,
      method === "get" ? undefined : {},
      token.secret as string,
    );
    if (![400, 403, 404].includes(answer.status) || (answer.status === 404 && path.includes(":sha256")))
      let_in.push(`${method} ${path}`);
  }
  expect(let_in).toEqual([
    "get /api/v1/workers",
    "get /api/v1/demand",
    "put /api/v1/blobs/:sha256",
    "get /api/v1/blobs/:sha256",
    "get /api/v1/blobs/:sha256/lines",
  ]);
});

test("an administrator's token cannot be for one project", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const request = { name: "ci", scope: "admin", project: "shop" };
  expect(await call(coordinator, "POST", "/api/v1/tokens", request)).toMatchObject({
    status: 400,
    body: { error: { code: "bad-request" } },
  });
});
