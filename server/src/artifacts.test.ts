import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { runReportSchema } from "@shardwright/core";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { systemClock } from "./clock.ts";
import { startCoordinator } from "./coordinator.ts";
import { eventsOf, submissionOf } from "./testing/world.ts";

const adminToken = "admin-token-of-these-tests-0123456789";
let stateDir: string;
let now_ms: number;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "coordinator-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  now_ms = Date.UTC(2030, 0, 1);
});

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: any }>;

/** A coordinator on the state directory, and what asks it. */
async function start(): Promise<{ ask: Ask; close: () => Promise<void> }> {
  const clock = { ...systemClock, now_ms: () => now_ms };
  const options = { stateDir, port: 0, log: "silent", durability: "relaxed", adminToken, clock, retention_days: 10 } as const;
  const coordinator = await startCoordinator(options);
  onTestFinished(() => coordinator.close({ drain_ms: 100 }));
  return {
    close: () => coordinator.close({ drain_ms: 100 }),
    async ask(method, path, body) {
      const response = await fetch(`${coordinator.address}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken}` },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
  };
}

test("artifacts are told of with their attempt, outlive a restart, and go with their run", async () => {
  const { ask, close } = await start();
  const { run } = (await ask("POST", "/runs", submissionOf(["a.test.js"]))).body;
  const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  const registration = { name: "one", instance: "instance-1", slots: 1, capabilities, version: "1" };
  const { worker } = (await ask("POST", "/workers", registration)).body;
  const { leases } = (await ask("POST", `/workers/${worker}/leases`, { slots: 1, wait_ms: 0 })).body;
  const [started, cases, finished] = eventsOf(leases[0], 0);
  const content = "what was seen";
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect((await ask("PUT", `/blobs/${sha256}?for=artifact`, content)).status).toBe(204);
  const artifacts = [
    { name: "shots/one.png", sha256, bytes: 13 },
    { name: "two.txt", sha256, bytes: 13, shared: true },
  ];
  const results = (...events: object[]) => ask("POST", `/workers/${worker}/results`, { events });
  for (const name of ["../up", "/etc/passwd", "a/../../b", "C:/x", "two\nlines", "x".repeat(513), "a//b", ""]) {
    const { status, body } = await results({ ...finished, artifacts: [{ name, sha256, bytes: 13 }] });
    expect(status).toBe(400);
    expect(body.error.message).toContain("artifacts.0.name");
  }
  const note = "3 artifacts left out: --artifact-count allows 2 an attempt";
  const end = { ...finished, artifacts, artifact_notes: [note] };
  expect((await results(started, cases, end, end)).body).toMatchObject({ accepted: 3 });

  const seen = async (from: Ask) => {
    const report = runReportSchema.parse((await from("GET", `/runs/${run}/report`)).body);
    return {
      artifacts: report.tasks[0]?.attempts[0]?.artifacts,
      notices: report.notices.map(({ code, message }) => [code, message]),
    };
  };
  const expected = { artifacts, notices: [["artifacts", `a.test.js: ${note}`]] };
  expect(await seen(ask)).toEqual(expected);
  await close();
  now_ms += 5 * 86_400_000;
  const second = await start();
  expect(await seen(second.ask)).toEqual(expected);
  // Closing waits for the sweep that every start begins with.
  await second.close();
  now_ms += 1;
  const third = await start();
  expect((await third.ask("GET", `/blobs/${sha256}`)).body).toBe(content);
  await third.close();
  now_ms += 6 * 86_400_000;
  const last = await start();
  await expect.poll(async () => (await last.ask("GET", `/blobs/${sha256}`)).status).toBe(404);
  expect((await last.ask("GET", `/runs/${run}/report`)).status).toBe(404);
});
