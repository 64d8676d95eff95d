import { parentPort, workerData } from "node:worker_threads";
import type { Entry, Write } from "@shardwright/raft";
import { type Durability, faultOf, type LogFault } from "./log-error.ts";
import { type FoundLog, LogFile, type NodeRecord } from "./log-file.ts";

/** What the coordinator's main thread asks of the log's thread. */
export type LogRequest =
  | { readonly type: "begin"; readonly record: NodeRecord; readonly entries: readonly Entry[] }
  | { readonly type: "write"; readonly writes: readonly Write[] }
  | { readonly type: "close" };

export type LogReply =
  | { readonly type: "opened"; readonly found: FoundLog }
  /** The oldest request that was not answered yet is done. */
  | { readonly type: "done" }
  | { readonly type: "closed" }
  | { readonly type: "failed"; readonly fault: LogFault };

export interface LogThreadOptions {
  readonly path: string;
  readonly durability: Durability;
}

function serve(
  options: LogThreadOptions,
  reply: (message: LogReply) => void,
  listen: (on: (request: LogRequest) => void) => void,
) {
  const log = new LogFile(options.path, options.durability);
  let failed = false;
  const attempt = (work: () => void) => {
    if (failed) return;
    try {
      work();
      reply({ type: "done" });
    } catch (error) {
      // A write that failed may have reached the disk or not: nobody may build on it, so nothing is written after it.
      failed = true;
      reply({ type: "failed", fault: faultOf(error) });
    }
  };
  try {
    reply({ type: "opened", found: log.read() });
  } catch (error) {
    log.close();
    throw error;
  }
  listen((request) => {
    switch (request.type) {
      case "begin":
        attempt(() => log.begin(request.record, request.entries));
        break;
      case "write":
        attempt(() => log.write(request.writes));
        break;
      case "close":
        log.close();
        reply({ type: "closed" });
        break;
    }
  });
}

const port = parentPort;
if (port !== null) {
  try {
    serve(
      workerData as LogThreadOptions,
      (message) => port.postMessage(message),
      (on) => port.on("message", on),
    );
  } catch (error) {
    port.postMessage({ type: "failed", fault: faultOf(error) } satisfies LogReply);
    port.close();
  }
}
