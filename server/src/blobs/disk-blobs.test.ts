import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDiskBlobs } from "./disk-blobs.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "blobs-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

test("keeps bytes under their hash, once", async () => {
  const blobs = await openDiskBlobs(directory, 1000);
  const name = sha256(Buffer.from("hello world"));
  await blobs.put(name, chunks("hello ", "world"), 100);
  await blobs.put(name, chunks("hello world"), 100);
  expect(blobs.used_bytes).toBe(11);
  const opened = await blobs.open(name);
  expect(opened?.bytes).toBe(11);
  expect(await textOf(opened!.stream)).toBe("hello world");
  expect(Buffer.from((await blobs.tail(name, 5)) ?? []).toString()).toBe("world");
  expect(await blobs.open("0".repeat(64))).toBeUndefined();
  expect(await blobs.tail("0".repeat(64), 5)).toBeUndefined();
});

test("keeps nothing of what is wrong, too large, over the quota, or broken off", async () => {
  const blobs = await openDiskBlobs(directory, 10);
  const name = sha256(Buffer.from("12345678"));
  await expect(blobs.put("0".repeat(64), chunks("12345678"), 100)).rejects.toMatchObject({ code: "blob-mismatch" });
  await expect(blobs.put(name, chunks("1234", "5678"), 7)).rejects.toMatchObject({ code: "body-too-large" });
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("1234");
    throw new Error("the connection broke");
  }
  await expect(blobs.put(name, broken(), 100)).rejects.toThrow("the connection broke");
  expect(blobs.used_bytes).toBe(0);
  await blobs.put(name, chunks("12345678"), 100);
  const other = sha256(Buffer.from("abc"));
  await expect(blobs.put(other, chunks("abc"), 100)).rejects.toMatchObject({ code: "blob-quota" });
  expect(await blobs.open(other)).toBeUndefined();
  expect(readdirSync(join(directory, "incoming"))).toEqual([]);
});

test("counts what is there when it is opened, and clears what was left unfinished", async () => {
  const name = sha256(Buffer.from("12345678"));
  await (await openDiskBlobs(directory, 100)).put(name, chunks("12345678"), 100);
  writeFileSync(join(directory, "incoming", "half"), "12");
  const blobs = await openDiskBlobs(directory, 100);
  expect(blobs.used_bytes).toBe(8);
  expect(readdirSync(join(directory, "incoming"))).toEqual([]);
});

test("sweeps what is old and not wanted", async () => {
  const blobs = await openDiskBlobs(directory, 100);
  const [old, wanted, young] = ["old", "wanted", "young"].map((text) => ({ text, name: sha256(Buffer.from(text)) }));
  for (const { text, name } of [old!, wanted!, young!]) await blobs.put(name, chunks(text), 100);
  for (const { name } of [old!, wanted!]) utimesSync(join(directory, name.slice(0, 2), name.slice(2)), 1000, 1000);
  expect(await blobs.sweep(2_000_000, (name) => name === wanted!.name)).toBe(1);
  expect(await blobs.open(old!.name)).toBeUndefined();
  expect(await blobs.open(wanted!.name)).toBeDefined();
  expect(await blobs.open(young!.name)).toBeDefined();
  expect(blobs.used_bytes).toBe("wanted".length + "young".length);
});

test("the same bytes that come twice at once count once", async () => {
  const blobs = await openDiskBlobs(directory, 1000);
  for (let turn = 0; turn < 20; turn += 1) {
    const text = `the same log ${turn}`.padEnd(20);
    await Promise.all(Array.from({ length: 8 }, () => blobs.put(sha256(Buffer.from(text)), chunks(text), 100)));
    expect(blobs.used_bytes).toBe(20 * (turn + 1));
  }
});

test("refuses artifacts while there is still room for logs", async () => {
  const blobs = await openDiskBlobs(directory, 100);
  const [first, second] = ["a".repeat(60), "b".repeat(35)].map((text) => ({ text, name: sha256(Buffer.from(text)) }));
  await blobs.put(first!.name, chunks(first!.text), 100, "artifact");
  await expect(blobs.put(second!.name, chunks(second!.text), 100, "artifact")).rejects.toMatchObject({
    code: "blob-quota",
    details: { limit_bytes: 90 },
  });
  await blobs.put(second!.name, chunks(second!.text), 100);
  expect(blobs.used_bytes).toBe(95);
});
