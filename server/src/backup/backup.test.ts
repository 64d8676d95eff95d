import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DatabaseSync } from "node:sqlite";
import type { Coordinator } from "../coordinator.ts";
import { packTar, unpackTar } from "modern-tar";
import { expect, test } from "vitest";
import { Coordinators, adminToken, call, newWorker, playRun, status } from "../testing/coordinators.ts";
import { restoreBackup } from "./restore-backup.ts";
import { verifyBackup } from "./verify-backup.ts";

async function backup({ address }: Coordinator, path: string, query = ""): Promise<void> {
  const answer = await fetch(`${address}/api/v1/cluster/backup${query}`, { headers: { authorization: `Bearer ${adminToken}` } });
  expect(answer.status).toBe(200);
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(path));
}

async function putBlob({ address }: Coordinator, content: string): Promise<string> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const headers = { authorization: `Bearer ${adminToken}` };
  expect((await fetch(`${address}/api/v1/blobs/${sha256}`, { method: "PUT", headers, body: content })).status).toBe(204);
  return sha256;
}

/** A coordinator with one run, whose bundle is a blob, and its backup. */
async function oneBackup(
  coordinators: Coordinators,
): Promise<{ path: string; run: string; blob: string; coordinator: Coordinator }> {
  const coordinator = await coordinators.start("a");
  const blob = await putBlob(coordinator, "a bundle that is none");
  const run = await playRun(coordinator, await newWorker(coordinator), "first", ["a.test.js"], {
    workspace: { kind: "bundle", chunks: [{ sha256: blob, bytes: 21 }], directory: "." },
  });
  const path = join(coordinators.directory, "backup.tar");
  await backup(coordinator, path, "?blobs=true");
  return { path, run, blob, coordinator };
}

test("a backup that is taken while runs are written has all that was acknowledged before", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  const before: string[] = [];
  for (let number = 0; number < 5; number += 1) before.push(await playRun(coordinator, worker, `before-${number}`));
  const over = new AbortController();
  const writing = (async () => {
    for (let number = 0; !over.signal.aborted; number += 1) await playRun(coordinator, worker, `meanwhile-${number}`);
  })();
  const path = join(coordinators.directory, "backup.tar");
  await backup(coordinator, path);
  over.abort();
  await writing;
  const { cluster, id } = await status(coordinator);
  await coordinators.stop(coordinator);

  const restored = await restoreBackup(path, { stateDir: coordinators.stateDir("b") });
  expect(restored.manifest).toMatchObject({ cluster, member: id, is_current: true, has_blobs: false });
  const again = await coordinators.start("b");
  expect((await status(again)).cluster).toBe(restored.cluster);
  expect(restored.cluster).not.toBe(cluster);
  for (const run of before)
    expect((await call(again, "GET", `/api/v1/runs/${run}`)).body).toMatchObject({ verdict: "passed", cases: 1 });
  await playRun(again, await newWorker(again, "two"), "after");
  await coordinators.stop(again);
  // Leases of the cluster of before, also those that the backup does not know, are not taken for new ones.
  const tables = new DatabaseSync(join(coordinators.stateDir("b"), "state.db"), { readOnly: true });
  const fences = tables
    .prepare("SELECT fence FROM attempts ORDER BY fence")
    .all()
    .map(({ fence }) => Number(fence));
  tables.close();
  expect(fences.at(-1)).toBeGreaterThan((fences.at(-2) ?? 0) + 1_000_000);
});

test("blobs come along when they are asked for", async () => {
  await using coordinators = new Coordinators();
  const { path, blob, coordinator } = await oneBackup(coordinators);
  expect((await verifyBackup(path)).blobs).toEqual({ count: 1, bytes: 21, missing: 0 });
  await coordinators.stop(coordinator);
  await restoreBackup(path, { stateDir: coordinators.stateDir("b"), name: "eu-1" });
  const restored = await coordinators.start("b");
  expect((await status(restored)).id).toMatch(/^eu-1\./);
  const answer = await fetch(`${restored.address}/api/v1/blobs/${blob}`, { headers: { authorization: `Bearer ${adminToken}` } });
  expect(await answer.text()).toBe("a bundle that is none");
});

test("a backup that is cut off anywhere, or has a wrong byte in any of its parts, is refused and leaves nothing", async () => {
  await using coordinators = new Coordinators();
  const { path, blob } = await oneBackup(coordinators);
  const whole = readFileSync(path);
  const stateDir = coordinators.stateDir("b");
  const bad = join(coordinators.directory, "bad.tar");
  const refuses = async (): Promise<void> => {
    await expect(verifyBackup(bad)).rejects.toMatchObject({ code: "backup-damaged" });
    await expect(restoreBackup(bad, { stateDir })).rejects.toMatchObject({ code: "backup-damaged" });
    expect(existsSync(stateDir)).toBe(false);
  };
  // The last kibibyte is the mark of the archive's end.
  for (let part = 0; part < 16; part += 1) {
    writeFileSync(bad, whole);
    truncateSync(bad, Math.floor(((whole.length - 1024) * part) / 16));
    await refuses();
  }
  const places = ["manifest.json", "state.db", `blobs/${blob}`, "end.json"].map((name) => whole.indexOf(name));
  expect(places.every((place) => place >= 0)).toBe(true);
  const damagedAt = places.flatMap((place) => [1, 130, 512 + 3, 512 + 19].map((offset) => place + offset));
  // The first digit of a time: 1 becomes 5, and nothing but the digest tells.
  damagedAt.push(whole.indexOf('"made_at_ms": ') + 14);
  for (const at of damagedAt) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x04;
    writeFileSync(bad, damaged);
    await refuses();
  }
});

