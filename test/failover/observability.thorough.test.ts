import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { until } from "../processes.ts";
import { authorization, kill, leaderAmong, metricsOf, startAgain, startNodes, statusOf, type Node } from "./nodes.ts";

async function makeToken({ address }: Node): Promise<number> {
  const body = JSON.stringify({ name: "reader", scope: "read" });
  const response = await fetch(`${address}/api/v1/tokens`, { method: "POST", headers: { authorization }, body });
  await response.text();
  return response.status;
}

/** Three programs, started and elected, and some more than once. */
const limit_ms = 180_000;

test(
  "metrics and status say who was lost, why there was an election, and how far the others are",
  { timeout: limit_ms },
  async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const [follower, other] = nodes.filter((node) => node !== leader) as [Node, Node];
    for (let number = 0; number < 5; number += 1) expect(await makeToken(follower)).toBe(201);
    const { id: lostId, term } = await statusOf(leader);
    const led = await metricsOf(leader);
    expect(led.get('shardwright_cluster_role{role="leader"}')).toBe(1);
    expect(led.get("shardwright_cluster_commit_duration_seconds_count")).toBeGreaterThanOrEqual(5);
    expect(led.get('shardwright_cluster_commit_duration_seconds_bucket{le="+Inf"}')).toBe(
      led.get("shardwright_cluster_commit_duration_seconds_count"),
    );
    expect(led.get("shardwright_cluster_log_sync_duration_seconds_count")).toBeGreaterThanOrEqual(5);
    expect(led.get("shardwright_cluster_apply_duration_seconds_count")).toBeGreaterThan(0);
    expect(led.get('shardwright_cluster_members{role="voter"}')).toBe(3);
    expect(led.get("shardwright_cluster_tolerated_losses")).toBe(1);
    expect([...led.keys()].filter((key) => key.startsWith("shardwright_cluster_member_lag_entries{"))).toHaveLength(3);
    const followed = await metricsOf(follower);
    expect(followed.get('shardwright_cluster_forwarded_requests_total{outcome="answered"}')).toBe(5);
    expect([...followed.keys()].filter((key) => key.startsWith("shardwright_cluster_member_lag_entries{"))).toEqual([]);
    const status = await statusOf(leader);
    expect(status.members.map(({ version, match }) => [version, match !== undefined])).toEqual([
      ["0", true],
      ["0", true],
      ["0", true],
    ]);
    expect(status.disk?.ledger_bytes).toBeGreaterThan(0);
    expect(status.disk?.size_bytes).toBeGreaterThan(status.disk?.free_bytes ?? Number.POSITIVE_INFINITY);
    expect(status.queues).toEqual({ proposals: 0, log: 0, tables: 0, reads: 0, blobs: 0 });

    await kill(leader);
    const next = await leaderAmong([follower, other]);
    const last = next === follower ? other : follower;
    const [won, saw] = await Promise.all([metricsOf(next), metricsOf(last)]);
    expect(won.get("shardwright_cluster_term")).toBeGreaterThan(term);
    expect(won.get('shardwright_cluster_elections_total{event="won"}')).toBe(1);
    expect(won.get('shardwright_cluster_elections_total{event="started"}')).toBeGreaterThanOrEqual(1);
    expect(saw.get('shardwright_cluster_elections_total{event="won"}')).toBe(0);
    for (const figures of [won, saw]) {
      expect(figures.get("shardwright_cluster_without_leader_seconds_total")).toBeGreaterThan(0);
      expect(figures.get("shardwright_cluster_without_leader_seconds")).toBe(0);
    }
    expect(saw.get("shardwright_cluster_leader_changes_total")).toBe(2);
    const { id } = await statusOf(next);
    const election = (await statusOf(next)).recent_elections?.at(-1);
    expect(election).toMatchObject({ outcome: "won", leader: id });
    // A machine that is slow itself may notice the silence first.
    expect(["process-gone", "silence"]).toContain(election?.reason);
    expect((await statusOf(last)).recent_elections?.at(-1)).toMatchObject({ outcome: "followed", leader: id });
    await until("a silent member", async () => {
      const silent_s = (await metricsOf(next)).get(`shardwright_cluster_member_last_contact_seconds{member="${lostId}"}`) ?? 0;
      return silent_s > 1;
    });
    // The dead one has said nothing to this leader: how far it is, nobody knows.
    const dead = (await statusOf(next)).members.find((member) => member.id === lostId);
    expect(dead).not.toHaveProperty("match");

    await kill(next);
    await until("no leader", async () => (await statusOf(last)).leader === undefined);
    expect(await makeToken(last)).toBe(503);
    const alone = await metricsOf(last);
    expect(alone.get("shardwright_cluster_refused_requests_total")).toBeGreaterThanOrEqual(1);
    await until("time without a leader", async () => ((await statusOf(last)).without_leader_ms ?? 0) > 0);
  },
);

