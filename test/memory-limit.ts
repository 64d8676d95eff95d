import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Groups of processes with a memory limit of their own, by the kernel's first and second interface. */
const interfaces = [
  { root: "/sys/fs/cgroup", mark: "memory.max", limits: ["memory.max"], swap: { file: "memory.swap.max", total: false } },
  {
    root: "/sys/fs/cgroup/memory",
    mark: "memory.limit_in_bytes",
    limits: ["memory.limit_in_bytes"],
    swap: { file: "memory.memsw.limit_in_bytes", total: true },
  },
] as const;

/** Why no group of processes can be limited here; undefined where one can. */
export const noMemoryLimit = whyNot();

/** A group whose processes may use only so much memory together. */
export interface LimitedMemory {
  /** What a command has to be run by, so that it and all that it starts are in the group. */
  readonly within: readonly string[];
  /** Removes it, when none of its processes is left. */
  remove(): void;
}

/** @throws Error where that cannot be had: see `noMemoryLimit` */
export function limitMemory(name: string, limit_bytes: number): LimitedMemory {
  for (const { root, mark, limits, swap } of interfaces) {
    const path = join(root, name);
    if (!existsSync(join(root, "cgroup.procs"))) continue;
    mkdirSync(path);
    if (!existsSync(join(path, mark))) {
      rmdirSync(path);
      continue;
    }
    for (const file of limits) writeFileSync(join(path, file), String(limit_bytes));
    // What is swapped out is not out of memory.
    if (existsSync(join(path, swap.file))) writeFileSync(join(path, swap.file), String(swap.total ? limit_bytes : 0));
    const within = ["/bin/sh", "-c", `echo $$ > ${path}/cgroup.procs && exec "$@"`, "sh"];
    return { within, remove: () => rmdirSync(path) };
  }
  throw new Error("this kernel limits the memory of no group");
}

function whyNot(): string | undefined {
  if (process.platform !== "linux") return "groups of processes with a memory limit are had on Linux only";
  if (process.getuid?.() !== 0) return "only root may limit a group of processes";
  try {
    limitMemory(`shardwright-try-${process.pid}`, 64 * 1024 * 1024).remove();
    return undefined;
  } catch (error) {
    return `no group of processes can be limited here: ${error instanceof Error ? error.message : String(error)}`;
  }
}