test("what is put into it beside its parts is refused", async () => {
  await using coordinators = new Coordinators();
  const { path } = await oneBackup(coordinators);
  const entries = (await unpackTar(readFileSync(path))).map(({ header, data }) => ({ header, body: data ?? new Uint8Array() }));
  const stranger = { header: { name: "blobs/../../stranger", size: 1 }, body: "x" };
  for (const changed of [
    [...entries.slice(0, 2), stranger, ...entries.slice(2)],
    [...entries, stranger],
    entries.toReversed(),
    entries.filter(({ header }) => !header.name.startsWith("blobs/")),
    entries.filter(({ header }) => header.name !== "end.json"),
  ]) {
    writeFileSync(path, await packTar(changed));
    const stateDir = coordinators.stateDir("b");
    await expect(restoreBackup(path, { stateDir })).rejects.toMatchObject({ code: "backup-damaged" });
    expect(existsSync(stateDir)).toBe(false);
  }
});

test.each([
  ["form", { format: 2 }],
  ["tables", { schema: 999 }],
  ["facts", { fact_kinds: ["RunTeleported"] }],
])("a backup with %s of a later version is refused", async (_what, later) => {
  await using coordinators = new Coordinators();
  const { path } = await oneBackup(coordinators);
  const entries = await unpackTar(readFileSync(path));
  const changed = entries.map(({ header, data }) => {
    if (header.name !== "manifest.json") return { header, body: data ?? new Uint8Array() };
    const body = JSON.stringify({ ...(JSON.parse(Buffer.from(data ?? []).toString()) as object), ...later });
    return { header: { ...header, size: body.length }, body };
  });
  writeFileSync(path, await packTar(changed));
  const stateDir = coordinators.stateDir("b");
  await expect(restoreBackup(path, { stateDir })).rejects.toMatchObject({ code: "backup-newer" });
  expect(existsSync(stateDir)).toBe(false);
});

test("nothing is restored over what is there", async () => {
  await using coordinators = new Coordinators();
  const { path } = await oneBackup(coordinators);
  const stateDir = coordinators.stateDir("b");
  mkdirSync(stateDir);
  writeFileSync(join(stateDir, "mine"), "");
  await expect(restoreBackup(path, { stateDir })).rejects.toMatchObject({ code: "usage" });
  expect(readdirSync(stateDir)).toEqual(["mine"]);
});

test("no coordinator begins anew on what a restore left that was killed", async () => {
  await using coordinators = new Coordinators();
  for (const file of ["state.db.restoring", "ledger.db.restoring"]) {
    mkdirSync(coordinators.stateDir(file));
    writeFileSync(join(coordinators.stateDir(file), file), "");
    await expect(coordinators.start(file, { name: "a" })).rejects.toMatchObject({ code: "usage" });
    expect(readdirSync(coordinators.stateDir(file))).toEqual([file]);
  }
});

test("one backup is made at a time, only for an administrator, and one whose reader goes away leaves nothing", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { body: reader } = await call(coordinator, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  expect((await call(coordinator, "GET", "/api/v1/cluster/backup", undefined, reader.secret as string)).status).toBe(403);
  // More than its connection holds: it is not over before it is read.
  const blobs = await Promise.all(
    Array.from({ length: 12 }, (_, number) => putBlob(coordinator, String(number).padEnd(4 * 1024 * 1024))),
  );
  await playRun(coordinator, await newWorker(coordinator), "first", ["a.test.js"], {
    workspace: { kind: "bundle", chunks: blobs.map((sha256) => ({ sha256, bytes: 4 * 1024 * 1024 })), directory: "." },
  });
  const leave = new AbortController();
  const headers = { authorization: `Bearer ${adminToken}` };
  const under = await fetch(`${coordinator.address}/api/v1/cluster/backup?blobs=true`, { headers, signal: leave.signal });
  expect(under.status).toBe(200);
  const second = await fetch(`${coordinator.address}/api/v1/cluster/backup`, { headers });
  expect([second.status, await second.json()]).toEqual([503, { error: expect.objectContaining({ code: "backup-under-way" }) }]);
  leave.abort();
  await expect.poll(() => existsSync(join(coordinators.stateDir("a"), "backups"))).toBe(false);
  await backup(coordinator, join(coordinators.directory, "backup.tar"));
  await expect.poll(() => existsSync(join(coordinators.stateDir("a"), "backups"))).toBe(false);
});
