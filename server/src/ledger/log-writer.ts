import { ShardwrightError, reasonOf } from "@shardwright/core";
import { Worker } from "node:worker_threads";
import { type Durability, FactLog, type FactRow, LogError, type LogFault } from "./fact-log.ts";
import type { LogReply, LogRequest, LogThreadOptions } from "./log-thread.ts";

export interface LogEvents {
  /** All rows up to this position are on disk. */
  written(position: number): void;
  /** The log can no longer be written. */
  failed(error: ShardwrightError): void;
}

/** Writes facts to disk, many calls in one commit. */
export interface LogWriter {
  /** Last position found when it was opened. */
  readonly position: number;
  write(rows: readonly FactRow[]): void;
  forget(runs: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the log. With `full` durability a thread of its own waits for the disk, so that heartbeats and long polls do not; `relaxed`
 * commits take microseconds and are written in place, which spares the thread's start.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`
 */
export async function openLogWriter(path: string, durability: Durability, events: LogEvents): Promise<LogWriter> {
  return durability === "full" ? openThreaded(path, durability, events) : openInline(path, durability, events);
}

function openInline(path: string, durability: Durability, events: LogEvents): LogWriter {
  let log: FactLog;
  let position: number;
  try {
    log = new FactLog(path, durability);
    position = log.verify();
  } catch (error) {
    throw toShardwrightError(error);
  }
  let rows: FactRow[] = [];
  let immediate: NodeJS.Immediate | undefined;
  let failed = false;
  const flush = () => {
    immediate = undefined;
    const batch = rows;
    const last = batch.at(-1);
    rows = [];
    if (last === undefined || failed) return;
    try {
      log.write(batch);
    } catch (error) {
      failed = true;
      events.failed(toShardwrightError(error));
      return;
    }
    events.written(last.position);
  };
  return {
    position,
    write(added) {
      rows.push(...added);
      immediate ??= setImmediate(flush);
    },
    async forget(runs) {
      flush();
      try {
        log.forget(runs);
      } catch (error) {
        throw toShardwrightError(error);
      }
    },
    async close() {
      clearImmediate(immediate);
      flush();
      log.close();
    },
  };
}

async function openThreaded(path: string, durability: Durability, events: LogEvents): Promise<LogWriter> {
  const options: LogThreadOptions = { path, durability };
  const file = import.meta.url.endsWith(".ts") ? "./log-thread.ts" : "./log-thread.js";
  const thread = new Worker(new URL(file, import.meta.url), { workerData: options, execArgv: [], name: "ledger" });
  const opened = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<void>();
  const forgetting: PromiseWithResolvers<void>[] = [];
  let isOpen = false;
  let isClosing = false;
  let failure: ShardwrightError | undefined;

  const fail = (error: ShardwrightError) => {
    failure ??= error;
    for (const { reject } of forgetting.splice(0)) reject(error);
    if (isOpen) events.failed(error);
    else opened.reject(error);
  };
  thread.on("message", (reply: LogReply) => {
    switch (reply.type) {
      case "opened":
        isOpen = true;
        opened.resolve(reply.position);
        break;
      case "written":
        events.written(reply.position);
        break;
      case "forgotten":
        forgetting.shift()?.resolve();
        break;
      case "closed":
        closed.resolve();
        break;
      case "failed":
        fail(new ShardwrightError(reply.fault.code, reply.fault.details));
        break;
    }
  });
  thread.on("error", (error) => fail(new ShardwrightError("ledger-failed", { reason: reasonOf(error) }, { cause: error })));
  thread.on("exit", () => {
    if (!isClosing) fail(new ShardwrightError("ledger-failed", { reason: "the ledger's thread ended" }));
    closed.resolve();
    for (const { resolve } of forgetting.splice(0)) resolve();
  });
  const ask = (request: LogRequest) => thread.postMessage(request);

  let position: number;
  try {
    position = await opened.promise;
  } catch (error) {
    await thread.terminate();
    throw error;
  }
  return {
    position,
    write: (rows) => ask({ type: "write", rows }),
    async forget(runs) {
      if (failure !== undefined) throw failure;
      const forgotten = Promise.withResolvers<void>();
      forgetting.push(forgotten);
      ask({ type: "forget", runs });
      await forgotten.promise;
    },
    async close() {
      isClosing = true;
      ask({ type: "close" });
      await closed.promise;
      await thread.terminate();
    },
  };
}

/** The catalogue's error for what the log found. */
export function toShardwrightError(error: unknown): ShardwrightError {
  if (error instanceof ShardwrightError) return error;
  const fault: LogFault =
    error instanceof LogError ? error.fault : { code: "ledger-failed", details: { reason: reasonOf(error) } };
  return new ShardwrightError(fault.code, fault.details, { cause: error });
}
