import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runEventSchema, runReportSchema } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Coordinator, type CoordinatorOptions, startCoordinator } from "./coordinator.ts";
import { openApiDocument } from "./http/openapi.ts";
import { eventsOf, submissionOf } from "./testing/world.ts";

const adminToken = "admin-token-of-these-tests-0123456789";
let stateDir: string;
const open: Coordinator[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "coordinator-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((coordinator) => coordinator.close({ drain_ms: 100 })));
  rmSync(stateDir, { recursive: true, force: true });
});

async function start(options: Partial<CoordinatorOptions> = {}): Promise<Coordinator> {
  const coordinator = await startCoordinator({ stateDir, port: 0, log: "silent", durability: "relaxed", adminToken, ...options });
  open.push(coordinator);
  return coordinator;
}

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

async function call(
  { address }: Coordinator,
  method: string,
  path: string,
  { json, text, token = adminToken }: { json?: unknown; text?: string; token?: string } = {},
): Promise<Answer> {
  const body = json === undefined ? text : JSON.stringify(json);
  const response = await fetch(`${address}${path}`, {
    method,
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body }),
  });
  const answer = await response.text();
  return { status: response.status, body: answer === "" ? undefined : JSON.parse(answer) };
}

const registration = {
  name: "one",
  instance: "instance-1",
  slots: 1,
  capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
  version: "1",
};

/** Runs a whole run by hand, through HTTP. */
async function runToEnd(coordinator: Coordinator, more: { readonly run_key?: string } = {}): Promise<string> {
  const submission = { ...submissionOf(["a.test.js", "b.test.js"]), ...more };
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", { json: submission });
  const { body: worker } = await call(coordinator, "POST", "/api/v1/workers", { json: registration });
  for (;;) {
    const { body } = await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/leases`, {
      json: { slots: 1, wait_ms: 0 },
    });
    const [lease] = body.leases;
    if (lease === undefined) return submitted.run;
    for (const { task } of lease.tasks)
      await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/results`, { json: { events: eventsOf(lease, task) } });
  }
}

test("a run from submission to report, over HTTP", async () => {
  const coordinator = await start();
  const run = await runToEnd(coordinator);
  const { body: summary } = await call(coordinator, "GET", `/api/v1/runs/${run}`);
  expect(summary).toMatchObject({ status: "ended", verdict: "passed", account: { discovered: 2, passed: 2 }, cases: 2 });
  const { body } = await call(coordinator, "GET", `/api/v1/runs/${run}/report`);
  const report = runReportSchema.parse(body);
  expect(report).toMatchObject({
    verdict: "passed",
    reason: "2 discovered = 2 passed",
    cases: { total: 2, passed: 2 },
    cost: { slots: 1 },
  });
  expect(report.tasks.map(({ file, status, attempts }) => [file, status, attempts.length])).toEqual([
    ["a.test.js", "passed", 1],
    ["b.test.js", "passed", 1],
  ]);
  expect(report.workers).toMatchObject([{ name: "one", status: "live" }]);
  expect((await call(coordinator, "GET", "/api/v1/runs?limit=1")).body.runs).toHaveLength(1);
  expect((await call(coordinator, "GET", "/api/v1/workers")).body.workers).toMatchObject([{ name: "one", status: "live" }]);
  expect((await call(coordinator, "GET", "/api/v1/timings?project=default")).body.durations_ms).toEqual({
    "unit:a.test.js": 100,
    "unit:b.test.js": 100,
  });
});

test("what waits for a group of machines is told to who may read, and to workers", async () => {
  const coordinator = await start();
  const tags = (...names: string[]) => ({ requirements: { tags: names } });
  const tasks = ["a.test.js", { file: "b.test.js", ...tags("cuda") }, { file: "c.test.js", ...tags("cuda") }];
  await call(coordinator, "POST", "/api/v1/runs", { json: submissionOf(tasks) });
  const demand = (query: string, token = adminToken) => call(coordinator, "GET", `/api/v1/demand${query}`, { token });
  expect((await demand("")).body).toMatchObject({ waiting_tasks: 1, wanted_slots: 1, workers: 0 });
  expect((await demand("?labels=cuda,%20lab&slots_per_worker=2")).body).toMatchObject({ waiting_tasks: 3, target_workers: 1 });
  expect((await demand("?labels=cuda&needing=cuda&start_up_s=5.5")).body).toMatchObject({ waiting_tasks: 2 });
  for (const scope of ["read", "worker"]) {
    const { body } = await call(coordinator, "POST", "/api/v1/tokens", { json: { name: scope, scope } });
    expect((await demand("", body.secret)).status).toBe(200);
  }
  expect((await demand("", "")).status).toBe(401);
  const wrong = await demand("?start_up_s=soon&least_saving_s=0&os=beos");
  expect(wrong.status).toBe(400);
  for (const field of ["query.start_up_s", "query.least_saving_s", "query.os"])
    expect(JSON.stringify(wrong.body)).toContain(field);
});