test("a forwarded request is not forwarded again, and the log names who forwarded it", { timeout: limit_ms }, async () => {
  const nodes = await startNodes(3);
  const leader = await leaderAmong(nodes);
  const [one, two] = nodes.filter((node) => node !== leader) as [Node, Node];
  const { id } = await statusOf(two);
  const ask = async (method: string, path: string, from: string): Promise<number> => {
    const response = await fetch(`${one.address}${path}`, {
      method,
      headers: { authorization, "shardwright-forwarded": from },
    });
    await response.text();
    return response.status;
  };
  expect(await ask("GET", "/api/v1/runs", id)).toBe(200);
  expect(await ask("POST", "/api/v1/tokens", id)).toBe(503);
  expect(await ask("POST", "/api/v1/tokens", (await statusOf(one)).id)).toBe(503);
  expect(await ask("POST", "/api/v1/tokens", "<script>")).toBe(503);
  const told = one
    .log()
    .split("\n")
    .filter((line) => line.includes('"from"'));
  expect(told.map((line) => (JSON.parse(line) as { from: string; msg: string }).from)).toEqual([
    id,
    (await statusOf(one)).id,
    "somebody without a name",
  ]);
  expect(told[1]).toContain("came back to it");
  expect((await metricsOf(one)).get('shardwright_cluster_forwarded_requests_total{outcome="refused"}')).toBe(3);
});

test(
  "a stream that breaks between two coordinators is told in the log's own way, and its reader does not take it for whole",
  { timeout: limit_ms },
  async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const [follower] = nodes.filter((node) => node !== leader) as [Node];
    const registration = {
      name: "one",
      instance: "instance-1",
      slots: 1,
      capabilities: { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} },
      version: "1",
    };
    const registered = await fetch(`${follower.address}/api/v1/workers`, {
      method: "POST",
      headers: { authorization },
      body: JSON.stringify(registration),
    });
    const { worker } = (await registered.json()) as { worker: string };
    const isWhole = await new Promise<boolean>((resolve, reject) => {
      const asked = request(
        `${follower.address}/api/v1/workers/${worker}/signals`,
        { headers: { authorization } },
        (response) => {
          response.once("data", () => void kill(leader));
          response.resume();
          response.on("error", () => {});
          response.on("close", () => resolve(response.complete));
        },
      );
      asked.on("error", reject).end();
    });
    expect(isWhole).toBe(false);
    await until("a line of the log", async () => follower.log().includes("an answer broke off"));
    for (const line of follower.log().trim().split("\n")) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
    expect((await metricsOf(follower)).get('shardwright_cluster_forwarded_requests_total{outcome="broken"}')).toBe(1);
  },
);

test(
  "a disk on which entries rotted is told, in log, status and metrics, and so is that they are here again",
  { timeout: limit_ms },
  async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const [follower] = nodes.filter((node) => node !== leader) as [Node];
    for (let number = 0; number < 5; number += 1) expect(await makeToken(leader)).toBe(201);
    await until("a follower that has all", async () => (await statusOf(follower)).applied >= (await statusOf(leader)).commit);
    const { last } = await statusOf(follower);
    await kill(follower);
    const log = new DatabaseSync(join(follower.stateDir, "ledger.db"));
    log.exec(`UPDATE entries SET data = zeroblob(length(data)) WHERE idx = ${last - 2}`);
    log.close();
    const again = await startAgain(follower);
    await until("entries that are here again", async () => (await statusOf(again)).repairs?.at(-1)?.kind === "entries-regained");
    const { repairs = [], ...status } = await statusOf(again);
    expect(repairs.map(({ kind }) => kind)).toEqual(["entries-lost", "entries-regained"]);
    expect(repairs[0]?.what).toContain(`entries ${last - 2} to ${last} `);
    expect(status).not.toHaveProperty("lost_up_to");
    const told = again
      .log()
      .split("\n")
      .filter((line) => line.includes('"msg":"the ledger was repaired"'));
    expect(told.map((line) => (JSON.parse(line) as { what: string }).what)).toEqual(repairs.map(({ what }) => what));
    const figures = await metricsOf(again);
    expect(figures.get('shardwright_cluster_repairs_total{kind="entries-lost"}')).toBe(1);
    expect(figures.get("shardwright_cluster_lost_entries")).toBe(0);
  },
);
