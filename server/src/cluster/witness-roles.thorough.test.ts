import { readdirSync } from "node:fs";
import { type Lease, failoverProfiles } from "@shardwright/core";
import { expect, test } from "vitest";
import { type Coordinator, startCoordinator } from "../coordinator.ts";
import { adminToken, call, leaderAmong, start, stateDirOf, statusOf, stop, useMembers } from "../testing/members.ts";
import { rolesOf, startWitness, twoAndWitness, whole } from "../testing/witnesses.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";

useMembers();

test("a witness votes with two that have tables, hands on what it is asked for, and leadership at once", async () => {
  const a = await start("a");
  const w = await startWitness("w", [a.address]);
  await expect.poll(async () => rolesOf(await statusOf(w))).toBe("a voter, w learner");
  // Through the witness: it knows who leads.
  const b = await start("b", { addresses: [w.address] });
  await whole([a, b, w]);
  expect(await statusOf(a)).toMatchObject({ tolerates: 1 });
  expect(readdirSync(stateDirOf("w")).filter((name) => !/^ledger\.db(-\w+)?$/.test(name))).toEqual([]);

  expect((await call(w, "GET", "/healthz")).body).toEqual({ status: "ok" });
  expect((await call(w, "GET", "/readyz")).status).toBe(200);
  expect((await statusOf(w)).id).toMatch(/^w\./);
  const { body } = await call(w, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  const reader = { authorization: `Bearer ${body.secret}` };
  expect((await call(w, "GET", "/api/v1/runs", undefined, reader)).status).toBe(200);
  expect((await call(w, "POST", "/api/v1/tokens", { name: "more", scope: "read" }, reader)).body.error.code).toBe("forbidden");
  // It knows no tokens but the admin's: whose this one is the leader knows, and answers itself.
  expect((await call(w, "GET", "/api/v1/cluster", undefined, reader)).body.id).not.toMatch(/^w\./);
  expect((await call(w, "GET", "/api/v1/cluster", undefined, { authorization: "Bearer nobody" })).status).toBe(401);
  const headers = { authorization: `Bearer ${adminToken}` };
  const metrics = await (await fetch(`${w.address}/metrics`, { headers })).text();
  expect(metrics).toMatch(/^shardwright_cluster_role\{role="follower"\} 1$/m);
  expect(metrics).not.toContain("shardwright_leases");
  expect((await call(w, "GET", "/metrics", undefined, reader)).status).toBe(401);
  expect((await call(w, "GET", "/api/v1/nothing")).body.error.code).toBe("not-found");

  const before = await statusOf(await leaderAmong([a, b]));
  const { id } = await statusOf(w);
  expect((await call(w, "POST", "/api/v1/cluster/transfer", { to: id })).status).toBe(204);
  await expect.poll(async () => (await statusOf(w)).term).toBeGreaterThan(before.term + 1);
  await leaderAmong([a, b]);
  expect((await call(w, "POST", "/api/v1/tokens", { name: "other", scope: "read" })).status).toBe(201);
  expect((await statusOf(w)).elections).toBe(1);
});

/** As a worker does it: while there is no leader it asks again. */
async function leaseOf(worker: string, through: Coordinator): Promise<Lease> {
  let lease: Lease | undefined;
  const ask = async (): Promise<Lease | undefined> => {
    const { body } = await call(through, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 5000 });
    return (lease = body.leases?.[0]);
  };
  await expect.poll(ask).toBeDefined();
  if (lease === undefined) throw new Error("nothing was dealt");
  return lease;
}

test("work goes on with either one that has tables, and without the witness", async () => {
  const { a, b, w } = await twoAndWitness();
  const { body: submitted } = await call(w, "POST", "/api/v1/runs", submissionOf(["a.test.js", "b.test.js", "c.test.js"]));
  const { body: worker } = await call(w, "POST", "/api/v1/workers", {
    name: "one",
    instance: "instance-1",
    slots: 1,
    capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
    version: "1",
  });
  const work = async (through: Coordinator): Promise<void> => {
    const lease = await leaseOf(worker.worker, through);
    for (const { task } of lease.tasks) {
      const answer = await call(through, "POST", `/api/v1/workers/${worker.worker}/results`, { events: eventsOf(lease, task) });
      expect(answer.status).toBe(200);
    }
  };
  await work(w);
  const leader = await leaderAmong([a, b]);
  const name = leader === a ? "a" : "b";
  await stop(leader);
  const other = leader === a ? b : a;
  await expect.poll(async () => (await statusOf(other)).role).toBe("leader");
  await work(w);
  const back = await start(name, { addresses: [w.address] });
  const lag = async (): Promise<number> => (await statusOf(other)).position - (await statusOf(back)).position;
  await expect.poll(lag).toBe(0);
  await stop(w);
  await work(back);
  for (const each of [other, back]) {
    const { body } = await call(each, "GET", `/api/v1/runs/${submitted.run}`, undefined, {
      "shardwright-consistency": "linearizable",
    });
    expect(body).toMatchObject({ status: "ended", verdict: "passed", account: { discovered: 3, passed: 3 } });
  }
});

test("without a leader a witness is not ready; and a state directory is a witness's or not, for good", async () => {
  const { a, b, w } = await twoAndWitness();
  await Promise.all([stop(a), stop(b)]);
  await expect.poll(async () => (await call(w, "GET", "/readyz")).body.error?.code).toBe("no-leader");
  expect((await call(w, "GET", "/api/v1/runs")).body.error.code).toBe("no-leader");
  expect((await statusOf(w)).leader).toBeUndefined();
  const addresses = [a.address];
  await stop(w);
  await expect(start("w", { addresses })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(`${stateDirOf("w")} belongs to a witness`),
  });
  await expect(startWitness("a", addresses)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(`${stateDirOf("a")} belongs to a coordinator with tables`),
  });
  // Nothing was changed.
  await start("a");
  await startWitness("w", addresses);
});

test("a witness founds no cluster", async () => {
  const cluster = { isWitness: true, timings: failoverProfiles.fast };
  await expect(
    startCoordinator({ stateDir: stateDirOf("w"), port: 0, log: "silent", adminToken, cluster }),
  ).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("cannot found a cluster") });
});
