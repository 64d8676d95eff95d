import { copyFile, lstat, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf } from "@shardwright/core";
import { lastPartsFolder } from "@shardwright/runners";

/** A session leaves one, and a run in one checkout has no more sessions. */
const limit = 1000;
const kept_ms = 24 * 3600_000;
const runName = /^r-[a-z0-9]{16}$/;

/**
 * Takes what sessions of a suite covered after their last file. It stays there for whoever joins the same run again.
 * @returns why some of it cannot be taken
 */
export async function takeLastParts(from: string, to: string): Promise<string | undefined> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  const parts = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".gz")).slice(0, limit);
  const copied = await Promise.allSettled(parts.map(({ name }) => copyFile(join(from, name), join(to, `last-${name}`))));
  const failed = copied.find((result) => result.status === "rejected");
  return failed && reasonOf(failed.reason);
}

/** Removes what runs of days before have left there, but not the run's own. What goes wrong with it is no matter of the run's. */
export async function forgetLastParts(workspace: string, run: string): Promise<void> {
  const folder = join(workspace, lastPartsFolder);
  try {
    // A link leads to what is somebody else's.
    for (const path of [dirname(folder), folder]) if (!(await lstat(path)).isDirectory()) return;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !runName.test(entry.name) || entry.name === run) continue;
      const path = join(folder, entry.name);
      if (Date.now() - (await touched_ms(path)) > kept_ms) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // It is looked at again after the next run.
  }
}

/** When something was last put into the folder of a run. */
async function touched_ms(path: string): Promise<number> {
  const suites = await readdir(path);
  const times = await Promise.all(
    [path, ...suites.map((name) => join(path, name))].map(async (each) => (await lstat(each)).mtimeMs),
  );
  return Math.max(...times);
}
