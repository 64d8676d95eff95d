import { rmSync } from "node:fs";
import { factVersions } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, adminToken, call, newWorker, playRun, status } from "../testing/coordinators.ts";
import { OtherCoordinators } from "./other-coordinators.ts";
import { recoverState, surveyState } from "../backup/recover.ts";

const membersOf = async (...all: Parameters<typeof status>) =>
  (await status(...all)).members.map(({ id, role }) => `${id.slice(0, id.indexOf("."))} ${role}`);

test("a member that is removed while it runs ends, does not come back as itself, and joins anew when it is wiped", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const [removed] = all.filter((each) => each !== leader);
  if (removed === undefined) throw new Error("no follower");
  const { id, cluster } = await status(removed);
  const name = id.slice(0, id.indexOf("."));
  expect((await call(leader, "DELETE", `/api/v1/cluster/members/${id}`)).status).toBe(204);
  expect(await removed.failed).toMatchObject({ code: "member-removed", details: { id, cluster } });
  expect((await fetch(`${removed.address}/readyz`)).status).toBe(503);
  await coordinators.stop(removed);
  const addresses = [leader.address];
  await expect(coordinators.start(name, { addresses })).rejects.toMatchObject({ code: "member-removed", details: { id } });
  rmSync(coordinators.stateDir(name), { recursive: true });
  const again = await coordinators.start(name, { addresses });
  await coordinators.add(again, leader);
  expect((await status(again)).id).not.toBe(id);
});

test("a leader that removes itself ends as well, and the others go on", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const { id } = await status(leader);
  expect((await call(leader, "DELETE", `/api/v1/cluster/members/${id}`)).status).toBe(204);
  expect(await leader.failed).toMatchObject({ code: "member-removed", details: { id } });
  const others = all.filter((each) => each !== leader);
  const next = await coordinators.leader(others);
  await playRun(next, await newWorker(next), "after");
  for (const each of others) expect((await status(each)).members).toHaveLength(2);
});

test("a member that was removed while it was away learns of it when it comes back, at another address", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const [away] = all.filter((each) => each !== leader);
  if (away === undefined) throw new Error("no follower");
  const { id } = await status(away);
  const name = id.slice(0, id.indexOf("."));
  await coordinators.stop(away);
  await call(leader, "DELETE", `/api/v1/cluster/members/${id}`);
  const back = await coordinators.start(name);
  expect(await back.failed).toMatchObject({ code: "member-removed", details: { id } });
  expect(await membersOf(leader)).not.toContainEqual(expect.stringContaining(name));
});

test("one of three that is left is made a cluster of its own, keeps all it has, and does not hear the others when they come back", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const [first] = all;
  const worker = await newWorker(first);
  const runs: string[] = [];
  for (let number = 0; number < 3; number += 1) runs.push(await playRun(first, worker, `run-${number}`));
  const { cluster } = await status(first);
  const { body: token } = await call(first, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  await expect(async () => recoverState(coordinators.stateDir("a"))).rejects.toMatchObject({ code: "database-in-use" });
  await Promise.all(all.map((each) => coordinators.stop(each)));

  const before = surveyState(coordinators.stateDir("a"));
  expect(before).toMatchObject({ cluster, isRemoved: false });
  expect(before.members).toHaveLength(3);
  expect(surveyState(coordinators.stateDir("a"))).toEqual(before);
  const { newCluster } = recoverState(coordinators.stateDir("a"));
  expect(newCluster).not.toBe(cluster);
  const portOf = ({ address }: { address: string }): number => Number(new URL(address).port);
  const survivor = await coordinators.start("a", {}, portOf(first));
  expect(await status(survivor)).toMatchObject({ role: "leader", cluster: newCluster, members: [{ role: "voter" }] });
  for (const run of runs) expect((await call(survivor, "GET", `/api/v1/runs/${run}`)).body).toMatchObject({ verdict: "passed" });
  expect((await call(survivor, "GET", "/api/v1/runs", undefined, token.secret as string)).status).toBe(200);
  await playRun(survivor, await newWorker(survivor, "two"), "after");

  // They are a majority of the cluster of before, and elect a leader.
  const old = await Promise.all([coordinators.start("b", {}, portOf(all[1])), coordinators.start("c", {}, portOf(all[2]))]);
  await coordinators.leader(old);
  const request = { id: (await status(old[0])).id, address: "http://127.0.0.1:1" };
  const headers = { authorization: "Bearer admin-token-of-these-tests-0123456789", "shardwright-cluster": cluster };
  const answer = await fetch(`${survivor.address}/api/v1/cluster/members`, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
  });
  expect(await answer.json()).toMatchObject({
    error: { code: "other-cluster", details: { cluster: newCluster, wanted: cluster } },
  });

  const joins = { addresses: [survivor.address] };
  const next = await Promise.all([coordinators.start("d", joins), coordinators.start("e", joins)]);
  await coordinators.untilVoters(3, [survivor, ...next]);
  expect(await membersOf(survivor)).toEqual([
    "a voter",
    expect.stringMatching(/^[de] voter/),
    expect.stringMatching(/^[de] voter/),
  ]);
  for (const each of old) expect((await status(each)).cluster).toBe(cluster);
  for (const each of next)
    for (const run of runs) expect((await call(each, "GET", `/api/v1/runs/${run}`)).body).toMatchObject({ verdict: "passed" });
});

test("a coordinator that waits is added by its address, also where nothing happens by itself", async () => {
  await using coordinators = new Coordinators();
  const manual = { autoRecovery: false };
  const first = await coordinators.start("a", manual);
  const second = await coordinators.start("b", { ...manual, addresses: [first.address] });
  const third = await coordinators.start("c", { ...manual, addresses: [first.address] });
  for (const each of [second, third]) await coordinators.add(each, first);
  await coordinators.untilVoters(3, [first, second, third]);
  const ghost = { id: "ghost.00000001", address: "http://127.0.0.1:1" };
  const joins = new OtherCoordinators({
    adminToken,
    identity: { ...(await status(first)), node: ghost.id },
    facts: factVersions.version,
    certificates: undefined,
  });
  expect(await joins.askIn(first.address, { ...ghost, witness: false }, false)).toBeUndefined();
  await joins.close();
  expect((await call(first, "POST", `/api/v1/cluster/members/${ghost.id}/promote?caught_up=true`)).body).toMatchObject({
    error: { code: "not-caught-up", details: { id: ghost.id } },
  });
  const stranger = await coordinators.start("d");
  for (const [address, code] of [
    [stranger.address, "other-cluster"],
    ["http://127.0.0.1:1", "membership-refused"],
    ["ftp://127.0.0.1:1", "bad-request"],
  ])
    expect((await call(first, "POST", "/api/v1/cluster/add", { address })).body).toMatchObject({
      error: { code },
    });
});
