import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

// This file runs in a thread of its own: it imports nothing but Node.

export interface CheckpointOptions {
  /** The database file. */
  readonly tables: string;
  /** Pages in the write-ahead log from which on the one who writes folds them in himself. */
  readonly most: number;
}

export type CheckpointRequest = "fold" | "close";

/** How often what was written meanwhile is folded in as well: the log begins anew only once nothing is left of it. */
const rounds = 3;

/** Folds the write-ahead log into the file, without keeping anybody from writing. */
function fold(passive: StatementSync, most: number): void {
  for (let round = 0; round < rounds; round += 1) {
    const { busy, log, checkpointed } = passive.get() ?? {};
    if (busy !== 0 || log === checkpointed || Number(log) >= most) return;
  }
}

const port = parentPort;
if (port !== null) {
  const { tables, most } = workerData as CheckpointOptions;
  const client = new DatabaseSync(tables, { timeout: 0 });
  // As who writes does: the log is synced before it is folded in, and the file before the log begins anew.
  client.exec("PRAGMA synchronous = NORMAL");
  const passive = client.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  port.on("message", (request: CheckpointRequest) => {
    if (request === "close") {
      client.close();
      port.close();
    } else {
      fold(passive, most);
      port.postMessage("done");
    }
  });
}
