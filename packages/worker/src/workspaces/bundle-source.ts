import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@shardwright/client";
import type { Workspace } from "@shardwright/core";
import { unpackBundle } from "./bundle/unpack.ts";

type BundleWorkspace = Extract<Workspace, { kind: "bundle" }>;

/** Unpacks bundles; chunks that were fetched once are kept for the next bundle, which will share most of them. */
export class BundleSource {
  readonly #root: string;
  readonly #client: Pick<Client, "getBlob">;
  readonly #limit_bytes: number;

  constructor(root: string, client: Pick<Client, "getBlob">, limit_bytes: number) {
    this.#root = root;
    this.#client = client;
    this.#limit_bytes = limit_bytes;
  }

  /** Unpacks into a folder, over what is there. @returns the names of what was unpacked */
  async unpack({ chunks }: BundleWorkspace, target: string, signal: AbortSignal): Promise<string[]> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const names = await unpackBundle(this.#chunks(chunks, signal), target, signal);
    await this.#trim(new Set(chunks.map(({ sha256 }) => sha256)));
    return names;
  }

  async *#chunks(chunks: BundleWorkspace["chunks"], signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let coming: Promise<Uint8Array> | undefined;
    for (const [index, { sha256 }] of chunks.entries()) {
      const chunk = await (coming ?? this.#chunk(sha256, signal));
      const following = chunks[index + 1];
      // The next one travels while this one is unpacked.
      coming = following && this.#chunk(following.sha256, signal);
      coming?.catch(() => {});
      yield chunk;
    }
  }

  async #chunk(sha256: string, signal: AbortSignal): Promise<Uint8Array> {
    const path = join(this.#root, sha256);
    const kept = await readFile(path).catch(() => undefined);
    if (kept !== undefined && createHash("sha256").update(kept).digest("hex") === sha256) {
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return kept;
    }
    const content = await this.#client.getBlob(sha256, { signal });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
    return content;
  }

  async #trim(wanted: ReadonlySet<string>): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.#root)).map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#root, name)).catch(() => ({ size: 0, mtimeMs: 0 }));
        return { name, size, mtimeMs };
      }),
    );
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (bytes <= this.#limit_bytes) break;
      if (wanted.has(name)) continue;
      await rm(join(this.#root, name), { force: true });
      bytes -= size;
    }
  }
}
