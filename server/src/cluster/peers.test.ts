import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "@shardwright/raft";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSnapshotFiles } from "../ledger/snapshot-files.ts";
import { SnapshotFigures } from "./figures.ts";
import type { OutgoingLinks } from "./links.ts";
import { createPeers } from "./peers.ts";

const content = Buffer.from("the tables as they were after entry 7".repeat(100));
const digest = createHash("sha256").update(content).digest("hex");
const snapshot: Snapshot = { index: 7, term: 2, configuration: { members: [] }, bytes: content.length, digest };

let directory: string;
let server: Server;
let asked: number[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "peers-"));
  asked = [];
  // Answers as a coordinator's route does.
  server = createServer((request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1]);
    asked.push(start);
    response.statusCode = start > content.length ? 400 : 206;
    response.end(start > content.length ? "" : content.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

/** @returns whether it could be fetched, and where it lies then */
async function fetchSnapshot(partial?: Buffer): Promise<{ isComplete: boolean; path: string }> {
  const files = await openSnapshotFiles({ directory, tables: join(directory, "state.db"), settle: () => {} });
  const path = files.pathOf(snapshot);
  if (partial !== undefined) writeFileSync(`${path}.partial`, partial);
  // No messages are sent here.
  const peers = createPeers({} as OutgoingLinks, files, "token", new SnapshotFigures(), undefined);
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const isComplete = await peers.fetch(address, snapshot);
  await peers.close();
  return { isComplete, path };
}

test.for([
  ["nothing", undefined, [0]],
  ["a part", content.subarray(0, 1000), [1000]],
  ["all of it, when the process died before it had its name", content, [content.length]],
  ["more than there is, when two wrote it at once", Buffer.concat([content, content]), [0]],
] as const)("a snapshot is fetched whole where there is already %s", async ([_what, partial, starts]) => {
  const { isComplete, path } = await fetchSnapshot(partial);
  expect(isComplete).toBe(true);
  expect(asked).toEqual(starts);
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(existsSync(`${path}.partial`)).toBe(false);
});

test("what is not what its digest says is thrown away, so that the next try begins anew", async () => {
  const { isComplete, path } = await fetchSnapshot(Buffer.alloc(1000, 1));
  expect(isComplete).toBe(false);
  expect([existsSync(path), existsSync(`${path}.partial`)]).toEqual([false, false]);
  expect((await fetchSnapshot()).isComplete).toBe(true);
});