test("the parts of a file are one entry of the report, which says where each stands in the manifest", async () => {
  const coordinator = await start();
  const part = (index: number, choice: { cases: string[][] } | { except: string[][] }) => ({
    key: `unit:heavy.test.js (${index + 1})`,
    file: "heavy.test.js",
    part: { of: "unit:heavy.test.js", index, count: 2, expected_ms: 100, ...choice },
  });
  const json = submissionOf([part(0, { cases: [["x"]] }), part(1, { except: [["x"]] }), "light.test.js"], {
    options: { max_retries: 0 },
  });
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", { json });
  const { body: worker } = await call(coordinator, "POST", "/api/v1/workers", { json: registration });
  for (;;) {
    const { body } = await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/leases`, {
      json: { slots: 1, wait_ms: 0 },
    });
    const [lease] = body.leases;
    if (lease === undefined) break;
    for (const { task } of lease.tasks) {
      const events = eventsOf(lease, task, task === 1 ? "failed" : "passed");
      await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/results`, { json: { events } });
    }
  }
  const { body } = await call(coordinator, "GET", `/api/v1/runs/${submitted.run}/report`);
  const report = runReportSchema.parse(body);
  expect(report).toMatchObject({
    verdict: "failed",
    account: { discovered: 2, passed: 1, failed: 1 },
    cases: { total: 3, failed: 1 },
  });
  expect(report.tasks).toMatchObject([
    { key: "unit:heavy.test.js", parts: 2, places: [0, 1], status: "failed" },
    { key: "unit:light.test.js", places: [2], status: "passed" },
  ]);
  // By itself the part failed, and then so did the whole file.
  expect(report.tasks[0]?.attempts.map(({ part: of, status }) => `${of} ${status}`)).toEqual([
    "0 passed",
    "1 failed",
    "1 failed",
  ]);
  const { body: summary } = await call(coordinator, "GET", `/api/v1/runs/${submitted.run}`);
  expect(summary).toMatchObject({ account: report.account, reason: report.reason, cases: 3 });
  const [heavyOnly] = json.tasks;
  const cut = submissionOf([heavyOnly ?? ""], { run_key: "cut" });
  expect(await call(coordinator, "POST", "/api/v1/runs", { json: cut })).toMatchObject({ status: 400 });
});

