import { expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { adminToken, call, leaderAmong, start, statusOf, stop, useMembers } from "../testing/members.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";

useMembers();

async function metricsOf({ address }: Coordinator): Promise<string> {
  const response = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  return response.text();
}

async function three(): Promise<Coordinator[]> {
  const first = await start("a");
  const addresses = [first.address];
  const all = [first, ...(await Promise.all([start("b", { addresses }), start("c", { addresses })]))];
  for (const each of all)
    await expect.poll(async () => (await statusOf(each)).members.filter(({ role }) => role === "voter").length).toBe(3);
  return all;
}

const registration = {
  name: "one",
  instance: "instance-1",
  slots: 1,
  capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
  version: "1",
};

test("a coordinator that is alone grows to three, and a second one learns until there is a third", async () => {
  const first = await start("a");
  expect(await statusOf(first)).toMatchObject({ role: "leader", tolerates: 0, members: [{ role: "voter" }] });
  const second = await start("b", { addresses: [first.address] });
  await expect.poll(async () => (await statusOf(second)).members.map(({ role }) => role)).toEqual(["voter", "learner"]);
  // It calls itself as the second one does, by mistake: both are members, for neither is silent.
  await start("c", { name: "b", addresses: [second.address] });
  await expect.poll(async () => (await statusOf(second)).tolerates).toBe(1);
});

test("any of three takes a run, all of them know it, and the next leader goes on with it", async () => {
  const all = await three();
  const leader = await leaderAmong(all);
  const followers = all.filter((each) => each !== leader);
  const [follower] = followers;
  if (follower === undefined) throw new Error("no follower");
  const { body: submitted } = await call(follower, "POST", "/api/v1/runs", submissionOf(["a.test.js", "b.test.js"]));
  const { body: worker } = await call(follower, "POST", "/api/v1/workers", registration);
  const work = async (through: Coordinator): Promise<void> => {
    const { body } = await call(through, "POST", `/api/v1/workers/${worker.worker}/leases`, { slots: 1, wait_ms: 5000 });
    const [lease] = body.leases;
    for (const { task } of lease.tasks)
      expect(
        (await call(through, "POST", `/api/v1/workers/${worker.worker}/results`, { events: eventsOf(lease, task) })).status,
      ).toBe(200);
  };
  await work(follower);
  const events = await fetch(`${follower.address}/api/v1/runs/${submitted.run}/events`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  await stop(leader);
  const next = await leaderAmong(followers);
  const other = followers.find((each) => each !== next) ?? next;
  const { id } = await statusOf(next);
  await expect.poll(async () => (await statusOf(other)).leader?.id).toBe(id);
  await work(other);
  for (const each of followers) {
    const { body, headers } = await call(each, "GET", `/api/v1/runs/${submitted.run}`, undefined, {
      "shardwright-consistency": "linearizable",
    });
    expect(body).toMatchObject({ status: "ended", verdict: "passed", account: { discovered: 2, passed: 2 } });
    expect(headers.get("shardwright-leader")).toBe(each === next ? null : next.address);
  }
  const told = (await events.text()).split("\n").filter((line) => line.startsWith("data: "));
  const types = told.map((line) => (JSON.parse(line.slice(6)) as { type: string }).type);
  expect(types.at(0)).toBe("submitted");
  expect(types.at(-1)).toBe("ended");
});

test("a token and a run that were made at the leader are known where they are asked for at once", async () => {
  const all = await three();
  const leader = await leaderAmong(all);
  const { body } = await call(leader, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  for (const each of all)
    expect((await call(each, "GET", "/api/v1/runs", undefined, { authorization: `Bearer ${body.secret}` })).status).toBe(200);
  expect((await call(all[1] ?? leader, "GET", "/api/v1/runs", undefined, { authorization: "Bearer nobody" })).status).toBe(401);
  for (let number = 0; number < 10; number += 1) {
    const submission = { ...submissionOf(["a.test.js"]), run_key: `run-${number}` };
    // On a machine that is busy somebody else may come to lead meanwhile: whoever submits asks again.
    let run: string | undefined;
    await expect.poll(async () => (run = (await call(leader, "POST", "/api/v1/runs", submission)).body.run)).toBeDefined();
    const answers = await Promise.all(all.map((each) => call(each, "GET", `/api/v1/runs/${run}/report`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  }
  expect((await call(all[1] ?? leader, "GET", "/api/v1/runs/r-0000000000000000")).status).toBe(404);
});

test("a member that was away for longer than the log reaches is brought up from a copy of the tables", async () => {
  const options = { logLimit_entries: 20 };
  const first = await start("a", options);
  const addresses = [first.address];
  const second = await start("b", { addresses, ...options });
  const third = await start("c", { addresses, ...options });
  await expect.poll(async () => (await statusOf(first)).tolerates).toBe(1);
  await stop(third);
  const leader = await leaderAmong([first, second]);
  for (let number = 0; number < 60; number += 1)
    expect((await call(leader, "POST", "/api/v1/tokens", { name: `token ${number}`, scope: "read" })).status).toBe(201);
  await expect.poll(async () => (await statusOf(leader)).first).toBeGreaterThan(20);
  const again = await start("c", options);
  await expect.poll(async () => (await statusOf(again)).position).toBe((await statusOf(leader)).position);
  const { body } = await call(again, "GET", "/api/v1/tokens");
  expect(body.tokens).toHaveLength(60);
  expect((await statusOf(again)).first).toBeGreaterThan(20);
  const received = await metricsOf(again);
  // One that arrives late is sent once more.
  const count = /^shardwright_cluster_snapshots_total\{what="received"\} ([1-9]\d*)$/m.exec(received)?.[1];
  expect(count).toBeDefined();
  const bytes = /^shardwright_cluster_snapshot_bytes_total\{direction="received"\} (\d+)$/m.exec(received)?.[1];
  expect(Number(bytes)).toBeGreaterThan(4096);
  expect(received).toContain(`shardwright_cluster_snapshot_receive_duration_seconds_count ${count}\n`);
  const sent = await metricsOf(leader);
  expect(sent).toContain(`shardwright_cluster_snapshots_total{what="sent"} ${count}\n`);
  expect(sent).toContain(`shardwright_cluster_snapshot_bytes_total{direction="sent"} ${bytes}\n`);
  expect(sent).toMatch(/^shardwright_cluster_snapshots_total\{what="made"\} [1-9]/m);
});

test("what is asked for while a handover comes to nothing is done after it", async () => {
  const all = await three();
  const leader = await leaderAmong(all);
  const [gone] = all.filter((each) => each !== leader);
  if (gone === undefined) throw new Error("no follower");
  const { id } = await statusOf(gone);
  await stop(gone);
  expect((await call(leader, "POST", "/api/v1/cluster/transfer", { to: id })).status).toBe(204);
  expect((await call(leader, "POST", "/api/v1/tokens", { name: "reader", scope: "read" })).status).toBe(201);
});
