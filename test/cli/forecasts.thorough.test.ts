import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WorkerInfo, workerListSchema } from "@shardwright/core";
import { startCoordinator } from "@shardwright/server";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { frozenDisk, noFrozenDisk } from "../frozen-disk.ts";
import { start, until } from "../processes.ts";

beforeEach(({ skip }) => skip(noFrozenDisk !== undefined, noFrozenDisk));

const adminToken = "admin-token-of-these-tests-0123456789abcdef";
const gibibyte = 1024 ** 3;
const allocate = "fallocate";

test(
  "a real worker whose disk fills up is told of before it is full, and no more once there is room",
  { timeout: 150_000 },
  async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "forecasts-"));
    onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
    // Its blocks are never written: they are only taken.
    const disk = frozenDisk(40 * gibibyte);
    // What takes ten minutes with heartbeats of three seconds takes twenty seconds with these.
    const coordinator = await startCoordinator({
      stateDir,
      port: 0,
      log: "silent",
      adminToken,
      scheduler: { heartbeat_ms: 100 },
    });
    onTestFinished(() => coordinator.close({ drain_ms: 100 }));
    for (const [name, folder] of [
      ["filling", join(disk.path, "work")],
      ["roomy", join(stateDir, "work")],
    ]) {
      const args = ["worker", "--name", name ?? "", "--slots", "1", "--workspace-dir", folder ?? ""];
      const environment = { SHARDWRIGHT_COORDINATOR: coordinator.address, SHARDWRIGHT_API_KEY: adminToken };
      const worker = start(args, { environment });
      onTestFinished(() => void worker.child.kill("SIGKILL"));
      await until(`the worker ${name}`, () => Promise.resolve(worker.output().includes("is ready")));
    }
    const authorization = `Bearer ${adminToken}`;
    const workers = async (): Promise<Record<string, WorkerInfo>> => {
      const response = await fetch(`${coordinator.address}/api/v1/workers`, { headers: { authorization } });
      const list = workerListSchema.parse(await response.json());
      return Object.fromEntries(list.workers.map((worker) => [worker.name, worker]));
    };

    let taken = 0;
    const take = setInterval(() => {
      if (taken >= 370) return;
      taken += 1;
      execFileSync(allocate, ["-l", "100M", join(disk.path, `artifact-${taken}`)]);
    }, 100);
    onTestFinished(() => clearInterval(take));
    await until("what is foretold", async () => (await workers())["filling"]?.forecasts?.length === 1, 90_000);
    const { filling, roomy } = await workers();
    // There was room left, and by its health nothing was wrong with it.
    expect(taken).toBeLessThan(370);
    expect(filling).toMatchObject({
      standing: "well",
      forecasts: [{ kind: "disk", advice: expect.stringMatching(/^disk full in about \d+ s: /) }],
    });
    expect(roomy).not.toHaveProperty("forecasts");

    clearInterval(take);
    for (let each = 1; each <= taken; each += 1) rmSync(join(disk.path, `artifact-${each}`));
    await until("nothing more of it", async () => (await workers())["filling"]?.forecasts === undefined);
  },
);
