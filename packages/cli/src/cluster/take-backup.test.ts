import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@shardwright/client";
import { ShardwrightError } from "@shardwright/core";
import { startCoordinator, verifyBackup } from "@shardwright/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeBackup } from "./take-backup.ts";

const adminToken = "admin-token-of-these-tests-0123456789abcdef";
let directory: string;
let coordinator: Awaited<ReturnType<typeof startCoordinator>>;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "take-backup-"));
  coordinator = await startCoordinator({ stateDir: join(directory, "state"), port: 0, log: "silent", adminToken });
});
afterEach(async () => {
  await coordinator.close({ drain_ms: 100 });
  rmSync(directory, { recursive: true, force: true });
});

const path = (name: string) => join(directory, name);
const clientOf = (address: string) =>
  createClient({ addresses: [address], apiKey: adminToken, retry: { attempts: 4, base_ms: 200, cap_ms: 200 } });

test("a backup is there when it is whole, and replaces the one of before", async () => {
  writeFileSync(path("b.tar"), "the one of yesterday");
  const client = clientOf(coordinator.address);
  const contents = await takeBackup(client, { path: path("b.tar"), blobs: true });
  expect(await verifyBackup(path("b.tar"))).toEqual(contents);
  await client.close();
  expect(readdirSync(directory).toSorted()).toEqual(["b.tar", "state"]);
});

test("a transfer that breaks off is tried again, and leaves nothing when it never ends", async () => {
  writeFileSync(path("b.tar"), "the one of yesterday");
  const way = await cutAfter(coordinator.address, 40_000);
  const client = clientOf(way.address);
  await expect(takeBackup(client, { path: path("b.tar"), blobs: false })).rejects.toBeInstanceOf(ShardwrightError);
  expect(way.cuts()).toBeGreaterThan(0);
  expect(readdirSync(directory).toSorted()).toEqual(["b.tar", "state"]);
  expect(readFileSync(path("b.tar"), "utf8")).toBe("the one of yesterday");
  way.mend();
  await takeBackup(client, { path: path("b.tar"), blobs: false });
  await verifyBackup(path("b.tar"));
  await client.close();
});

test("a place that cannot be written to is named at once, and one who stops it finds nothing", async () => {
  const client = clientOf(coordinator.address);
  await expect(takeBackup(client, { path: path("no/such/folder/b.tar"), blobs: false })).rejects.toMatchObject({
    code: "backup-unwritable",
  });
  const signal = AbortSignal.abort(new ShardwrightError("interrupted"));
  await expect(takeBackup(client, { path: path("b.tar"), blobs: false, signal })).rejects.toMatchObject({ code: "interrupted" });
  await client.close();
  expect(readdirSync(directory)).toEqual(["state"]);
});

/** A way to a coordinator on which every answer ends after so many bytes. */
async function cutAfter(
  address: string,
  limit_bytes: number,
): Promise<{ address: string; cuts: () => number; mend: () => void }> {
  const { hostname, port } = new URL(address);
  let cuts = 0;
  let isMended = false;
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    let passed_bytes = 0;
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk: Buffer) => {
      passed_bytes += chunk.length;
      if (isMended || passed_bytes <= limit_bytes) return void near.write(chunk);
      cuts += 1;
      far.destroy();
      near.destroy();
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    mend: () => void (isMended = true),
  };
}
