import { type Lease, type SettingInfo, breakerLimits } from "@shardwright/core";
import { expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { olderFacts } from "../testing/fact-versions.ts";
import { Coordinators, call, status } from "../testing/coordinators.ts";
import { schedulerDefaults } from "../scheduler/options.ts";
import { World, eventsOf, submissionOf } from "../testing/world.ts";
import { SharedConfiguration } from "./shared-configuration.ts";

const set = (through: Coordinator, key: string, value: unknown) =>
  call(through, "PUT", `/api/v1/configuration/${key}`, { value });
const unset = (through: Coordinator, key: string) => call(through, "DELETE", `/api/v1/configuration/${key}`);
async function settingsOf(through: Coordinator): Promise<Record<string, SettingInfo>> {
  const { settings } = (await call(through, "GET", "/api/v1/configuration")).body as { settings: SettingInfo[] };
  return Object.fromEntries(settings.map((setting) => [setting.key, setting]));
}

async function workerAt(coordinator: Coordinator, slots: number): Promise<string> {
  const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
  const registration = { name: "one", instance: "instance-1", slots, capabilities, version: "1" };
  return String((await call(coordinator, "POST", "/api/v1/workers", registration)).body.worker);
}

async function leases(through: Coordinator, worker: string, wait_ms = 0): Promise<Lease[]> {
  return (await call(through, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms })).body.leases as Lease[];
}

const submissionTo = (project: string, run_key = "key") => ({
  ...submissionOf(["a.test.js", "b.test.js", "c.test.js"], { options: { speculation: false } }),
  project,
  run_key,
});

test("a quota that is set at a follower holds at once, also under the next leader, until it is unset", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const [follower] = all.filter((each) => each !== leader);
  if (follower === undefined) throw new Error("no follower");
  const worker = await workerAt(follower, 3);
  await call(follower, "POST", "/api/v1/runs", submissionTo("shop"));
  expect((await set(follower, "quota", ["shop=1"])).status).toBe(204);
  expect(await leases(follower, worker)).toHaveLength(1);
  expect(await leases(follower, worker)).toEqual([]);

  await coordinators.stop(leader);
  const left = all.filter((each) => each !== leader);
  const next = await coordinators.leader(left);
  const { id } = await status(next);
  for (const each of left) {
    await expect.poll(async () => (await status(each)).leader?.id).toBe(id);
    const { quota } = await settingsOf(each);
    expect(quota).toMatchObject({ value: ["shop=1"], origin: "shared", set_at_ms: expect.any(Number) });
  }
  expect(await leases(follower, worker)).toEqual([]);
  // Who waits is dealt to when the bound goes up.
  const waiting = leases(follower, worker, 20_000);
  expect((await set(next, "quota", ["shop=2"])).status).toBe(204);
  expect(await waiting).toHaveLength(1);
  expect(await leases(follower, worker)).toEqual([]);
  expect((await unset(next, "quota")).status).toBe(204);
  expect(await leases(follower, worker)).toHaveLength(1);
  expect((await settingsOf(next))["quota"]).toEqual({ key: "quota", value: [], origin: "default" });
});

test("what is set goes before a coordinator's own flags and stays when it is started anew; without it the flags count", async () => {
  await using coordinators = new Coordinators();
  const breakers = breakerLimits({ threshold: 3, reset_ms: 60_000 });
  const flags = { scheduler: { quotas: new Map([["shop", 3]]), breakers }, retention_days: 7 };
  const first = await coordinators.start("a", {}, 0, flags);
  expect(await settingsOf(first)).toMatchObject({
    quota: { value: ["shop=3"], origin: "flag" },
    "retention-days": { value: 7, origin: "flag" },
    "max-retries": { value: 20, origin: "default" },
    "circuit-breaker-threshold": { value: 3, origin: "default" },
    "circuit-breaker-reset-time": { value: 60, origin: "flag" },
    "auto-recovery": { value: true, origin: "default" },
  });
  await set(first, "quota", ["shop=1", "*=9"]);
  await set(first, "retention-days", 14);
  await coordinators.stop(first);
  const again = await coordinators.start("a", {}, 0, flags);
  expect(await settingsOf(again)).toMatchObject({
    quota: { value: ["shop=1", "*=9"], origin: "shared" },
    "retention-days": { value: 14, origin: "shared" },
  });
  await unset(again, "quota");
  expect((await settingsOf(again))["quota"]).toMatchObject({ value: ["shop=3"], origin: "flag" });
});

