import type { Fact } from "@shardwright/core";
import { expect, test } from "vitest";
import type { BlobStore } from "../blobs/blob-store.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { BlobPuller } from "./blob-puller.ts";

const named = (sha256: string): Fact =>
  ({ position: 1, at_ms: 0, body: { type: "AttemptFinished", log: { sha256 } } }) as unknown as Fact;

test("a disk that fails while it is looked what is missing costs that blob, and neither the others nor the process", async () => {
  const [first, second] = ["a".repeat(64), "b".repeat(64)];
  const looked: string[] = [];
  const blobs = {
    missing: async ([sha256 = ""]: readonly string[]) => {
      looked.push(sha256);
      if (sha256 === first) throw new Error("EIO: i/o error, utime");
      return [];
    },
  } as unknown as BlobStore;
  const rejected: unknown[] = [];
  const note = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", note);
  const puller = new BlobPuller({
    blobs,
    adminToken: "token",
    node: "a",
    certificates: undefined,
    others: () => ["http://127.0.0.1:9"],
    log: recordedLog([]),
  });
  puller.applied([named(first), named(second)]);
  await expect.poll(() => puller.waiting).toBe(0);
  // Node tells of it in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect([looked, rejected]).toEqual([[first, second], []]);
  await puller.close();
});
