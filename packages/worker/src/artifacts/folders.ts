import { mkdtempSync, mkdirSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.ts";

const prefix = "shardwright-artifacts-";

let sweeping: Promise<void> | undefined;

/**
 * Folders that the slots of one worker offer to their tests in `SHARDWRIGHT_ARTIFACTS_DIR`, below a temporary folder of its own. A slot's is
 * the same for all its attempts, because a warm process keeps its environment; it is empty when one begins.
 */
export class ArtifactFolders {
  #root: string | undefined;

  of(slot: number): string {
    if (this.#root === undefined) {
      // Once in each process, however many workers it has, and beside their work: a temporary folder may hold thousands of names.
      sweeping ??= removeLeftBehind(tmpdir());
      this.#root = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
    }
    const folder = join(this.#root, String(slot));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Where the slot's tests write what they measure: beside the folder, for it is no artifact. */
  metricsOf(slot: number): string {
    return `${this.of(slot)}.metrics.jsonl`;
  }

  async remove(): Promise<void> {
    if (this.#root !== undefined) await rm(this.#root, { recursive: true, force: true }).catch(() => {});
  }
}

/** Removes what workers that were killed could not remove of their own. Never rejects. */
export async function removeLeftBehind(temporary: string): Promise<void> {
  const names = await readdir(temporary).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (!Number.isInteger(pid) || pid <= 0 || isAlive(pid)) continue;
    // It may be another user's.
    await rm(join(temporary, name), { recursive: true, force: true }).catch(() => {});
  }
}
