import { mkdtempSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "shardwright-artifacts-";

/**
 * Folders that the slots of one worker offer to their tests in `SHARDWRIGHT_ARTIFACTS_DIR`, below a temporary folder of its own. A slot's is
 * the same for all its attempts, because a warm process keeps its environment; it is empty when one begins.
 */
export class ArtifactFolders {
  #root: string | undefined;

  of(slot: number): string {
    if (this.#root === undefined) {
      removeLeftBehind();
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

/** A worker that was killed could not remove its own. */
function removeLeftBehind(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (!Number.isInteger(pid) || pid <= 0) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") continue;
      try {
        rmSync(join(tmpdir(), name), { recursive: true, force: true });
      } catch {
        // Another user's.
      }
    }
  }
}
