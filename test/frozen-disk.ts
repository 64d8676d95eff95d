import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file system of its own that can be made to hang: whoever writes waits inside the system until it is released. */
export class FrozenDisk {
  readonly path = mkdtempSync(join(tmpdir(), "shardwright-frozen-"));
  readonly #image = `${this.path}.image`;
  #isHeld = false;

  constructor(size_bytes: number) {
    writeFileSync(this.#image, "");
    truncateSync(this.#image, size_bytes);
    run("mkfs.ext4", "-q", this.#image);
    run("mount", "-o", "loop", this.#image, this.path);
  }

  hold(): void {
    run("fsfreeze", "--freeze", this.path);
    this.#isHeld = true;
  }

  release(): void {
    if (this.#isHeld) run("fsfreeze", "--unfreeze", this.path);
    this.#isHeld = false;
  }

  end(): void {
    this.release();
    // Lazily: a process that a failed test left must not keep it.
    run("umount", "-l", this.path);
    rmdirSync(this.path);
    rmSync(this.#image);
  }
}

/** Why disks that can be held cannot be had here; undefined where they can. */
export const noFrozenDisk = whyNot();

/** For the test that asks. */
export function frozenDisk(size_bytes = 32 * 1024 * 1024): FrozenDisk {
  const disk = new FrozenDisk(size_bytes);
  onTestFinished(() => disk.end());
  return disk;
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: "pipe" });
}

function whyNot(): string | undefined {
  if (process.platform !== "linux") return "a file system is frozen on Linux only";
  if (process.getuid?.() !== 0) return "only root may mount and freeze a file system";
  try {
    const disk = new FrozenDisk(8 * 1024 * 1024);
    try {
      disk.hold();
    } finally {
      disk.end();
    }
    return undefined;
  } catch (error) {
    return `no file system can be frozen here: ${error instanceof Error ? error.message : String(error)}`;
  }
}
