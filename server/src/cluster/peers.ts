import { createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Snapshot } from "@shardwright/raft";
import type { Dispatcher } from "undici";
import { Agent } from "./undici.ts";
import type { Peers } from "../ledger/ledger-options.ts";
import { digestOf } from "../ledger/snapshot-thread.ts";
import type { SnapshotFiles } from "../ledger/snapshot-files.ts";
import type { Certificates } from "../security/certificates.ts";
import type { SnapshotFigures } from "./figures.ts";
import type { OutgoingLinks } from "./links.ts";
import { connectorFor } from "./peer-connections.ts";

const snapshotPath = "/api/v1/cluster/snapshots";
/** A transfer that stands still for so long is given up; the leader offers again, and it goes on where it was. */
const stall_ms = 10_000;

/** Sends messages over links, and fetches snapshots over HTTP, from where an earlier try left off; without a place for them it fetches none. */
export function createPeers(
  links: OutgoingLinks,
  snapshots: SnapshotFiles | undefined,
  adminToken: string,
  figures: SnapshotFigures,
  certificates: Certificates | undefined,
): Peers & { close(): Promise<void> } {
  const connect = connectorFor(certificates, 2000);
  const agent: Dispatcher = new Agent({ headersTimeout: stall_ms, bodyTimeout: stall_ms, connect });
  return {
    send: (message, address) => links.send(message, address),
    addressOf: (node) => links.addressOf(node),
    async fetch(address, snapshot) {
      if (snapshots === undefined) return false;
      const path = snapshots.pathOf(snapshot);
      if (await isWhole(path, snapshot)) return true;
      const began_ms = performance.now();
      const partial = `${path}.partial`;
      // More than there is, as when two tries wrote at once: nobody could send what follows it.
      if ((await sizeOf(partial)) > snapshot.bytes) await rm(partial, { force: true });
      const start = await sizeOf(partial);
      const { statusCode, body } = await agent.request({
        origin: address,
        path: `${snapshotPath}/${snapshot.index}/${snapshot.digest}`,
        method: "GET",
        headers: { authorization: `Bearer ${adminToken}`, range: `bytes=${start}-` },
      });
      if (statusCode !== 206 && statusCode !== 200) {
        await body.dump();
        return false;
      }
      const receiving = { bytes: statusCode === 206 ? start : 0, of_bytes: snapshot.bytes };
      figures.receiving = receiving;
      try {
        await pipeline(
          body,
          async function* (chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
              receiving.bytes += chunk.length;
              figures.received_bytes += chunk.length;
              yield chunk;
            }
          },
          createWriteStream(partial, { flags: statusCode === 206 ? "a" : "w", mode: 0o600 }),
        );
      } catch (error) {
        figures.failed.received += 1;
        throw error;
      } finally {
        if (figures.receiving === receiving) figures.receiving = undefined;
      }
      if ((await sizeOf(partial)) !== snapshot.bytes || digestOf(partial) !== snapshot.digest) {
        if ((await sizeOf(partial)) >= snapshot.bytes) await rm(partial, { force: true });
        figures.failed.received += 1;
        return false;
      }
      const file = await open(partial, "r+");
      await file.sync();
      await file.close();
      await rename(partial, path);
      await snapshots.sync();
      figures.received.add(performance.now() - began_ms);
      return true;
    },
    close: () => agent.destroy(),
  };
}

async function isWhole(path: string, { bytes, digest }: Snapshot): Promise<boolean> {
  return (await sizeOf(path)) === bytes && digestOf(path) === digest;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
