import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ProbeCache } from "./cache.ts";
import type { ProbeResult } from "./capabilities.ts";

const missing = { available: false, reason: "none" } as const;
const works = {
  started: true,
  capabilities: {
    webgpu: missing,
    webnn: { cpu: missing, gpu: missing, npu: missing },
    webgl: missing,
    webgl2: { available: true, renderer: "x" },
    wasm: { simd: { available: true }, threads: missing },
    codecs: ["vp9"],
  },
} satisfies ProbeResult;
const fails = { started: false, reason: "busy" } satisfies ProbeResult;

let folder: string;
let now_ms = 1_000_000;
let cache: ProbeCache;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-probes-"));
  cache = new ProbeCache({ folder: join(folder, "a", "b"), now_ms: () => now_ms });
});
afterEach(() => rm(folder, { recursive: true }));

test("what was found is believed for a day, a failure for minutes, and nothing from the future", async () => {
  await cache.set("works", works);
  await cache.set("fails", fails);
  expect(await cache.get("works")).toEqual(works);
  expect(await cache.get("fails")).toEqual(fails);
  expect(await cache.get("other")).toBeUndefined();
  now_ms += 5 * 60_000;
  expect(await cache.get("fails")).toBeUndefined();
  expect(await cache.get("works")).toEqual(works);
  now_ms += 24 * 3600_000;
  expect(await cache.get("works")).toBeUndefined();
  now_ms = 10;
  expect(await cache.get("works")).toBeUndefined();
});

test("a rotten file, one that was cut off, and one of another shape count as none, and are replaced", async () => {
  await cache.set("k", works);
  const inside = join(folder, "a", "b");
  const [name = ""] = await readdir(inside);
  const whole = await readFile(join(inside, name), "utf8");
  for (const text of ["", "{", whole.slice(0, 50), '{"key":"k"}', "null", `${whole.slice(0, -1)},"more":1}`]) {
    await writeFile(join(inside, name), text);
    expect(await cache.get("k"), text).toBeUndefined();
  }
  await cache.set("k", works);
  expect(await cache.get("k")).toEqual(works);
});

test("holds no more than its limit, and leaves no drafts", async () => {
  for (let index = 0; index < 70; index += 1) await cache.set(`k${index}`, fails);
  const names = await readdir(join(folder, "a", "b"));
  expect(names).toHaveLength(64);
  expect(names.filter((name) => !name.endsWith(".json"))).toEqual([]);
  expect(await cache.get("k69")).toEqual(fails);
});

test("a folder that cannot be made is no error", async () => {
  await writeFile(join(folder, "a"), "in the way");
  await cache.set("k", works);
  expect(await cache.get("k")).toBeUndefined();
});
