import type { Fact } from "@shardwright/core";
import type { Dispatcher } from "undici";
import type { Logger } from "pino";
import { Agent } from "./undici.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Certificates } from "../security/certificates.ts";
import { forwardedHeader } from "./forwarding.ts";
import { connectorFor } from "./peer-connections.ts";

export interface BlobPullerOptions {
  readonly blobs: BlobStore;
  readonly adminToken: string;
  readonly node: string;
  readonly certificates: Certificates | undefined;
  /** Where the other members are, the leader first. */
  readonly others: () => readonly string[];
  readonly log: Logger;
}

/** Blobs that wait to be fetched; what comes beyond is found again by whoever asks for it. */
const queueLimit = 50_000;
const together = 2;
const blobLimit_bytes = 65 * 1024 * 1024;
const names = /"sha256":"([0-9a-f]{64})"/g;

/** Brings logs, artifacts and bundles over from the node that took them, in the background: nothing waits for it. */
export class BlobPuller {
  readonly #options: BlobPullerOptions;
  readonly #agent: Dispatcher;
  readonly #queue = new Set<string>();
  #running = 0;
  #isClosed = false;

  constructor(options: BlobPullerOptions) {
    this.#options = options;
    this.#agent = new Agent({ headersTimeout: 10_000, bodyTimeout: 30_000, connect: connectorFor(options.certificates, 2000) });
  }

  /** Blobs that are still to come. */
  get waiting(): number {
    return this.#queue.size + this.#running;
  }

  /** For the ledger's `onApplied`: a fact names the blobs that belong to it. */
  applied(facts: readonly Fact[]): void {
    if (this.#options.others().length === 0) return;
    for (const { body } of facts) {
      if (body.type !== "AttemptFinished" && body.type !== "RunSubmitted") continue;
      for (const [, sha256 = ""] of JSON.stringify(body.type === "RunSubmitted" ? body.submission.workspace : body).matchAll(
        names,
      ))
        this.#add(sha256);
    }
    this.#go();
  }

  /** Fetches one now, if another member has it. @returns whether it is here */
  async fetch(sha256: string): Promise<boolean> {
    for (const origin of this.#options.others()) {
      try {
        const { statusCode, body } = await this.#agent.request({
          origin,
          path: `/api/v1/blobs/${sha256}`,
          method: "GET",
          headers: { authorization: `Bearer ${this.#options.adminToken}`, [forwardedHeader]: this.#options.node },
        });
        if (statusCode !== 200) await body.dump();
        else {
          // It is checked against its name.
          await this.#options.blobs.put(sha256, body, blobLimit_bytes);
          return true;
        }
      } catch (error) {
        this.#options.log.debug({ err: error, origin, sha256 }, "a blob could not be fetched from this member");
      }
    }
    return false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.clear();
    await this.#agent.destroy();
  }

  #add(sha256: string): void {
    if (this.#queue.size < queueLimit) this.#queue.add(sha256);
  }

  #go(): void {
    while (this.#running < together && this.#queue.size > 0 && !this.#isClosed) {
      const [next = ""] = this.#queue;
      this.#queue.delete(next);
      this.#running += 1;
      void this.#pull(next).finally(() => {
        this.#running -= 1;
        this.#go();
      });
    }
  }

  async #pull(sha256: string): Promise<void> {
    try {
      const [missing] = await this.#options.blobs.missing([sha256]);
      if (missing !== undefined) await this.fetch(missing);
    } catch (error) {
      // Its own disk: whoever asks for the blob is told.
      this.#options.log.warn({ err: error, sha256 }, "it could not be looked whether a blob is here");
    }
  }
}