test("a key that there is not, or a value that cannot be, is refused by name and changes nothing", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  await set(coordinator, "quota", ["shop=1"]);
  const before = await settingsOf(coordinator);
  const { position } = await status(coordinator);
  const actions = async () => ((await call(coordinator, "GET", "/api/v1/audit?limit=100")).body.entries as unknown[]).length;
  const actionsBefore = await actions();
  const problems = async (key: string, value: unknown) => {
    const { status, body } = await set(coordinator, key, value);
    expect(status).toBe(400);
    return String(body.error.message);
  };
  expect(await problems("qouta", ["shop=2"])).toContain("path.key: there is no such setting: quota, max-retries");
  expect(await problems("quota", ["shop=none"])).toContain("quota.0: the quota of shop is a whole number from 1");
  expect(await problems("quota", 4)).toContain("quota: ");
  expect(await problems("max-retries", 21)).toContain("max-retries: ");
  expect(await problems("open-runs", 0.5)).toContain("open-runs: ");
  expect(await problems("auto-recovery", "perhaps")).toContain("auto-recovery: ");
  expect(await problems("retention-days", { days: 3 })).toContain("body.value: ");
  expect((await unset(coordinator, "qouta")).status).toBe(400);
  expect((await call(coordinator, "PUT", "/api/v1/configuration/quota", {})).status).toBe(400);
  const { body: reader } = await call(coordinator, "POST", "/api/v1/tokens", { name: "reader", scope: "submit" });
  expect((await call(coordinator, "PUT", "/api/v1/configuration/open-runs", { value: 5 }, reader.secret as string)).status).toBe(
    403,
  );
  expect(await settingsOf(coordinator)).toEqual(before);
  // The token alone was written; what is set again, or unset though it was not set, is nothing new.
  await set(coordinator, "quota", ["shop=1"]);
  await unset(coordinator, "open-runs");
  // What was tried is in the audit log, in two facts: begun, and ended.
  const tried = (await actions()) - actionsBefore;
  expect(tried).toBeGreaterThan(0);
  expect((await status(coordinator)).position).toBe(position + 1 + 2 * tried);
});

test("bounds on open runs and on retries hold for what comes after they were set", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await workerAt(coordinator, 1);
  await set(coordinator, "open-runs", 1);
  const { body: submitted } = await call(coordinator, "POST", "/api/v1/runs", submissionTo("shop", "one"));
  expect(await call(coordinator, "POST", "/api/v1/runs", submissionTo("shop", "two"))).toMatchObject({
    status: 429,
    body: { error: { code: "queue-full", details: { count: 1 } } },
  });
  await set(coordinator, "max-retries", 0);
  let run: { status?: string } = {};
  for (let turn = 0; turn < 4 && run.status !== "ended"; turn += 1) {
    for (const lease of await leases(coordinator, worker))
      for (const { task } of lease.tasks)
        await call(coordinator, "POST", `/api/v1/workers/${worker}/results`, { events: eventsOf(lease, task, "failed") });
    run = (await call(coordinator, "GET", `/api/v1/runs/${submitted.run}`)).body as typeof run;
  }
  expect(run).toMatchObject({ status: "ended", verdict: "failed", account: { failed: 3 } });
  const { body: report } = await call(coordinator, "GET", `/api/v1/runs/${submitted.run}/report`);
  expect(report.tasks.map(({ attempts }: { attempts: unknown[] }) => attempts.length)).toEqual([1, 1, 1]);

  // What is kept no longer goes at the next look, which is the one at the start.
  await set(coordinator, "retention-days", 0.000_000_001);
  await coordinators.stop(coordinator);
  const again = await coordinators.start("a");
  await expect.poll(async () => (await call(again, "GET", "/api/v1/runs")).body.runs).toEqual([]);
});

