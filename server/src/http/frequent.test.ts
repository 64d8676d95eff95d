import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Lease, ShardwrightError } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { CoordinatorParts } from "../parts.ts";
import { Coordinators, adminToken, call, newWorker } from "../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";
import { defineFrequentRoute } from "./define-route.ts";
import { frequentAnswers } from "./frequent.ts";

type At = Parameters<typeof call>[0];
type Told = { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };

/** @param sent `told`: with its length, as workers do; `chunked`: without, which the framework answers */
async function post(
  { address }: At,
  path: string,
  body: string,
  token: string | undefined,
  sent: "told" | "chunked",
): Promise<Told> {
  const bytes = new TextEncoder().encode(body);
  const response = await fetch(`${address}${path}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(sent === "told" ? { body: bytes } : { body: new Blob([bytes]).stream(), duplex: "half" }),
  });
  const headers = Object.fromEntries(response.headers);
  expect(Number(headers["shardwright-time"])).toBeGreaterThan(1_600_000_000_000);
  for (const own of ["date", "shardwright-time"]) delete headers[own];
  return { status: response.status, headers, body: await response.json() };
}

async function tokenFor(at: At, json: { scope: string; project?: string }): Promise<string> {
  const { body } = await call(at, "POST", "/api/v1/tokens", { name: "ci", ...json });
  return body.secret as string;
}

test("what workers send often is answered as all else is, whichever way it takes", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a", {}, 0, { bodyLimit_bytes: 2000 });
  const worker = await newWorker(coordinator);
  const other = await tokenFor(coordinator, { scope: "submit" });
  const bound = await tokenFor(coordinator, { scope: "worker", project: "shop" });
  const results = `/api/v1/workers/${worker}/results`;
  const heartbeat = `/api/v1/workers/${worker}/heartbeat`;
  const nobody = "w-0123456789abcdef";
  const stale = JSON.stringify({ events: [{ type: "started", run: "r-0123456789abcdef", fence: 1, task: 0, attempt: 1 }] });
  const beat = JSON.stringify({ fences: [7] });
  const cases: [path: string, body: string, token: string | undefined, status: number][] = [
    [results, stale, adminToken, 200],
    [heartbeat, beat, adminToken, 200],
    [`${results}?more=1`, stale, adminToken, 200],
    [results, stale, undefined, 401],
    [results, stale, `${adminToken}x`, 401],
    [results, stale, other, 403],
    [results, stale, bound, 403],
    [results, "", adminToken, 400],
    [results, '{"events":[', adminToken, 400],
    [results, '{"events":[],"more":1}', adminToken, 400],
    [results, "x".repeat(2001), adminToken, 413],
    [`/api/v1/workers/${nobody}/results`, stale, adminToken, 410],
    [`/api/v1/workers/${nobody}/heartbeat`, beat, adminToken, 410],
    ["/api/v1/workers/none/heartbeat", beat, adminToken, 400],
    [`/api/v1/workers/${encodeURIComponent("ä")}/heartbeat`, beat, adminToken, 400],
  ];
  for (const [path, body, token, status] of cases) {
    const told = await post(coordinator, path, body, token, "told");
    const chunked = await post(coordinator, path, body, token, "chunked");
    expect({ path, sent: body, status: chunked.status }).toEqual({ path, sent: body, status });
    expect(told.body).toEqual(chunked.body);
    expect(told.status).toBe(status);
    // How the framework frames an answer, and that it closes what it has not read, is its own.
    const framing = ["content-length", "transfer-encoding", "connection", "keep-alive"];
    for (const name of framing) for (const { headers } of [told, chunked]) delete headers[name];
    expect(told.headers).toEqual(chunked.headers);
  }
});

test("a result that comes in parts, and one whose sender leaves in the middle", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js"]));
  const { body: dealt } = await call(coordinator, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 5000 });
  const [lease] = dealt.leases as Lease[];
  if (lease === undefined) throw new Error("nothing was dealt");
  const text = JSON.stringify({ events: eventsOf(lease, 0) });
  const { port } = new URL(coordinator.address);
  const head = `POST /api/v1/workers/${worker}/results HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\ncontent-length: ${text.length}\r\n\r\n`;

  const gone = connect(Number(port), "127.0.0.1");
  await new Promise<void>((resolve) => gone.write(head + text.slice(0, 20), () => resolve()));
  gone.destroy();

  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  for (const part of [head, text.slice(0, 50), text.slice(50)])
    await new Promise<void>((resolve) => socket.write(part, () => resolve()));
  const answer = await new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
  socket.destroy();
  expect(answer).toContain("HTTP/1.1 200");
  expect(answer).toContain('{"accepted":3,"dropped":[]}');
  expect((await call(coordinator, "GET", "/api/v1/runs")).body.runs).toMatchObject([{ status: "ended", verdict: "passed" }]);
});

test("who may come again is told when, and a leader that is none any more is counted", async () => {
  const refused: ShardwrightError[] = [
    new ShardwrightError("no-leader"),
    new ShardwrightError("answers-busy", { waiting: 100, retry_s: 7 }),
  ];
  const route = defineFrequentRoute({
    path: "/api/v1/workers/:worker/results",
    summary: "",
    scopes: ["worker"],
    params: z.object({ worker: z.string() }),
    body: z.object({}),
    answer: z.object({}),
    handle: () => Promise.reject(refused.shift() ?? new Error("a fault of ours")),
  });
  const told: unknown[] = [];
  const parts = {
    ledger: { role: "leader" },
    tokens: { check: () => ({}) },
    cluster: { figures: { refused: 0 } },
    clock: { now_ms: () => 5, monotonic_ms: () => 1 },
    metrics: { request: (...all: unknown[]) => told.push(all) },
    log: { error: () => {} },
    bodyLimit_bytes: 1000,
  } as unknown as CoordinatorParts;
  const answers = frequentAnswers([route], parts);
  const server = createServer((request, response) => expect(answers(request, response)).toBe(true));
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const ask = async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/workers/w/results`;
    const response = await fetch(url, { method: "POST", body: "{}", headers: { authorization: "Bearer x" } });
    const { error } = (await response.json()) as { error: { code: string } };
    return { status: response.status, code: error.code, after: response.headers.get("retry-after") };
  };
  expect(await ask()).toEqual({ status: 503, code: "no-leader", after: "1" });
  expect(parts.cluster.figures.refused).toBe(1);
  expect(await ask()).toEqual({ status: 503, code: "answers-busy", after: "7" });
  expect(await ask()).toEqual({ status: 500, code: "internal", after: "1" });
  expect(parts.cluster.figures.refused).toBe(1);
  expect(told).toEqual([503, 503, 500].map((status) => [route.path, "post", status, 0]));
});
