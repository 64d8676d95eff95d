import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { capabilitiesSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { detectCapabilities } from "./detect.ts";
import { readMetal, readNvidia, readRocm } from "./gpus.ts";
import { controlGroupLimit_bytes } from "./memory.ts";

async function limitWith(files: Readonly<Record<string, string>>): Promise<number | undefined> {
  const root = mkdtempSync(join(tmpdir(), "shardwright-cgroup-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await controlGroupLimit_bytes(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("takes the tightest memory limit of the process's control groups", async () => {
  const own = { "proc/self/cgroup": "0::/system.slice/worker.service\n" };
  expect(await limitWith({})).toBeUndefined();
  expect(await limitWith({ ...own, "sys/fs/cgroup/system.slice/worker.service/memory.max": "max\n" })).toBeUndefined();
  expect(
    await limitWith({
      ...own,
      "sys/fs/cgroup/system.slice/worker.service/memory.max": "4294967296\n",
      "sys/fs/cgroup/system.slice/memory.max": "2147483648\n",
    }),
  ).toBe(2 ** 31);
  expect(await limitWith({ "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n" })).toBe(2 ** 29);
  const version1 = "sys/fs/cgroup/memory/memory.limit_in_bytes";
  expect(await limitWith({ "proc/self/cgroup": "4:memory:/docker/1\n", [version1]: "1073741824\n" })).toBe(2 ** 30);
  expect(await limitWith({ [version1]: "9223372036854771712\n" })).toBeUndefined();
});

test("reads what the vendors' tools say of GPUs, and nothing into what they do not", () => {
  expect(readNvidia("NVIDIA A100-SXM4-40GB, 40960 MiB, 550.54.15\n")).toEqual({
    tags: ["gpu", "cuda"],
    details: { "gpu.nvidia": "NVIDIA A100-SXM4-40GB, 40960 MiB, 550.54.15" },
  });
  expect(readRocm('{"card0": {"Card Series": "MI250"}, "system": {}}')).toEqual({
    tags: ["gpu", "rocm"],
    details: { "gpu.amd": "MI250" },
  });
  expect(
    readMetal('{"SPDisplaysDataType": [{"sppci_model": "Apple M2", "spdisplays_mtlgpufamilysupport": "spdisplays_metal3"}]}'),
  ).toEqual({
    tags: ["gpu", "metal"],
    details: { "gpu.apple": "Apple M2" },
  });
  for (const output of [undefined, "", "No devices were found\n", "{}", "[]", "null"])
    for (const read of [readNvidia, readRocm, readMetal]) expect(read(output).tags).toEqual([]);
});

test("what is detected here fits the protocol, labels and tools included", async () => {
  const found = capabilitiesSchema.parse(await detectCapabilities("full", ["lab-3"]));
  expect(found.tags).toContain("lab-3");
  expect(found.details["node"]).toMatch(/^\d+\./);
  expect(found.memory_mib).toBeGreaterThan(0);
  expect((await detectCapabilities("quick")).tags).toEqual(["node"]);
});
