import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { frozenDisk, noFrozenDisk } from "../frozen-disk.ts";
import { until } from "../processes.ts";
import { authorization, leaderAmong, startNodes, statusOf, type Node } from "./nodes.ts";

beforeEach(({ skip }) => skip(noFrozenDisk !== undefined, noFrozenDisk));

const isReady = ({ address }: Node): Promise<number> =>
  fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5000) }).then(async (response) => {
    await response.text();
    return response.status;
  });

const makeToken = async ({ address }: Node, name: string): Promise<number> => {
  const body = JSON.stringify({ name, scope: "read" });
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(`${address}/api/v1/tokens`, { method: "POST", headers: { authorization }, body, signal });
  await response.text();
  return response.status;
};

/** Three programs, started and elected, and some more than once. */
const limit_ms = 180_000;

test(
  "a leader whose disk hangs says so and hands over; when the disk answers again it follows, and nothing is lost",
  { timeout: limit_ms },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "failover-cluster-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    const disk = frozenDisk();
    // The one that founds the cluster leads it.
    const nodes = await startNodes(3, (name) => (name === "a" ? join(disk.path, "state") : join(folder, name)));
    const [first, ...others] = nodes as [Node, Node, Node];
    expect(await leaderAmong(nodes)).toBe(first);
    expect(await makeToken(first, "before")).toBe(201);
    const { term } = await statusOf(first);

    disk.hold();
    // It is decided and not kept: it is answered when somebody else leads.
    const during = makeToken(first, "during");
    await until("another leader", async () => (await statusOf(others[0])).leader?.address !== first.address);
    const next = await leaderAmong(others);
    expect((await statusOf(next)).term).toBe(term + 1);
    expect((await statusOf(next)).recent_elections?.at(-1)).toMatchObject({ outcome: "won", reason: "handover" });
    expect(await makeToken(next, "meanwhile")).toBe(201);
    expect([201, 503]).toContain(await during);
    expect(first.log()).toContain("the disk does not answer");
    expect(await isReady(next)).toBe(200);

    disk.release();
    await until("a disk that answers", async () => (await isReady(first)) === 200);
    await until("a follower that has all", async () => (await statusOf(first)).applied >= (await statusOf(next)).commit);
    expect(first.log()).toContain("the disk answers again");
    expect((await statusOf(first)).role).toBe("follower");
    const response = await fetch(`${first.address}/api/v1/tokens`, { headers: { authorization } });
    const { tokens } = (await response.json()) as { tokens: { name: string }[] };
    const names = tokens.map(({ name }) => name);
    for (const name of ["before", "meanwhile"]) expect(names).toContain(name);
  },
);

test(
  "a coordinator that is alone and whose disk hangs is not ready, acknowledges nothing, and goes on when it answers",
  { timeout: limit_ms },
  async () => {
    const disk = frozenDisk();
    const [only] = (await startNodes(1, (name) => join(disk.path, name))) as [Node];
    disk.hold();
    let status: number | undefined;
    const during = makeToken(only, "during").then((answer) => (status = answer));
    await until("a coordinator that is not ready", async () => (await isReady(only)) === 503);
    expect(status).toBeUndefined();
    const told = await statusOf(only);
    expect([told.role, told.disk?.stalled_ms]).toEqual(["leader", expect.any(Number)]);
    disk.release();
    expect(await during).toBe(201);
    expect(await isReady(only)).toBe(200);
  },
);
