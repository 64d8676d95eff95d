import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type FrozenDisk, frozenDisk, noFrozenDisk } from "../frozen-disk.ts";
import { until } from "../processes.ts";
import { authorization, leaderAmong, metricsOf, startNodes, statusOf, type Node } from "./nodes.ts";

/** Stopped for so long, and let go on for so long at least, again and again: it answers, and late. */
const stopped_ms = 550;
const awake_ms = 50;

/**
 * Slows a process down until the test is over or it is let go. It is stopped anew only when it has answered something since: on a machine that
 * is busy with something else it would not come to say that it is there.
 */
function slowDown({ child, address }: Node): () => void {
  let isOver = false;
  const turn = (): void => {
    if (isOver || child.exitCode !== null) return;
    child.kill("SIGSTOP");
    setTimeout(() => {
      child.kill("SIGCONT");
      const answered = fetch(`${address}/healthz`).then(
        (response) => response.text(),
        () => undefined,
      );
      void Promise.all([answered, new Promise((resolve) => setTimeout(resolve, awake_ms))]).then(turn);
    }, stopped_ms);
  };
  const release = (): void => {
    isOver = true;
    child.kill("SIGCONT");
  };
  onTestFinished(release);
  turn();
  return release;
}

const makeToken = async ({ address }: Node, name: string): Promise<number> => {
  const body = JSON.stringify({ name, scope: "read" });
  const response = await fetch(`${address}/api/v1/tokens`, { method: "POST", headers: { authorization }, body });
  await response.text();
  return response.status;
};

test(
  "a leader that only just keeps up hands over to one that is well, once, and stays a follower",
  { timeout: 180_000 },
  async () => {
    const nodes = await startNodes(3);
    const leader = await leaderAmong(nodes);
    const others = nodes.filter((node) => node !== leader);
    await until("all members' health", async () =>
      (await statusOf(leader)).members.every(({ health, disk }) => health !== undefined && disk !== undefined),
    );
    expect(await makeToken(leader, "before")).toBe(201);
    const { term } = await statusOf(leader);

    const release = slowDown(leader);
    await until("another leader", async () => (await statusOf(others[0] as Node)).leader?.address !== leader.address);
    const next = await leaderAmong(others);
    expect(leader.log()).toContain("this coordinator is not well: it hands leadership over");
    expect((await statusOf(next)).recent_elections?.at(-1)).toMatchObject({ outcome: "won", reason: "handover", term: term + 1 });
    const sick = (await statusOf(leader)).id;
    const scoreOf = async () => (await statusOf(next)).members.find(({ id }) => id === sick)?.health?.score ?? 100;
    await until("a score below the threshold", async () => (await scoreOf()) < 70);
    expect((await metricsOf(next)).get(`shardwright_cluster_member_health{member="${sick}"}`)).toBeLessThan(70);
    expect(await makeToken(next, "meanwhile")).toBe(201);

    // The next one becomes unwell as well: leadership was handed over a moment ago, and stays.
    const releaseNext = slowDown(next);
    await until(
      "a second one that is unwell",
      async () => (await metricsOf(next)).get("shardwright_cluster_event_loop_delay_seconds")! > 0.2,
    );
    const lookedAt = Date.now();
    await until("ten looks", () => Promise.resolve(Date.now() - lookedAt > 20_000));
    expect((await statusOf(others.find((node) => node !== next) as Node)).term).toBe(term + 1);
    release();
    releaseNext();
    await until("two that are well again", async () => (await scoreOf()) >= 95);
    expect((await statusOf(next)).term).toBe(term + 1);
    const response = await fetch(`${next.address}/api/v1/tokens`, { headers: { authorization } });
    const { tokens } = (await response.json()) as { tokens: { name: string }[] };
    expect(tokens.map(({ name }) => name)).toEqual(expect.arrayContaining(["before", "meanwhile"]));
  },
);

/** A disk that answers, and takes long for it, until the test is over. */
function slowDisk(disk: FrozenDisk): void {
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const turn = (): void => {
    if (isOver) return;
    disk.hold();
    setTimeout(() => {
      disk.release();
      setTimeout(turn, 20);
    }, 300);
  };
  turn();
}

test("a leader whose disk is slow beside the others' hands over, once", { timeout: 180_000 }, async ({ skip }) => {
  skip(noFrozenDisk !== undefined, noFrozenDisk);
  const folder = mkdtempSync(join(tmpdir(), "failover-cluster-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const disk = frozenDisk();
  const nodes = await startNodes(3, (name) => (name === "a" ? join(disk.path, "state") : join(folder, name)));
  const [leader, other] = nodes as [Node, Node, Node];
  expect(await leaderAmong(nodes)).toBe(leader);
  const { term, id } = await statusOf(leader);
  slowDisk(disk);
  let made = 0;
  await until("another leader", async () => {
    await makeToken(other, `token ${(made += 1)}`);
    return (await statusOf(other)).leader?.id !== id;
  });
  expect(leader.log()).toContain("this coordinator is not well: it hands leadership over");
  expect(leader.log()).not.toContain("the disk does not answer");
  expect((await statusOf(other)).term).toBe(term + 1);
  const next = await leaderAmong(nodes);
  // It pays for a disk that is slow beside the others', and they do not; how much is a matter of how quick the machine's own disk is.
  let costs: Record<string, number | undefined> = {};
  const pays = async (): Promise<boolean> => {
    await makeToken(other, `token ${(made += 1)}`);
    const { members } = await statusOf(next);
    costs = Object.fromEntries(
      members.map((member) => [member.id, member.health?.terms.find(({ name }) => name === "disk")?.cost]),
    );
    const { [id]: own = 0, ...theirs } = costs;
    return own > 0 && Object.values(theirs).join() === "0,0";
  };
  await until("one slow disk", pays).catch((error: unknown) => {
    throw new Error(`costs of the disks: ${JSON.stringify(costs)}`, { cause: error });
  });
  expect((await statusOf(other)).term).toBe(term + 1);
});
