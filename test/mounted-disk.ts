import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why disks of any size cannot be had here; undefined where they can. */
export const noSmallDisk = whyNot();

/** A disk of its own in memory, until `unmount`. @returns where it is mounted */
export function mount(size_bytes: number): string {
  const path = mkdtempSync(join(tmpdir(), "shardwright-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size_bytes}`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return path;
}

export function unmount(path: string): void {
  // Lazily: a process that a failed test left must not keep it.
  execFileSync("umount", ["-l", path], { stdio: "pipe" });
  rmdirSync(path);
}

/** Writes to a file on the disk until only so much room is left. */
export function fill(path: string, left_bytes = 0): void {
  const file = openSync(path, "a");
  try {
    const chunk = Buffer.alloc(4096);
    while (room(path) > left_bytes) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

function room(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function whyNot(): string | undefined {
  if (process.platform !== "linux") return "a disk of any size is mounted on Linux only";
  if (process.getuid?.() !== 0) return "only root may mount a disk";
  try {
    unmount(mount(65_536));
    return undefined;
  } catch (error) {
    return `no disk can be mounted here: ${error instanceof Error ? error.message : String(error)}`;
  }
}
