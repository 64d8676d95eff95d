import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HookName, type Plugin, hooks } from "@shardwright/plugin";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Coordinator, startCoordinator } from "../coordinator.ts";
import { submissionOf } from "../testing/world.ts";

const adminToken = "admin-token-of-this-test-0123456789abcdef";
let stateDir: string;
let coordinator: Coordinator | undefined;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "coordinator-plugins-"));
});
afterEach(async () => {
  await coordinator?.close({ drain_ms: 0 });
  rmSync(stateDir, { recursive: true, force: true });
});

async function open(...plugins: readonly Plugin[]): Promise<Coordinator> {
  coordinator = await startCoordinator({
    stateDir,
    port: 0,
    log: "silent",
    durability: "relaxed",
    adminToken,
    version: "0.1.0",
    plugins,
  });
  return coordinator;
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${coordinator?.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return response.headers.get("content-type")?.includes("json") === true ? (JSON.parse(text) as unknown) : text;
}

test("an application asks a CI system's plugin how its run stands", async () => {
  const { plugins } = await open({ name: "idle", version: "2.0.0", setup: () => {} });
  const ci = plugins.byKind("provider").get("github-0.1.0");
  expect(ci?.status()).toEqual({ ci_system: "github", run: undefined, status: "none" });
  const submission = submissionOf(["a.test.js"], { context: { provider: "github" } });
  const { run } = (await call("POST", "/api/v1/runs", submission)) as { run: string };
  expect(ci?.status()).toEqual({ ci_system: "github", run, status: "running" });
  expect(plugins.byKind("provider").get("gitlab-0.1.0")?.status()).toMatchObject({ status: "none" });
  expect(plugins.byKind("provider").get("gitlab-0.1.0")?.status(run)).toMatchObject({ run: undefined, status: "none" });
  await call("POST", `/api/v1/runs/${run}/cancel`, { reason: "enough" });
  expect(ci?.status(run)).toEqual({ ci_system: "github", run, status: "cancelled" });
});

test("hooks tell of the coordinator and of its runs in the order in which things happen", async () => {
  const seen: string[] = [];
  const setup: Plugin["setup"] = (api) => {
    for (const hook of Object.keys(hooks) as HookName[]) api.on(hook, () => void seen.push(hook));
  };
  await open({ name: "watcher", version: "1.0.0", setup });
  const { run } = (await call("POST", "/api/v1/runs", submissionOf(["a.test.js"]))) as { run: string };
  await call("POST", `/api/v1/runs/${run}/cancel`, { reason: "enough" });
  await coordinator?.close({ drain_ms: 0 });
  expect(seen).toEqual(["leaderChanged", "coordinatorStarted", "runSubmitted", "runEnded", "coordinatorStopping", "closing"]);
});

test("what a plugin does wrong is told to those who watch the run, and its metrics are left out", async () => {
  const { plugins } = await open({
    name: "broken",
    version: "1.0.0",
    setup(api) {
      api.on("runSubmitted", () => {
        throw new Error("no such table");
      });
      api.metricSource({ name: "broken", read: () => [{ name: "ok", help: "", type: "gauge", value: Number.NaN }] });
    },
  });
  const noted = new Promise<void>((resolve) => {
    plugins.onFault((fault) => {
      if (fault.where === "in the hook runSubmitted") setImmediate(resolve);
    });
  });
  const { run } = (await call("POST", "/api/v1/runs", submissionOf(["a.test.js"]))) as { run: string };
  await noted;
  expect(await call("GET", "/metrics")).not.toContain("shardwright_plugin_");
  await call("POST", `/api/v1/runs/${run}/cancel`, { reason: "enough" });
  const { notices } = (await call("GET", `/api/v1/runs/${run}/report`)) as { notices: { code: string; message: string }[] };
  expect(notices).toMatchObject([
    { code: "plugin", message: "The plugin broken failed in the hook runSubmitted: no such table. Nothing else is affected." },
  ]);
});

test("a coordinator with a plugin that was written for another version does not start, and leaves nothing open", async () => {
  const other = { name: "old", version: "1.0.0", shardwright: "^7", setup: () => {} };
  await expect(open(other)).rejects.toMatchObject({ code: "config-invalid" });
  expect((await open({ ...other, shardwright: "^0.1" })).plugins.all.map(({ name }) => name)).toEqual(["shardwright", "old"]);
});
