import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failoverProfiles } from "@shardwright/core";
import { startCoordinator } from "@shardwright/server";
import { expect, onTestFinished, test } from "vitest";
import { runToEnd } from "../processes.ts";

const adminToken = "admin-token-of-these-tests-0123456789abcdef";

test("cluster update-ready exits with 1 for a coordinator that is alone, and with 0 when three have come together", async () => {
  const root = mkdtempSync(join(tmpdir(), "update-ready-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const begin = async (name: string, addresses: readonly string[] = []) => {
    const stateDir = join(root, name);
    mkdirSync(stateDir);
    const cluster = { name, addresses, timings: failoverProfiles.fast };
    const coordinator = await startCoordinator({ stateDir, port: 0, log: "silent", adminToken, version: "1.2.3", cluster });
    onTestFinished(() => coordinator.close({ drain_ms: 0 }));
    return coordinator;
  };
  const first = await begin("a");
  const ask = (...args: string[]) =>
    runToEnd(["cluster", "update-ready", ...args], {
      environment: { SHARDWRIGHT_COORDINATOR: first.address, SHARDWRIGHT_API_KEY: adminToken },
    });
  const alone = await ask();
  expect(alone).toMatchObject({ code: 1, output: expect.stringMatching(/^Not ready: one votes: none of them may be missing\./) });
  expect(await ask("--wait", "soon")).toMatchObject({
    code: 2,
    output: expect.stringContaining("--wait is a number of seconds"),
  });

  const waiting = ask("--wait", "60", "--json");
  await Promise.all(["b", "c"].map((name) => begin(name, [first.address])));
  const { code, output } = await waiting;
  expect(code, output).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    ready: true,
    reasons: [],
    members: [{}, { version: "1.2.3" }, { version: "1.2.3" }],
  });
});