test("events are told from the beginning, can be taken up again, and end with the run", async () => {
  const coordinator = await start();
  const run = await runToEnd(coordinator);
  const read = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${coordinator.address}/api/v1/runs/${run}/events`, {
      headers: { authorization: `Bearer ${adminToken}`, ...headers },
    });
    return [...(await response.text()).matchAll(/id: (\d+)\ndata: (.*)\n/g)].map(([, id, data]) => ({
      id: Number(id),
      event: runEventSchema.parse(JSON.parse(data ?? "")),
    }));
  };
  const all = await read();
  const turn = ["leased", "cases", "attempt"];
  expect(all.map(({ event }) => event.type)).toEqual(["submitted", ...turn, ...turn, "ended"]);
  expect(await read({ "last-event-id": String(all[2]!.id) })).toEqual(all.slice(3));
  // Beyond the end there is nothing more: the end is told again, so that nobody asks for ever.
  expect(await read({ "last-event-id": String(all.at(-1)!.id) })).toEqual(all.slice(-1));
});

test("who watches a run sees what happens as it happens", async () => {
  const coordinator = await start();
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", { json: submissionOf(["a.test.js"]) });
  const response = await fetch(`${coordinator.address}/api/v1/runs/${submitted.run}/events`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  const until = async (text: string) => {
    while (!seen.includes(text)) seen += (await reader.read()).value ?? "";
  };
  await until('"submitted"');
  await call(coordinator, "POST", `/api/v1/runs/${submitted.run}/cancel`, { json: { reason: "enough" } });
  await until('"ended"');
  expect((await reader.read()).done).toBe(true);
});

test("a worker whose signal stream breaks is missed at once", async () => {
  const coordinator = await start({ scheduler: { reconnectGrace_ms: 1 } });
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", { json: submissionOf(["a.test.js"]) });
  const { body: worker } = await call(coordinator, "POST", "/api/v1/workers", { json: registration });
  const stream = await new Promise<{ destroy(): void }>((resolve, reject) => {
    const url = `${coordinator.address}/api/v1/workers/${worker.worker}/signals`;
    request(url, { headers: { authorization: `Bearer ${adminToken}` } }, resolve)
      .on("error", reject)
      .end();
  });
  const { body } = await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/leases`, { json: { slots: 1, wait_ms: 0 } });
  await call(coordinator, "POST", `/api/v1/workers/${worker.worker}/results`, {
    json: { events: [eventsOf(body.leases[0], 0)[0]] },
  });
  stream.destroy();
  await expect.poll(async () => (await call(coordinator, "GET", "/api/v1/workers")).body.workers[0].status).toBe("lost");
  expect((await call(coordinator, "GET", `/api/v1/runs/${submitted.run}/report`)).body.tasks[0].attempts[0].status).toBe("lost");
});

test("a lease dealt to a request whose connection broke goes to another worker", async () => {
  const coordinator = await start();
  const { body: one } = await call(coordinator, "POST", "/api/v1/workers", { json: registration });
  const { body: two } = await call(coordinator, "POST", "/api/v1/workers", { json: { ...registration, name: "two" } });
  const poll = request(`${coordinator.address}/api/v1/workers/${one.worker}/leases`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}` },
  });
  poll.on("error", () => {});
  poll.end(JSON.stringify({ slots: 1, wait_ms: 30_000 }));
  const metrics = async () =>
    await (await fetch(`${coordinator.address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
  await expect.poll(metrics).toContain("shardwright_polls 1");
  poll.destroy();
  await expect.poll(metrics).toContain("shardwright_polls 0");
  await call(coordinator, "POST", "/api/v1/runs", { json: submissionOf(["a.test.js"]) });
  const { body } = await call(coordinator, "POST", `/api/v1/workers/${two.worker}/leases`, { json: { slots: 1, wait_ms: 0 } });
  expect(body.leases).toHaveLength(1);
});

test("without metrics their page is empty, and all else answers", async () => {
  const { address } = await start({ metrics: false });
  const answer = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    200,
    "text/plain; charset=utf-8",
    "",
  ]);
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
});

test("nobody acts without a token of the right scope", async () => {
  const coordinator = await start();
  const { body: created, status } = await call(coordinator, "POST", "/api/v1/tokens", { json: { name: "ci", scope: "submit" } });
  expect(status).toBe(201);
  const token = created.secret;
  expect(await call(coordinator, "GET", "/api/v1/runs", { token: "" })).toMatchObject({
    status: 401,
    body: { error: { code: "unauthenticated" } },
  });
  expect(await call(coordinator, "GET", "/api/v1/runs", { token: "no-such-token" })).toMatchObject({ status: 401 });
  expect(await call(coordinator, "GET", "/metrics", { token: "" })).toMatchObject({ status: 401 });
  expect(await call(coordinator, "GET", "/api/v1/runs", { token })).toMatchObject({ status: 200 });
  expect(await call(coordinator, "POST", "/api/v1/workers", { json: registration, token })).toMatchObject({
    status: 403,
    body: { error: { code: "forbidden", details: { scope: "submit", needed: "worker" } } },
  });
  expect(await call(coordinator, "GET", "/api/v1/tokens", { token })).toMatchObject({ status: 403 });
  expect((await call(coordinator, "GET", "/api/v1/workers")).body.workers).toEqual([]);
  const { body: list } = await call(coordinator, "GET", "/api/v1/tokens");
  expect(JSON.stringify(list)).not.toContain(token);
  expect(await call(coordinator, "DELETE", `/api/v1/tokens/${created.id}`)).toMatchObject({ status: 204 });
  expect(await call(coordinator, "GET", "/api/v1/runs", { token })).toMatchObject({ status: 401 });
  expect(await call(coordinator, "DELETE", "/api/v1/tokens/t-0000000000000000")).toMatchObject({ status: 404 });
});

