import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Room } from "@shardwright/core";

const mebibyte = 1024 * 1024;

/** What this machine has left. @param folder where workspaces are made, or will be; undefined when its disk cannot be asked */
export async function room(folder: string): Promise<Room | undefined> {
  const disk_mib = await free_mib(folder);
  if (disk_mib === undefined) return undefined;
  // Within the limits of this process's control group, where it has any.
  return { memory_mib: Math.floor(process.availableMemory() / mebibyte), disk_mib };
}

async function free_mib(folder: string): Promise<number | undefined> {
  // The folder is made when it is first needed: until then the nearest one that is there tells.
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return Math.floor((bavail * bsize) / mebibyte);
    } catch {
      if (dirname(path) === path) return undefined;
    }
  }
}
