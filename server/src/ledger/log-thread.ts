import { parentPort, workerData } from "node:worker_threads";
import { type Durability, FactLog, type FactRow, LogError, type LogFault, messageOf } from "./fact-log.ts";

/** What the coordinator's main thread asks of the log's thread. */
export type LogRequest =
  | { readonly type: "write"; readonly rows: readonly FactRow[] }
  | { readonly type: "forget"; readonly runs: readonly string[] }
  | { readonly type: "close" };

export type LogReply =
  | { readonly type: "opened"; readonly position: number }
  | { readonly type: "written"; readonly position: number }
  | { readonly type: "forgotten" }
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
  const log = new FactLog(options.path, options.durability);
  let rows: FactRow[] = [];
  let scheduled = false;
  let failed = false;

  const attempt = (work: () => LogReply) => {
    if (failed) return;
    try {
      reply(work());
    } catch (error) {
      // A write that failed may have reached the disk or not: nobody may build on it, so nothing is written after it.
      failed = true;
      reply({ type: "failed", fault: faultOf(error) });
    }
  };
  const flush = () => {
    scheduled = false;
    const batch = rows;
    const last = batch.at(-1);
    rows = [];
    if (last === undefined) return;
    attempt(() => {
      log.write(batch);
      return { type: "written", position: last.position };
    });
  };

  reply({ type: "opened", position: log.verify() });
  listen((request) => {
    switch (request.type) {
      case "write":
        // Group commit: what came in while the last sync ran is read off the queue before the next one starts.
        rows.push(...request.rows);
        if (!scheduled) setImmediate(flush);
        scheduled = true;
        break;
      case "forget":
        flush();
        attempt(() => {
          log.forget(request.runs);
          return { type: "forgotten" };
        });
        break;
      case "close":
        flush();
        log.close();
        reply({ type: "closed" });
        break;
    }
  });
}

function faultOf(error: unknown): LogFault {
  return error instanceof LogError ? error.fault : { code: "ledger-failed", details: { reason: messageOf(error) } };
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
