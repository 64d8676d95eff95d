import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

export interface Described {
  /** SHA-256 of what the file holds, in hex. */
  readonly hash: string;
  readonly bytes: number;
}

/** A larger file is read piece by piece. */
const streamedFrom_bytes = 4 * 1024 * 1024;

/** A disk on which a file takes longer on average is somewhere else: there, files are read side by side. */
const slow_ms = 0.5;
/** Before it has taken so long, nothing is said of a disk. */
const trial_ms = 20;

/**
 * Hashes files. On a disk that is near, that takes a tenth of the time in one go: to hand each step to another thread, four of them a file,
 * costs more than the steps themselves.
 */
export class FileHashes {
  readonly #now: () => number;
  #files = 0;
  #spent_ms = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get isSlow(): boolean {
    return this.#spent_ms > trial_ms && this.#spent_ms / this.#files > slow_ms;
  }

  /** @throws what the file system says */
  async describe(path: string): Promise<Described> {
    if (this.isSlow) {
      const { size } = await stat(path);
      return { hash: size > streamedFrom_bytes ? await hashStream(path) : sha256(await readFile(path)), bytes: size };
    }
    const began_ms = this.#now();
    const stats = statSync(path);
    const { size } = stats;
    // What is no file, a pipe for one, may never end.
    if (!stats.isFile() || size > streamedFrom_bytes) return { hash: await hashStream(path), bytes: size };
    const hash = sha256(readFileSync(path));
    this.#files += 1;
    this.#spent_ms += this.#now() - began_ms;
    return { hash, bytes: size };
  }
}

/** In hex. */
export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

async function hashStream(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
