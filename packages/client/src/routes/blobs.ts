import { createHash } from "node:crypto";
import { missingBlobsResponseSchema, ShardwrightError } from "@shardwright/core";
import { readBody } from "../transport/answers.ts";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

/** What a blob is called: the SHA-256 of its bytes. */
export interface BlobReference {
  readonly sha256: string;
  readonly bytes: number;
}

/** The largest blob that is fetched: the largest log a run may keep, with room for what decoding adds. */
const blobLimit_bytes = 256 * 1024 * 1024;

export function blobReference(content: Uint8Array): BlobReference {
  return { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.byteLength };
}

export function blobRoutes(caller: Caller) {
  return {
    /**
     * Stores bytes under their SHA-256. An artifact is refused before a log would be, so that there is room for what counts more.
     * @throws `blob-quota`, `body-too-large`, `state-unwritable`
     */
    async putBlob(content: Uint8Array, options?: CallOptions & { readonly artifact?: boolean }): Promise<BlobReference> {
      const reference = blobReference(content);
      const query = options?.artifact === true ? { for: "artifact" } : {};
      await caller.nothing({ method: "PUT", path: path("/api/v1/blobs/:", [reference.sha256], query), bytes: content }, options);
      return reference;
    },

    /** Those that the coordinator does not have; the others it keeps for a day from now on. */
    missingBlobs: async (sha256: readonly string[], options?: CallOptions): Promise<string[]> =>
      (
        await caller.json(
          { method: "POST", path: "/api/v1/blobs/missing", json: { sha256 } },
          missingBlobsResponseSchema,
          options,
        )
      ).missing,

    /** Fetches a blob and checks it. @throws `not-found`, `bad-response` when other bytes came. */
    getBlob: (sha256: string, options: CallOptions = {}): Promise<Buffer> =>
      caller.call({ method: "GET", path: path("/api/v1/blobs/:", [sha256]) }, options, async (answer, address) => {
        const content = await readBody(answer, blobLimit_bytes, address);
        const actual = blobReference(content).sha256;
        if (actual !== sha256)
          throw new ShardwrightError("bad-response", { address, reason: `the blob ${sha256} came as ${actual}` });
        return content;
      }),
  };
}
