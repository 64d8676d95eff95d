import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterStatus } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noSmallDisk, smallDisk } from "./small-disk.ts";
import { freePort, runToEnd, start, until, type Started } from "./processes.ts";

const adminToken = "admin-token-of-these-tests-0123456789abcdef";
let directory: string;
let started: Started[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cluster-operations-"));
  started = [];
});
afterEach(async () => {
  for (const each of started) each.child.kill("SIGKILL");
  await Promise.all(started.map(({ exited }) => exited));
  rmSync(directory, { recursive: true, force: true });
});

const path = (name: string) => join(directory, name);

interface Running extends Started {
  readonly address: string;
}

async function coordinator(name: string, args: readonly string[] = []): Promise<Running> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const own = ["--port", String(port), "--state-dir", path(name), "--coordinator-id", name, "--failover-profile", "fast"];
  const process = start(["coordinator", ...own, ...args], { environment: { SHARDWRIGHT_ADMIN_TOKEN: adminToken } });
  started.push(process);
  await until(`the coordinator ${name}`, async () => (await fetch(`${address}/healthz`)).ok);
  return { ...process, address };
}

async function stop(process: Started): Promise<void> {
  process.child.kill("SIGKILL");
  await process.exited;
}

const cluster = (args: readonly string[], address?: string) =>
  runToEnd(["cluster", ...args], {
    cwd: directory,
    environment: { SHARDWRIGHT_API_KEY: adminToken, ...(address && { SHARDWRIGHT_COORDINATOR: address }) },
  });

async function status({ address }: Running): Promise<ClusterStatus> {
  const answer = await fetch(`${address}/api/v1/cluster`, { headers: { authorization: `Bearer ${adminToken}` } });
  return (await answer.json()) as ClusterStatus;
}

async function newToken({ address }: Running): Promise<string> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const body = JSON.stringify({ name: "reader", scope: "read" });
  const answer = await fetch(`${address}/api/v1/tokens`, { method: "POST", headers, body });
  return ((await answer.json()) as { secret: string }).secret;
}

async function knows({ address }: Running, token: string): Promise<boolean> {
  return (await fetch(`${address}/api/v1/runs`, { headers: { authorization: `Bearer ${token}` } })).ok;
}

test(
  "a backup is taken, looked at and restored by command, and the coordinator of it is joined",
  { timeout: 240_000 },
  async () => {
    const first = await coordinator("a");
    const token = await newToken(first);
    const taken = await cluster(["backup", "b.tar", "--with-blobs"], first.address);
    expect(taken).toMatchObject({ code: 0, output: expect.stringContaining("0 runs, 0 tasks, 0 cases, 1 token") });
    expect(await cluster(["verify", "b.tar"])).toMatchObject({ code: 0, output: taken.output });
    expect(readdirSync(directory).toSorted()).toEqual(["a", "b.tar"]);
    await stop(first);

    const { code, output } = await cluster(["restore", "b.tar", "--state-dir", "r"]);
    expect([code, output]).toEqual([0, expect.stringContaining(`shardwright coordinator --state-dir ${path("r")}`)]);
    const again = await cluster(["restore", "b.tar", "--state-dir", "r"]);
    expect([again.code, again.output]).toEqual([2, expect.stringContaining("is not empty")]);
    const restored = await coordinator("r");
    expect(await knows(restored, token)).toBe(true);
    expect((await status(restored)).id).toMatch(/^a\./);

    const manual = ["--no-auto-recovery", "--coordinator-addresses", restored.address];
    const second = await coordinator("s", manual);
    const added = await cluster(["add", second.address], restored.address);
    expect([added.code, added.output]).toEqual([
      0,
      expect.stringContaining("With 2 no more may be lost than with 1: add another one."),
    ]);
    const compared = await cluster(["verify"], restored.address);
    expect([compared.code, compared.output]).toEqual([0, expect.stringContaining("the tables of 2 members")]);
    expect(await knows(second, token)).toBe(true);
  },
);

test.skipIf(noSmallDisk !== undefined)("disks that are too small for a backup cost the backup, and nothing else", async () => {
  const stateDir = smallDisk(8 * 1024 * 1024);
  const first = await coordinator("a", ["--state-dir", stateDir]);
  const refused = await cluster(["backup", "b.tar"], first.address);
  expect([refused.code, refused.output]).toEqual([3, expect.stringContaining("less than 16 MiB would be left on its disk")]);
  expect(readdirSync(stateDir)).not.toContain("backups");
  expect(await knows(first, await newToken(first))).toBe(true);
  await stop(first);

  const second = await coordinator("b");
  const disk = smallDisk(96 * 1024);
  const full = await cluster(["backup", join(disk, "b.tar")], second.address);
  expect([full.code, full.output]).toEqual([3, expect.stringContaining("The backup could not be written to")]);
  expect(readdirSync(disk)).toEqual([]);
  expect(readdirSync(directory).toSorted()).toEqual(["b"]);
});

test(
  "what is left of a cluster is recovered by command, after it was looked at, and not by mistake",
  { timeout: 240_000 },
  async () => {
    const first = await coordinator("a");
    const token = await newToken(first);
    const { cluster: before } = await status(first);
    const inUse = await cluster(["recover", "--state-dir", "a", "--accept-loss"]);
    expect([inUse.code, inUse.output]).toEqual([3, expect.stringContaining("Another coordinator uses")]);
    await stop(first);

    const survey = await cluster(["recover", "--state-dir", "a", "--dry-run"]);
    expect([survey.code, survey.output]).toEqual([
      0,
      expect.stringMatching(/^Cluster default\.\w+, member a\.\w+: last entry \d+ of term \d+\.\n/),
    ]);
    const unsaid = await cluster(["recover", "--state-dir", "a"]);
    expect([unsaid.code, unsaid.output]).toEqual([2, expect.stringContaining("pass --accept-loss")]);
    expect((await cluster(["recover", "--state-dir", "a", "--dry-run"])).output).toBe(survey.output);
    const nowhere = await cluster(["recover", "--state-dir", "none", "--accept-loss"]);
    expect([nowhere.code, existsSync(path("none"))]).toEqual([2, false]);
    const done = await cluster(["recover", "--state-dir", "a", "--accept-loss"]);
    expect([done.code, done.output]).toEqual([0, expect.stringContaining("its only voter")]);
    const again = await coordinator("a");
    expect((await status(again)).cluster).not.toBe(before);
    expect(await knows(again, token)).toBe(true);
  },
);

test("a coordinator that is removed ends with a code and says what to do", async () => {
  const first = await coordinator("a", ["--no-auto-recovery"]);
  const second = await coordinator("b", ["--no-auto-recovery", "--coordinator-addresses", first.address]);
  await until("the second one's admission", async () => (await status(second)).members.length === 2);
  const { id } = await status(second);
  expect((await cluster(["remove", id], first.address)).code).toBe(0);
  expect(await second.exited).toBe(3);
  expect(second.output()).toContain(`${id} was removed from the cluster`);
  expect(second.output()).toContain("wipe its --state-dir");
});
