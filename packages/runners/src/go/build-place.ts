import { mkdtemp, readdir, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../process/is-alive.ts";

const prefix = "shardwright-go-";
/** What a process that was killed has left is removed after this time. */
const leftover_ms = 24 * 3_600_000;

/** Makes a folder for test binaries, where the go command would work too. Removes those that killed processes have left. */
export async function makeBuildPlace(environment: Readonly<Record<string, string>>): Promise<string> {
  const temporary = process.platform === "win32" ? environment["TEMP"] : environment["TMPDIR"];
  const parent = [environment["GOTMPDIR"], temporary].find((folder) => folder !== undefined && folder !== "") ?? tmpdir();
  const place = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  void removeLeftovers(parent).catch(() => {
    // Another process may be about it, too; what it cannot remove, neither can we.
  });
  return place;
}

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const path = join(parent, name);
    const { mtimeMs, uid } = await stat(path);
    // A process that is not seen from here may live in another container.
    if (Date.now() - mtimeMs < leftover_ms || (process.getuid !== undefined && uid !== process.getuid())) continue;
    await rm(path, { recursive: true, force: true });
  }
}

export async function freeSpace_bytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
