import { createHash } from "node:crypto";
import { logLinesSchema, runFailuresSchema, taskDetailSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, adminToken, call, newWorker } from "../../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../../testing/world.ts";

/** Runs one file whose cases are named, of which some fail. */
async function play(coordinator: Parameters<typeof call>[0], names: readonly (readonly [string, "passed" | "failed"])[]) {
  const worker = await newWorker(coordinator);
  const submission = submissionOf(["a.test.js"], { run_key: "one", options: { max_retries: 0 } });
  const { run } = (await call(coordinator, "POST", "/api/v1/runs", submission)).body as { run: string };
  const { leases } = (await call(coordinator, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 5000 })).body;
  const [lease] = leases;
  const cases = names.map(([name, status]) => ({
    path: ["<b>group</b>", name],
    ordinal: 0,
    status,
    retries: 0,
    duration_ms: 1,
    ...(status === "failed" && { message: "the shop does not answer", details: "x".repeat(40_000) }),
  }));
  const outcome = names.some(([, status]) => status === "failed") ? "failed" : "passed";
  const [started, told, finished] = eventsOf(lease, 0, outcome);
  const events = [started, { ...told, cases }, { ...finished, cases: cases.length }];
  expect((await call(coordinator, "POST", `/api/v1/workers/${worker}/results`, { events })).status).toBe(200);
  return run;
}

test("a run's failures come by cause, with the tests that they struck and how to see them again", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const run = await play(coordinator, [
    ["fine", "passed"],
    ["one", "failed"],
    ["two", "failed"],
  ]);
  const { status, body } = await call(coordinator, "GET", `/api/v1/runs/${run}/failures`);
  expect(status).toBe(200);
  const failures = runFailuresSchema.parse(body);
  expect(failures).toMatchObject({ verdict: "failed", failures: 2, causes: 1, cases: { total: 3, failed: 2 } });
  expect(failures.shown[0]).toMatchObject({
    title: "the shop does not answer",
    failures: 2,
    faults: [
      { path: ["<b>group</b>", "one"], task: 0, attempt: 1 },
      { path: ["<b>group</b>", "two"], task: 0, attempt: 1 },
    ],
  });
  expect(failures.shown[0]?.evidence.length).toBeLessThan(21_000);
  expect((await call(coordinator, "GET", "/api/v1/runs/r-0000000000000000/failures")).status).toBe(404);
});

test("a task's cases come in pages, all of them or those that failed", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const run = await play(
    coordinator,
    Array.from({ length: 25 }, (_, index) => [`case ${index}`, index % 10 === 3 ? "failed" : "passed"] as const),
  );
  const page = async (query: string) =>
    taskDetailSchema.parse((await call(coordinator, "GET", `/api/v1/runs/${run}/tasks/0${query}`)).body);
  const first = await page("?limit=10");
  expect(first).toMatchObject({
    status: "failed",
    of: 1,
    next: 10,
    attempts: [{ attempt: 1, cases: 25, failed: 3, status: "failed" }],
  });
  expect(first.cases.map(({ path }) => path[1])).toEqual(Array.from({ length: 10 }, (_, index) => `case ${index}`));
  const last = await page("?limit=10&after=20");
  expect(last.cases).toHaveLength(5);
  expect(last.next).toBeUndefined();
  const failed = await page("?only=failed");
  expect(failed.cases.map(({ path }) => path[1])).toEqual(["case 3", "case 13", "case 23"]);
  expect(failed.cases[0]?.details?.length).toBeLessThan(17_000);
  expect((await call(coordinator, "GET", `/api/v1/runs/${run}/tasks/7`)).status).toBe(404);
  expect((await call(coordinator, "GET", `/api/v1/runs/${run}/tasks/0?attempt=9`)).status).toBe(404);
});

test("a part of a blob is had without the rest", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const text = "0123456789";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const url = `${coordinator.address}/api/v1/blobs/${sha256}`;
  const authorization = `Bearer ${adminToken}`;
  await fetch(url, { method: "PUT", body: text, headers: { authorization } });
  const part = async (range: string) => {
    const response = await fetch(url, { headers: { authorization, range } });
    return [response.status, await response.text(), response.headers.get("content-range")];
  };
  expect(await part("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10"]);
  expect(await part("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
  expect(await part("bytes=-3")).toEqual([206, "789", "bytes 7-9/10"]);
  expect(await part("bytes=8-99")).toEqual([206, "89", "bytes 8-9/10"]);
  for (const senseless of ["bytes=9-2", "bytes=20-", "bytes=-", "bytes=0-1,3-4", "lines=1-2"])
    expect(await part(senseless)).toEqual([200, text, null]);
});

test("lines of a log are found without the log, and an answer says what the time is to the coordinator", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const text = "one\ntwo: refused\nthree\nfour: refused\n";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const authorization = `Bearer ${adminToken}`;
  await fetch(`${coordinator.address}/api/v1/blobs/${sha256}`, { method: "PUT", body: text, headers: { authorization } });
  const lines = (query: string, hash = sha256) => call(coordinator, "GET", `/api/v1/blobs/${hash}/lines?${query}`);
  const found = await lines("text=refused&limit=1");
  expect(logLinesSchema.parse(found.body)).toEqual({ lines: [{ line: 2, at: 4, text: "two: refused" }], next: 4 });
  expect(Math.abs(Number(found.headers.get("shardwright-time")) - Date.now())).toBeLessThan(60_000);
  expect((await lines("line=3&limit=1")).body).toMatchObject({ lines: [{ line: 3, at: 17, text: "three" }] });
  expect((await lines("text=x", "0".repeat(64))).status).toBe(404);
  expect((await lines(`text=${"x".repeat(300)}`)).status).toBe(400);
});