test("the scheduler goes by what was set last, whatever it was given when it began", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  const configuration = new SharedConfiguration({ ledger, queries, flags: { "open-runs": 7 } });
  const options = configuration.schedulerOptions(schedulerDefaults);
  const { quotas, breakers, healthThreshold, retries_limit } = schedulerDefaults;
  expect(options).toMatchObject({ quotas, breakers, healthThreshold, retries_limit, openRuns_limit: 7 });
  await configuration.set("quota", ["shop=2", "*=4"]);
  await configuration.set("max-retries", 1);
  await configuration.set("circuit-breaker-threshold", 4);
  await configuration.set("circuit-breaker-reset-time", 1.5);
  await configuration.set("health-threshold", 0);
  await configuration.set("open-runs", 9);
  expect(options).toMatchObject({
    quotas: new Map([
      ["shop", 2],
      ["*", 4],
    ]),
    retries_limit: 1,
    breakers: breakerLimits({ threshold: 4, reset_ms: 1500 }),
    healthThreshold: 0,
    openRuns_limit: 9,
    leaseTtl_ms: schedulerDefaults.leaseTtl_ms,
  });
});

test("a worker is quarantined as soon, and for as long, as was set last", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await workerAt(coordinator, 1);
  await call(coordinator, "POST", "/api/v1/runs", submissionTo("shop"));
  await set(coordinator, "circuit-breaker-threshold", 1);
  await set(coordinator, "circuit-breaker-reset-time", 40_000);
  const [lease] = await leases(coordinator, worker);
  const [task] = lease?.tasks ?? [];
  if (lease === undefined || task === undefined) throw new Error("nothing was dealt");
  const [started, , finished] = eventsOf(lease, task.task, "errored");
  const failure = { kind: "infrastructure", message: "no space left" };
  const events = [started, { ...finished, cases: 0, failure }];
  expect((await call(coordinator, "POST", `/api/v1/workers/${worker}/results`, { events })).body.dropped).toEqual([]);
  const { body } = await call(coordinator, "GET", "/api/v1/breakers");
  expect(body.breakers).toMatchObject([{ scope: "worker", name: "one", phase: "open" }]);
  expect(body.breakers[0].since_ms - Date.now()).toBeGreaterThan(10_000_000);
});

test("members are left to the operator for as long as that is set", async () => {
  await using coordinators = new Coordinators();
  const voters = async (of: Coordinator) => (await status(of)).members.filter(({ role }) => role === "voter").length;
  const grow = async (...[name = "", ...others]: string[]) => {
    const first = await coordinators.start(name);
    if (name === "a") await set(first, "auto-recovery", false);
    const addresses = [first.address];
    await Promise.all(others.map((other) => coordinators.start(other, { addresses })));
    await expect.poll(async () => (await status(first)).members.length).toBe(3);
    return first;
  };
  const left = await grow("a", "b", "c");
  const other = await grow("x", "y", "z");
  await expect.poll(() => voters(other)).toBe(3);
  expect(await voters(left)).toBe(1);
  await set(left, "auto-recovery", true);
  await expect.poll(() => voters(left)).toBe(3);
});

test("nothing can be set before all coordinators know of settings", async () => {
  await using coordinators = new Coordinators();
  const { SettingChanged: _, ...kinds } = olderFacts.kinds;
  const older = await coordinators.start("a", {}, 0, { facts: { ...olderFacts, version: 2, kinds } });
  expect(await set(older, "open-runs", 5)).toMatchObject({ status: 409, body: { error: { code: "update-incomplete" } } });
  expect((await settingsOf(older))["open-runs"]).toMatchObject({ value: 1000, origin: "default" });
});