test("tokens outlive a restart, expire when they are to, and lie on the disk only as hashes", async () => {
  let now_ms = 1_800_000_000_000;
  const clock = { now_ms: () => now_ms, monotonic_ms: () => now_ms, after: () => ({ cancel: () => {} }) };
  const first = await start({ clock });
  const { body: created } = await call(first, "POST", "/api/v1/tokens", { json: { name: "ci", scope: "read", days: 1 } });
  await first.close();
  expect(readFileSync(join(stateDir, "ledger.db")).includes(created.secret)).toBe(false);
  const second = await start({ clock });
  expect(await call(second, "GET", "/api/v1/runs", { token: created.secret })).toMatchObject({ status: 200 });
  now_ms += 86_400_001;
  expect(await call(second, "GET", "/api/v1/runs", { token: created.secret })).toMatchObject({ status: 401 });
});

test("the first start writes an admin token that only its owner can read, and later ones keep it", async () => {
  const { adminToken: _, ...options } = { adminToken, stateDir, port: 0, log: "silent", durability: "relaxed" } as const;
  const first = await startCoordinator(options);
  const file = first.adminTokenFile ?? "";
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  const token = readFileSync(file, "utf8").trim();
  await first.close();
  const second = await startCoordinator(options);
  open.push(second);
  expect(await call(second, "GET", "/api/v1/tokens", { token })).toMatchObject({ status: 200 });
});

