import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, join } from "node:path/posix";

const mebibyte = 1024 * 1024;

/** Main memory this process may use, in MiB: the machine's, or less where a control group sets a limit. */
export async function memory_mib(): Promise<number> {
  const limit = process.platform === "linux" ? await controlGroupLimit_bytes("/") : undefined;
  return Math.floor(Math.min(totalmem(), limit ?? Number.POSITIVE_INFINITY) / mebibyte);
}

/**
 * The least memory limit among this process's control group and those around it, in bytes; undefined when none sets one.
 * `root` is where `/proc` and `/sys` are. Version 2: https://docs.kernel.org/admin-guide/cgroup-v2.html; version 1 as containers see it.
 */
export async function controlGroupLimit_bytes(root: string): Promise<number | undefined> {
  const membership = await readText(join(root, "proc/self/cgroup"));
  const group = /^0::(\/.*)$/m.exec(membership)?.[1];
  const limits: (number | undefined)[] = [];
  if (group !== undefined) {
    // The limit of any ancestor binds as well. The path says nothing inside a container that mounts its own group as the root.
    for (let path = group; ; path = dirname(path)) {
      limits.push(parseMemoryLimit(await readText(join(root, "sys/fs/cgroup", path, "memory.max"))));
      if (path === "/") break;
    }
  }
  limits.push(parseMemoryLimit(await readText(join(root, "sys/fs/cgroup/memory/memory.limit_in_bytes"))));
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Reads `max` or a number of bytes. Version 1 says “no limit” with a number near 2^63. */
function parseMemoryLimit(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d+$/.test(trimmed)) return undefined;
  const bytes = Number(trimmed);
  return bytes > 0 && bytes < 2 ** 60 ? bytes : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
