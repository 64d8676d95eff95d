import { failoverProfiles } from "@shardwright/core";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { type Coordinator, startCoordinator } from "./coordinator.ts";
import { openDatabase } from "./database/open.ts";
import { openLogWriter } from "./ledger/log-writer.ts";
import { openRaftLedger } from "./ledger/open-raft-ledger.ts";
import { settingsOf } from "./ledger/timings.ts";
import { createProjections } from "./projections/apply.ts";

const adminToken = "admin-token-of-these-tests-0123456789";
let stateDir: string;
let coordinator: Coordinator | undefined;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "coordinator-"));
});
afterEach(async () => {
  await coordinator?.close({ drain_ms: 100 });
  coordinator = undefined;
  rmSync(stateDir, { recursive: true, force: true });
});

const start = async (options: { bodyLimit_bytes?: number } = {}) =>
  (coordinator = await startCoordinator({ stateDir, port: 0, log: "silent", durability: "relaxed", adminToken, ...options }));

function ask(address: string, method: string, path: string, body?: string | Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${adminToken}`, connection: "close" };
    const asked = request(`${address}${path}`, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

test.runIf(process.platform === "linux")("HEAD leaves no file open", async () => {
  const { address } = await start();
  const log = Buffer.alloc(1024 * 1024, "a long log ");
  const path = `/api/v1/blobs/${createHash("sha256").update(log).digest("hex")}`;
  await ask(address, "PUT", path, log);
  const before = readdirSync("/proc/self/fd").length;
  for (let turn = 0; turn < 50; turn += 1) expect(await ask(address, "HEAD", path)).toMatchObject({ status: 200, text: "" });
  await expect.poll(() => readdirSync("/proc/self/fd").length).toBeLessThan(before + 10);
});

test("HEAD of a worker's stream does not count as its connection", async () => {
  const { address } = await start();
  const worker = {
    name: "one",
    instance: "instance-1",
    slots: 1,
    capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 1, tags: [], details: {} },
    version: "1",
  };
  const { text } = await ask(address, "POST", "/api/v1/workers", JSON.stringify(worker));
  const path = `/api/v1/workers/${(JSON.parse(text) as { worker: string }).worker}/signals`;
  expect((await ask(address, "HEAD", path)).status).toBe(200);
  // Under suspicion, as after any stream that broke: another process may take its name.
  const { status } = await ask(address, "POST", "/api/v1/workers", JSON.stringify({ ...worker, instance: "instance-2" }));
  expect(status).toBe(200);
});

test("a certificate that is none is named before anything listens", async () => {
  const tlsFiles = { cert: join(stateDir, "cert.pem"), key: join(stateDir, "key.pem") };
  const options = { stateDir, port: 0, log: "silent", adminToken, tlsFiles } as const;
  await expect(startCoordinator(options)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("cert.pem") });
  for (const path of Object.values(tlsFiles)) writeFileSync(path, "no certificate");
  await expect(startCoordinator(options)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("TLS"),
  });
});

test("a task whose file leaves the workspace is refused by the name of its field", async () => {
  const { address } = await start();
  const task = { type: "command", name: "one", runner: "command", file: "../a.sh", workspace: { kind: "dir", path: "/" } };
  const { status, text } = await ask(address, "POST", "/api/v1/tasks", JSON.stringify(task));
  expect(status).toBe(400);
  expect(text).toContain("body.file");
});

test("tables that find no room fail the ledger with what was the matter", async () => {
  const { database, client } = openDatabase(join(stateDir, "state.db"));
  const projections = createProjections(database, client);
  const path = join(stateDir, "ledger.db");
  const writer = await openLogWriter(path, "relaxed");
  const settings = settingsOf(failoverProfiles.default);
  const ledger = await openRaftLedger({ writer, path, durability: "relaxed", clock: systemClock, projections, settings });
  // SQLite treats it as a full disk.
  client.exec("PRAGMA max_page_count = 1");
  const token = {
    type: "TokenCreated",
    token: "t-0123456789abcdef",
    name: "n".repeat(100_000),
    scope: "read",
    hash: "0",
  } as const;
  const failures: Error[] = [];
  ledger.onFailure((error) => failures.push(error));
  // It is on disk, and the tables get it at the next start.
  await ledger.append([token]);
  expect(() => projections.settle()).toThrow();
  const failure = {
    code: "ledger-failed",
    message: expect.stringContaining("could not be applied: database or disk is full") as string,
  };
  expect(failures).toMatchObject([failure]);
  expect(ledger.role).toBe("follower");
  await expect(ledger.append([token])).rejects.toMatchObject(failure);
  await ledger.close();
  client.close();
  const again = openDatabase(join(stateDir, "state.db"));
  const applied = createProjections(again.database, again.client);
  const options = { path, durability: "relaxed", clock: systemClock, projections: applied, settings } as const;
  const reopened = await openRaftLedger({ writer: await openLogWriter(path, "relaxed"), ...options });
  applied.settle();
  expect(again.client.prepare("SELECT count(*) AS count FROM tokens").get()).toEqual({ count: 1 });
  await reopened.close();
  again.client.close();
});

test("a body whose length is not declared is read as far as the limit allows", async () => {
  const { address } = await start({ bodyLimit_bytes: 1000 });
  const send = (text: string) =>
    fetch(`${address}/api/v1/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminToken}` },
      body: new Blob([text]).stream(),
      duplex: "half",
    });
  expect((await send(JSON.stringify({ name: "reader", scope: "read" }))).status).toBe(201);
  expect((await send(JSON.stringify({ name: "n".repeat(2000), scope: "read" }))).status).toBe(413);
});