test("refuses a weak admin token, and a network without TLS unless it is told to", async () => {
  await expect(start({ adminToken: "short" })).rejects.toMatchObject({ code: "weak-admin-token" });
  await expect(start({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "insecure-listen" });
  await expect(start({ host: "::" })).rejects.toMatchObject({ code: "insecure-listen" });
  expect((await start({ host: "0.0.0.0", insecure: true })).address).toContain("http://0.0.0.0:");
});

test("bad requests are refused with the field and a remedy, and change nothing", async () => {
  const coordinator = await start({ bodyLimit_bytes: 10_000 });
  const good = submissionOf(["a.test.js"]);
  const post = (json: unknown) => call(coordinator, "POST", "/api/v1/runs", { json });
  const problems = async (json: unknown) => (await post(json)).body.error.details.problems as string;
  expect(await problems({ ...good, surprise: 1 })).toContain("surprise");
  expect(await problems({ ...good, tasks: [{ ...good.tasks[0], file: "../etc/passwd" }] })).toContain("body.tasks.0.file");
  expect(await problems({ ...good, tasks: [good.tasks[0], good.tasks[0]] })).toContain("unit:a.test.js");
  expect(await problems({ ...good, suites: [] })).toContain("belong to no suite");
  expect((await post({ ...good, manifest_hash: "f".repeat(64) })).body.error.code).toBe("manifest-mismatch");
  expect((await post(submissionOf([]))).body.error.code).toBe("empty-manifest");
  expect((await call(coordinator, "POST", "/api/v1/runs", { text: "{ not json" })).body.error.code).toBe("bad-request");
  expect(await post(submissionOf(Array.from({ length: 200 }, (_, index) => `${index}.test.js`)))).toMatchObject({
    status: 413,
    body: { error: { code: "body-too-large", details: { limit_bytes: 10_000 } } },
  });
  expect((await call(coordinator, "GET", "/api/v1/runs/r-nonsense")).body.error.code).toBe("bad-request");
  expect((await call(coordinator, "GET", "/api/v1/runs/r-0000000000000000")).body.error.code).toBe("not-found");
  expect((await call(coordinator, "GET", "/api/v1/runs/r-0000000000000000/events")).body.error.code).toBe("not-found");
  expect((await call(coordinator, "GET", "/api/v1/workers/w-0000000000000000/signals")).body.error.code).toBe("worker-unknown");
  expect(await call(coordinator, "GET", "/api/v1/nothing")).toMatchObject({ status: 404 });
  expect(await call(coordinator, "DELETE", "/api/v1/runs")).toMatchObject({ status: 405 });
  expect((await call(coordinator, "GET", "/api/v1/runs")).body.runs).toEqual([]);
});

test("a body over the limit is refused while it comes, whatever length it claims", async () => {
  const coordinator = await start({ bodyLimit_bytes: 1000 });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const post = request(
      `${coordinator.address}/api/v1/runs`,
      { method: "POST", headers: { authorization: `Bearer ${adminToken}` } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    post.on("error", reject);
    for (let sent = 0; sent < 5; sent += 1) post.write("x".repeat(400));
    post.end();
  });
  expect(status).toBe(413);
});

test("blobs are kept by their hash alone", async () => {
  const coordinator = await start();
  const name = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
  expect(await call(coordinator, "PUT", `/api/v1/blobs/${name}`, { text: "something else" })).toMatchObject({
    status: 422,
    body: { error: { code: "blob-mismatch" } },
  });
  expect(await call(coordinator, "GET", `/api/v1/blobs/${name}`)).toMatchObject({ status: 404 });
  expect(await call(coordinator, "PUT", `/api/v1/blobs/${name}`, { text: "hello\n" })).toMatchObject({ status: 204 });
  const response = await fetch(`${coordinator.address}/api/v1/blobs/${name}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  expect(await response.text()).toBe("hello\n");
  expect(await call(coordinator, "GET", "/api/v1/blobs/..%2f..%2fadmin-token")).toMatchObject({ status: 400 });
});

test("one state directory, one coordinator", async () => {
  await start();
  await expect(start()).rejects.toMatchObject({ code: "database-in-use" });
});

test("a database of a newer version is refused and left as it is", async () => {
  await (await start()).close();
  const path = join(stateDir, "state.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  const before = readFileSync(path);
  await expect(start()).rejects.toMatchObject({ code: "database-newer", details: { found: 99 } });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a database that is no database is named", async () => {
  await (await start()).close();
  writeFileSync(join(stateDir, "ledger.db"), "this is no database, but a text that is long enough to be looked at ".repeat(100));
  await expect(start()).rejects.toMatchObject({ code: "database-damaged" });
});

test("tables that are lost are made again from the ledger", async () => {
  const first = await start();
  const run = await runToEnd(first);
  const { body: before } = await call(first, "GET", `/api/v1/runs/${run}/report`);
  await first.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(join(stateDir, `state.db${suffix}`), { force: true });
  const second = await start();
  const { body: after } = await call(second, "GET", `/api/v1/runs/${run}/report`);
  expect(after).toEqual(before);
});

test("facts that a power loss took are an error where they were promised, and forgotten where they were not", async () => {
  const first = await start();
  const run = await runToEnd(first);
  await first.close();
  const ledger = new DatabaseSync(join(stateDir, "ledger.db"));
  ledger.exec("DELETE FROM entries WHERE idx > (SELECT max(idx) - 2 FROM entries)");
  ledger.close();
  await expect(start({ durability: "full" })).rejects.toMatchObject({ code: "database-damaged" });
  const { body } = await call(await start(), "GET", `/api/v1/runs/${run}`);
  expect(body).toMatchObject({ status: "running", account: { discovered: 2, passed: 1, incomplete: 1 } });
});

test.each(["full", "relaxed"] as const)(
  "a ledger (%s) that cannot be written acknowledges nothing and ends the coordinator",
  async (durability) => {
    await (await start({ durability })).close();
    const database = new DatabaseSync(join(stateDir, "ledger.db"));
    database.exec(
      "CREATE TRIGGER broken BEFORE INSERT ON entries WHEN NEW.kind = 1 BEGIN SELECT RAISE(FAIL, 'the disk is broken'); END",
    );
    database.close();
    const coordinator = await start({ durability });
    expect((await call(coordinator, "POST", "/api/v1/runs", { json: submissionOf(["a.test.js"]) })).body.error.code).toBe(
      "ledger-failed",
    );
    expect((await coordinator.failed).code).toBe("ledger-failed");
    expect(await call(coordinator, "GET", "/readyz")).toMatchObject({ status: 503 });
    expect((await call(coordinator, "POST", "/api/v1/workers", { json: registration })).status).toBeGreaterThanOrEqual(500);
    expect((await call(coordinator, "GET", "/api/v1/runs")).body.runs).toEqual([]);
  },
);

test("closing answers who waits and ends the streams", async () => {
  const coordinator = await start();
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", {
    json: submissionOf([{ file: "a.test.js", requirements: { tags: ["none"] } }]),
  });
  const { body: worker } = await call(coordinator, "POST", "/api/v1/workers", { json: registration });
  const events = await fetch(`${coordinator.address}/api/v1/runs/${submitted.run}/events`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const poll = call(coordinator, "POST", `/api/v1/workers/${worker.worker}/leases`, { json: { slots: 1, wait_ms: 60_000 } });
  const metrics = async () =>
    await (await fetch(`${coordinator.address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
  await expect.poll(metrics).toContain("shardwright_polls 1");
  await coordinator.close();
  expect((await poll).body).toEqual({ leases: [], drain: false });
  await events.text();
});

test("runs past their retention are forgotten with their facts, younger ones are kept", async () => {
  let now_ms = Date.UTC(2030, 0, 1);
  const clock = { now_ms: () => now_ms, monotonic_ms: () => performance.now(), after: startTimer };
  const first = await start({ clock });
  const run = await runToEnd(first);
  await first.close();
  now_ms += 5 * 86_400_000;
  const second = await start({ clock, retention_days: 10 });
  expect((await call(second, "GET", `/api/v1/runs/${run}`)).status).toBe(200);
  await second.close();
  now_ms += 6 * 86_400_000;
  const third = await start({ clock, retention_days: 10 });
  await expect.poll(async () => (await call(third, "GET", `/api/v1/runs/${run}`)).status).toBe(404);
  await third.close();
  const tables = new DatabaseSync(join(stateDir, "state.db"));
  expect(tables.prepare("SELECT count(*) AS count FROM facts WHERE run = ?").get(run)).toEqual({ count: 0 });
  tables.close();
  expect((await call(await start({ clock, retention_days: 10 }), "GET", "/api/v1/timings")).body.durations_ms).toHaveProperty(
    "unit:a.test.js",
  );
});

test("of the runs that ended last no more cases are kept than there is room for, and the last one whatever it holds", async () => {
  const first = await start();
  const runs: string[] = [];
  for (const run_key of ["one", "two", "three", "four"]) runs.push(await runToEnd(first, { run_key }));
  await first.close();
  const kept = async (keptCases: number, count: number) => {
    const coordinator = await start({ keptCases });
    const listed = async () => (await call(coordinator, "GET", "/api/v1/runs")).body.runs.map(({ id }: { id: string }) => id);
    await expect.poll(listed).toHaveLength(count);
    const left = await listed();
    await coordinator.close();
    return left.toSorted();
  };
  // Each has two.
  expect(await kept(8, 4)).toEqual(runs.toSorted());
  expect(await kept(3, 2)).toEqual(runs.slice(2).toSorted());
  expect(await kept(1, 1)).toEqual(runs.slice(3));
});

test("the API's description names every route", () => {
  const document = openApiDocument() as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.length).toBeGreaterThan(20);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

function startTimer(delay_ms: number, callback: () => void): { cancel: () => void } {
  const timer = setTimeout(callback, delay_ms);
  return { cancel: () => clearTimeout(timer) };
}

test("runs that an earlier process left open can be cancelled, and taken up by submitting them again", async () => {
  const first = await start();
  const submission = submissionOf(["a.test.js"]);
  const { body: submitted } = await call(first, "POST", "/api/v1/runs", { json: submission });
  await first.close();
  const second = await start({ cancelOpenRuns: "its command ended" });
  expect((await call(second, "GET", `/api/v1/runs/${submitted.run}`)).body).toMatchObject({
    status: "ended",
    verdict: "cancelled",
  });
  expect((await call(second, "POST", "/api/v1/runs", { json: submission })).body).toEqual({
    run: submitted.run,
    disposition: "reopened",
    pending: 1,
    admission: { runs_ahead: 0 },
  });
  const { body: summary } = await call(second, "GET", `/api/v1/runs/${submitted.run}`);
  expect(summary.admission).toEqual({ runs_ahead: 0 });
});
