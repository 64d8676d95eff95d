import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { probeResultSchema, type ProbeResult } from "./capabilities.ts";

export interface CacheOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now_ms: () => number;
}

/** How long what was found is believed. What did not start is asked again soon: it may only have been the machine that was busy. */
const believed_ms = { started: 24 * 3600 * 1000, failed: 2 * 60 * 1000 };
const entriesLimit = 64;
const entryLimit_bytes = 128 * 1024;
/** Changes with what is probed, and how. */
const format = 1;

const entrySchema = z.strictObject({ key: z.string(), at_ms: z.number(), result: probeResultSchema });

/** Results of probes on the disk, one file each. What is unreadable, old or of another key counts as not there. */
export class ProbeCache {
  readonly #options: CacheOptions;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  async get(key: string): Promise<ProbeResult | undefined> {
    try {
      const path = this.#path(key);
      if ((await stat(path)).size > entryLimit_bytes) return undefined;
      const entry = entrySchema.parse(JSON.parse(await readFile(path, "utf8")));
      const age_ms = this.#options.now_ms() - entry.at_ms;
      const limit_ms = entry.result.started ? believed_ms.started : believed_ms.failed;
      // One from the future was written by a clock that was wrong.
      return entry.key === key && age_ms >= 0 && age_ms < limit_ms ? entry.result : undefined;
    } catch {
      return undefined;
    }
  }

  /** A cache that cannot be written to is none; nothing else is wrong. */
  async set(key: string, result: ProbeResult): Promise<void> {
    try {
      const text = JSON.stringify({ key, at_ms: this.#options.now_ms(), result } satisfies z.infer<typeof entrySchema>);
      if (Buffer.byteLength(text) > entryLimit_bytes) return;
      await mkdir(this.#options.folder, { recursive: true });
      const path = this.#path(key);
      const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
      await writeFile(draft, text);
      await rename(draft, path);
      await this.#makeRoom();
    } catch {
      // A disk that is full or read-only.
    }
  }

  /** Removes the oldest, drafts of processes that died included. */
  async #makeRoom(): Promise<void> {
    const { folder } = this.#options;
    const names = await readdir(folder);
    if (names.length <= entriesLimit) return;
    const files = await Promise.all(
      names.map(async (name) => ({ path: join(folder, name), at_ms: (await stat(join(folder, name))).mtimeMs })),
    );
    const oldest = files.toSorted((left, right) => left.at_ms - right.at_ms).slice(0, files.length - entriesLimit);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }

  #path(key: string): string {
    return join(this.#options.folder, `${createHash("sha256").update(`${format} ${key}`).digest("hex").slice(0, 32)}.json`);
  }
}

/** In the user's cache, as each system has it. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const { platform } = process;
  const cache =
    platform === "win32"
      ? (environment["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"))
      : platform === "darwin"
        ? join(homedir(), "Library", "Caches")
        : environment["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "shardwright", "browsers");
}
