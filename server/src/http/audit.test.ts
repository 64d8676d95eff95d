import type { AuditList } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, adminToken, call } from "../testing/coordinators.ts";
import { submissionOf } from "../testing/world.ts";

const auditOf = async (coordinator: Parameters<typeof call>[0], query = "") =>
  (await call(coordinator, "GET", `/api/v1/audit${query}`)).body as AuditList;

test("what operators do is kept, by whom and with what came of it, and no secret is in it", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "ada", scope: "admin" });
  const asAda = (method: string, path: string, json?: unknown) => call(coordinator, method, path, json, token.secret as string);
  await asAda("PUT", "/api/v1/configuration/open-runs", { value: 7 });
  expect((await asAda("PUT", "/api/v1/configuration/open-runs", { value: 0 })).status).toBe(400);
  const entry = { test: "a.test.js", owner: "ada", reason: "#1", expires_at_ms: Date.now() + 86_400_000 };
  await asAda("PUT", "/api/v1/quarantine", entry);
  const { body: run } = await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js"]));
  await asAda("POST", `/api/v1/runs/${run.run}/cancel`, { reason: "late" });
  // It says who asked, whoever the request says it is by.
  await asAda("PATCH", "/api/v1/trends/alerts/a-0000000000000000", { state: "invalid", by: "bob", note: "moved" });
  await asAda("DELETE", `/api/v1/tokens/${token.id}`);

  const { entries } = await auditOf(coordinator);
  const ada = { name: "ada", scope: "admin", token: token.id };
  expect(entries).toMatchObject([
    { name: "token.revoke", actor: ada, outcome: "done", object: `${token.id} (ada)` },
    { name: "alert.judge", actor: ada, outcome: "refused", code: "not-found", object: "a-0000000000000000: invalid, moved" },
    { name: "run.cancel", actor: ada, outcome: "done", project: "default", object: `${run.run} (key): late` },
    { name: "quarantine.add", actor: ada, outcome: "done", project: "default" },
    { name: "configuration.set", actor: ada, outcome: "refused", code: "bad-request", object: "open-runs = 0" },
    { name: "configuration.set", outcome: "done", route: "PUT /api/v1/configuration/:key", object: "open-runs = 7" },
    { name: "token.create", actor: { name: "admin", scope: "admin" }, outcome: "done", object: "ada, of the scope admin" },
  ]);
  expect(entries.at(-1)?.actor).not.toHaveProperty("token");
  const told = JSON.stringify(entries);
  for (const secret of [token.secret as string, adminToken]) expect(told).not.toContain(secret);

  // It outlasts the process.
  await coordinators.stop(coordinator);
  expect((await auditOf(await coordinators.start("a"))).entries).toEqual(entries);
});

test("it is read page by page, by action, by whom and since when; by administrators alone", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  for (const value of [1, 2, 3]) await call(coordinator, "PUT", "/api/v1/configuration/open-runs", { value });
  const { body: reader } = await call(coordinator, "POST", "/api/v1/tokens", { name: "r", scope: "submit", project: "shop" });
  const secret = reader.secret as string;
  const objects = ({ entries }: AuditList) => entries.map(({ object }) => object);
  const first = await auditOf(coordinator, "?action=configuration&limit=2");
  expect(objects(first)).toEqual(["open-runs = 3", "open-runs = 2"]);
  const second = await auditOf(coordinator, `?action=configuration&limit=2&before=${first.next}`);
  expect(objects(second)).toEqual(["open-runs = 1"]);
  expect(second.next).toBeUndefined();
  expect(objects(await auditOf(coordinator, "?project=shop"))).toEqual(["r, of the scope submit"]);
  expect(objects(await auditOf(coordinator, "?actor=admin&action=token.create"))).toHaveLength(1);
  // Half a name is none, and what would have been later is not there.
  expect(objects(await auditOf(coordinator, "?action=config"))).toEqual([]);
  expect(objects(await auditOf(coordinator, `?since_ms=${Date.now() + 60_000}`))).toEqual([]);

  // What was not let in has changed nothing, and fills no log.
  const before = (await auditOf(coordinator)).entries.length;
  expect((await call(coordinator, "PUT", "/api/v1/configuration/open-runs", { value: 9 }, secret)).status).toBe(403);
  expect((await call(coordinator, "PUT", "/api/v1/configuration/open-runs", {})).status).toBe(400);
  expect((await call(coordinator, "GET", "/api/v1/audit", undefined, secret)).status).toBe(403);
  expect((await auditOf(coordinator)).entries).toHaveLength(before);
});

test("who hands leadership over is kept, though the leader is another one by then", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  expect((await call(leader, "POST", "/api/v1/cluster/transfer", {})).status).toBe(204);
  await expect.poll(async () => (await call(leader, "GET", "/api/v1/cluster")).body.role, { timeout: 20_000 }).toBe("follower");
  const { entries } = await auditOf(await coordinators.leader(all), "?action=cluster.transfer");
  expect(entries).toMatchObject([{ object: "whoever is furthest", actor: { name: "admin" } }]);
});
