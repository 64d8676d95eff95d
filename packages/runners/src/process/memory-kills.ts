import { readFileSync } from "node:fs";

/**
 * How many processes of this machine, or of the memory limit that this one is under, Linux has killed for want of memory so far; undefined
 * where nobody tells, as on other systems. What kills says nothing of why: only that the number grows meanwhile does.
 * See memory.events in https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files.
 */
export function memoryKills(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const group = /^0::(.*)$/m.exec(textOf("/proc/self/cgroup"))?.[1];
  // Counts those of the groups within as well, and none of the neighbours'.
  const own = group === undefined ? undefined : countIn(textOf(`/sys/fs/cgroup${group === "/" ? "" : group}/memory.events`));
  return own ?? countIn(textOf("/proc/vmstat"));
}

function countIn(text: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
