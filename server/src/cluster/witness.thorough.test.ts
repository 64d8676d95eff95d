import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { call as callPatiently } from "../testing/coordinators.ts";
import { call, leaderAmong, start, stateDirOf, statusOf, stop, useMembers } from "../testing/members.ts";
import { rolesOf, startWitness, twoAndWitness, whole } from "../testing/witnesses.ts";

useMembers();

test("a witness's log is shortened as the others have it; where it is behind, it begins anew with the others'", async () => {
  const options = { logLimit_entries: 20 };
  const { a, b, w } = await twoAndWitness(options);
  const leader = await leaderAmong([a, b]);
  let made = 0;
  const write = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1, made += 1)
      // On a busy machine another leader may be elected meanwhile.
      expect((await callPatiently(leader, "POST", "/api/v1/tokens", { name: `token ${made}`, scope: "read" })).status).toBe(201);
  };
  await write(60);
  await expect.poll(async () => (await statusOf(w)).first).toBeGreaterThan(20);
  const { last } = await statusOf(w);
  await stop(w);
  await write(60);
  await expect.poll(async () => (await statusOf(leader)).first).toBeGreaterThan(last);
  const again = await startWitness("w", [leader.address], options);
  const lag = async (): Promise<number> => (await statusOf(leader)).applied - (await statusOf(again)).applied;
  await expect.poll(lag).toBe(0);
  expect((await statusOf(again)).first).toBeGreaterThan(last);
  await stop(leader === a ? b : a);
  await write(1);
  const { tokens } = (await callPatiently(again, "GET", "/api/v1/tokens")).body as { tokens: { name: string }[] };
  // What was answered with 503 may have been written, and was written again then.
  expect(new Set(tokens.map(({ name }) => name)).size).toBe(made);
});

test("a witness on a wiped disk joins again, and takes the place of the one before", async () => {
  const { a, b, w } = await twoAndWitness();
  const { id } = await statusOf(w);
  await stop(w);
  rmSync(stateDirOf("w"), { recursive: true });
  const again = await startWitness("w", [a.address, b.address]);
  const { id: next } = await statusOf(again);
  expect(next).not.toBe(id);
  await expect.poll(async () => rolesOf(await statusOf(again))).toContain("w learner");
  // Or the leader notices within a minute.
  expect((await call(again, "DELETE", `/api/v1/cluster/members/${id}`)).status).toBe(204);
  await whole([a, b, again]);
});

test("witnesses are never more than half of those who vote", async () => {
  const { a, b, w } = await twoAndWitness();
  const second = await startWitness("x", [a.address]);
  await expect.poll(async () => (await statusOf(a)).members.length).toBe(4);
  const { id } = await statusOf(second);
  expect((await call(a, "POST", `/api/v1/cluster/members/${id}/promote`)).status).toBe(204);
  const [leader, follower] = (await leaderAmong([a, b])) === a ? [a, b] : [b, a];
  const refused = await call(leader, "DELETE", `/api/v1/cluster/members/${(await statusOf(follower)).id}`);
  expect(refused.body.error.message).toContain("too-many-witnesses");
  expect((await statusOf(w)).members.filter(({ role }) => role === "witness")).toHaveLength(2);
});

test("an operator adds a witness by its address, and it stays one", async () => {
  const a = await start("a", { autoRecovery: false });
  const addresses = [a.address];
  const [b, w] = await Promise.all([start("b", { addresses }), startWitness("w", addresses)]);
  for (const each of [b, w]) {
    const { body } = await call(a, "POST", "/api/v1/cluster/add", { address: each.address });
    const promote = () => call(a, "POST", `/api/v1/cluster/members/${body.id}/promote?caught_up=true`);
    await expect.poll(async () => (await promote()).status).toBe(204);
  }
  expect(
    rolesOf(await statusOf(a))
      .split(", ")
      .toSorted(),
  ).toEqual(["a voter", "b voter", "w witness"]);
  expect(await statusOf(a)).toMatchObject({ is_witness: false, tolerates: 1 });
  expect(await statusOf(w)).toMatchObject({ is_witness: true, position: 0 });
});
