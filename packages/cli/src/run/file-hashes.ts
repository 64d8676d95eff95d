import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { median } from "@shardwright/core";

export interface Described {
  /** SHA-256 of what the file holds, in hex. */
  readonly hash: string;
  readonly bytes: number;
}

/** A larger file is read piece by piece. */
const streamedFrom_bytes = 4 * 1024 * 1024;

/** A disk on which a file takes longer is somewhere else: there, files are read side by side. */
const slow_ms = 0.5;
/** One that takes so long for a single file is so, too. */
const verySlow_ms = 100;
/** So many files in a row say what a disk is like. */
const window = 15;
/** So long nobody else gets a turn. */
const turn_ms = 20;

/**
 * Hashes files. On a disk that is near, that takes a tenth of the time in one go: to hand each step to another thread, four of them a file,
 * costs more than the steps themselves.
 */
export class FileHashes {
  readonly #now: () => number;
  /** How long the last files took, in ms. */
  readonly #times: number[] = [];
  #turn_ms = 0;
  #isSlow = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** @throws what the file system says */
  async describe(path: string): Promise<Described> {
    if (this.#turn_ms > turn_ms) {
      this.#turn_ms = 0;
      await setImmediate();
    }
    if (this.#isSlow) {
      const { size } = await stat(path);
      return { hash: size > streamedFrom_bytes ? await hashStream(path) : sha256(await readFile(path)), bytes: size };
    }
    const began_ms = this.#now();
    const stats = statSync(path);
    const { size } = stats;
    // What is no file, a pipe for one, may never end.
    if (!stats.isFile() || size > streamedFrom_bytes) return { hash: await hashStream(path), bytes: size };
    const hash = sha256(readFileSync(path));
    this.#took(this.#now() - began_ms);
    return { hash, bytes: size };
  }

  #took(time_ms: number): void {
    this.#turn_ms += time_ms;
    this.#times.push(time_ms);
    if (this.#times.length > window) this.#times.shift();
    const usual_ms = this.#times.length < window ? 0 : (median(this.#times) ?? 0);
    this.#isSlow ||= time_ms > verySlow_ms || usual_ms > slow_ms;
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
