import { setTimeout as delay } from "node:timers/promises";
import { blobReference, type BlobReference, type Client } from "@shardwright/client";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { Link } from "../connection/link.ts";

/** Bytes gathered before the coordinator is asked which of them it lacks. */
const batch_bytes = 32 * 1024 * 1024;
const batchCount = 256;
/** How long an upload waits for a coordinator that is away: a result counts more than its artifacts. */
const patience_ms = 30_000;
/** A large file over a slow line takes its time. */
const upload_ms = 120_000;

export interface StoreOptions {
  readonly client: Pick<Client, "putBlob" | "missingBlobs">;
  readonly link: Pick<Link, "call">;
}

/** Stores the files of a worker's attempts among the blobs, one attempt at a time, so that memory is bounded. */
export class ArtifactStore {
  readonly #options: StoreOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Runs the work when nobody else's runs. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /**
   * Sees to it that the coordinator has these bytes; only what it lacks is sent.
   * @throws ShardwrightError what it refused them with; an Error when it is away for too long, or the signal comes
   */
  async put(contents: readonly Buffer[], signal: AbortSignal): Promise<BlobReference[]> {
    const { client, link } = this.#options;
    const patience = new AbortController();
    const either = AbortSignal.any([signal, patience.signal]);
    const call = async <T>(make: () => Promise<T>, wait_ms: number): Promise<T> => {
      const timer = new AbortController();
      void delay(wait_ms, undefined, { signal: timer.signal, ref: false }).then(
        () => patience.abort(new Error(`the coordinator did not take them within ${wait_ms / 1000} s`)),
        () => {},
      );
      try {
        return await link.call(make, either);
      } finally {
        timer.abort();
      }
    };
    const references = contents.map((content) => blobReference(content));
    const names = [...new Set(references.map(({ sha256 }) => sha256))];
    const options = { retry: false, signal: either } as const;
    const missing = new Set(await call(() => client.missingBlobs(names, options), patience_ms));
    for (const [index, { sha256 }] of references.entries()) {
      if (!missing.delete(sha256)) continue;
      const upload = { ...options, timeout_ms: upload_ms, artifact: true };
      await call(() => client.putBlob(contents[index] as Buffer, upload), upload_ms + patience_ms);
    }
    return references;
  }
}

/** Whether what is gathered should be stored before more is read. */
export function isBatchFull(count: number, bytes: number): boolean {
  return count >= batchCount || bytes >= batch_bytes;
}

export function whyNotStored(error: unknown): string {
  return error instanceof ShardwrightError ? error.message : reasonOf(error);
}
