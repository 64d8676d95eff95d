import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../../cli/fleet.ts";
import { testOf, useSuite } from "../../cli/suite.ts";
import { until } from "../../processes.ts";
import { fleetOfApp, job } from "./fleet-of-app.ts";
import { app, commit, deliveryOf, signedDelivery } from "./place.ts";

const { folder, write, report } = useSuite();
test("a coordinator that is killed and comes back ends the check that it began, and makes no other one", async () => {
  const { fleet, github } = await fleetOfApp(folder());
  const open = join(folder(), "open");
  const waits = `while (!existsSync(${JSON.stringify(open)})) await new Promise((resolve) => setTimeout(resolve, 20));`;
  write("a.test.js", testOf(waits, 'import { existsSync } from "node:fs";'));
  await fleet.worker("one");
  const running = fleet.launch(["run"], { cwd: folder(), environment: job });
  await until("a check", async () => github.state.checkRuns[0]?.status === "in_progress");
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  writeFileSync(open, "");
  expect(await running.exited).toBe(0);
  await until("the end of the check", async () => github.state.checkRuns[0]?.status === "completed");
  expect(github.state.checkRuns).toMatchObject([{ conclusion: "success", output: { title: "1 test passed" } }]);
  expect(github.violations).toEqual([]);
  expect(fleet.coordinator.output()).not.toMatch(/ghs_|eyJ|PRIVATE KEY|webhook-secret/);
});

test("the button of a red check has a fleet run again what failed, long after its job has ended", async () => {
  const { fleet, github } = await fleetOfApp(folder());
  const mended = join(folder(), "mended");
  write("good.test.js", testOf(""));
  write(
    "bad.test.js",
    testOf(`if (!existsSync(${JSON.stringify(mended)})) throw new Error("broken");`, 'import { existsSync } from "node:fs";'),
  );
  await fleet.worker("one");
  const ran = await fleet.toEnd(["run", "--workspace", "bundle", "--max-retries", "0"], { cwd: folder(), environment: job });
  expect(ran).toMatchObject({ code: 1 });
  expect(report().account).toMatchObject({ passed: 1, failed: 1 });
  await until("the end of the check", async () => github.state.checkRuns[0]?.status === "completed");
  const [check] = github.state.checkRuns;
  expect(check).toMatchObject({ conclusion: "failure", actions: [{ identifier: "rerun-failed" }] });
  expect(check?.annotations).toMatchObject([{ path: "bad.test.js", message: expect.stringContaining("broken") as string }]);

  writeFileSync(mended, "");
  expect(existsSync(mended)).toBe(true);
  const { bytes, headers } = signedDelivery(deliveryOf({ externalId: check?.external_id ?? "" }).payload);
  const pressed = await fetch(`${fleet.address}/api/v1/github/webhook`, {
    method: "POST",
    headers: { "x-github-event": "check_run", "x-github-delivery": headers.id, "x-hub-signature-256": headers.signature },
    body: bytes,
  });
  expect(await pressed.json()).toEqual({ outcome: "reopened", reason: "1 of its files run again" });
  await until("the second check", async () => github.state.checkRuns[1]?.status === "completed");
  expect(github.state.checkRuns[1]).toMatchObject({ conclusion: "success", head_sha: commit });
  expect(github.violations).toEqual([]);
});

test("a job that could write a check leaves that to the coordinator, unless it is asked for by name", async () => {
  const { fleet, github } = await fleetOfApp(folder());
  write("good.test.js", testOf(""));
  await fleet.worker("one");
  const environment = { ...job, GITHUB_API_URL: github.url, SHARDWRIGHT_CI_TOKEN: "ghs_job" };
  expect(await fleet.toEnd(["run"], { cwd: folder(), environment })).toMatchObject({ code: 0 });
  await until("the end of the check", async () => github.state.checkRuns[0]?.status === "completed");
  expect(github.state.checkRuns.map((check) => check.app)).toEqual([app.id]);
  expect(github.violations).toEqual([]);
});

test("an App that is not whole keeps a coordinator from starting, with what is missing", async () => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const start = (...args: string[]) =>
    fleet.toEnd(["coordinator", "--port", "0", "--state-dir", join(folder(), "state"), ...args], { cwd: folder() });
  expect(await start("--github-app-id", "7")).toMatchObject({
    code: 2,
    output: expect.stringContaining("--github-app-key") as string,
  });
  write("key.pem", "no key");
  const wrong = await start("--github-app-id", "7", "--github-app-key", "key.pem");
  expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining("say of which repositories") as string });
  expect(wrong.output).toContain("no private key in PEM");
});
