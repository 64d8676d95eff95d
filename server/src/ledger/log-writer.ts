import { Worker } from "node:worker_threads";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Entry, Write } from "@shardwright/raft";
import { type Durability, LogError, type LogFault } from "./log-error.ts";
import { type FoundLog, LogFile, type NodeRecord } from "./log-file.ts";
import type { LogReply, LogRequest, LogThreadOptions } from "./log-thread.ts";

/** Makes entries durable. After a failure nothing is written any more. */
export interface LogWriter {
  /** What was there when it was opened. */
  readonly found: FoundLog;
  /** Makes a new log of these. */
  begin(record: NodeRecord, entries: readonly Entry[]): Promise<void>;
  /** @param done told later, never before this returns */
  write(writes: readonly Write[], done: (error?: ShardwrightError) => void): void;
  close(): Promise<void>;
}

/**
 * Opens the log. With `full` durability a thread of its own waits for the disk, so that heartbeats and long polls do not; `relaxed`
 * commits take microseconds and are written in place, which spares the thread's start.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`
 */
export async function openLogWriter(path: string, durability: Durability): Promise<LogWriter> {
  return durability === "full" ? openThreaded(path, durability) : openInline(path, durability);
}

function openInline(path: string, durability: Durability): LogWriter {
  let log: LogFile | undefined;
  let found: FoundLog;
  try {
    log = new LogFile(path, durability);
    found = log.read();
  } catch (error) {
    log?.close();
    throw toShardwrightError(error);
  }
  const file = log;
  let failure: ShardwrightError | undefined;
  const attempt = (work: () => void): ShardwrightError | undefined => {
    if (failure !== undefined) return failure;
    try {
      work();
    } catch (error) {
      failure = toShardwrightError(error);
    }
    return failure;
  };
  return {
    found,
    async begin(record, entries) {
      const error = attempt(() => file.begin(record, entries));
      if (error !== undefined) throw error;
    },
    write(writes, done) {
      setImmediate(() => done(attempt(() => file.write(writes))));
    },
    async close() {
      file.close();
    },
  };
}

async function openThreaded(path: string, durability: Durability): Promise<LogWriter> {
  const options: LogThreadOptions = { path, durability };
  const file = import.meta.url.endsWith(".ts") ? "./log-thread.ts" : "./log-thread.js";
  const thread = new Worker(new URL(file, import.meta.url), { workerData: options, execArgv: [], name: "ledger" });
  const opened = Promise.withResolvers<FoundLog>();
  const closed = Promise.withResolvers<void>();
  let waiting: ((error?: ShardwrightError) => void)[] = [];
  let isClosing = false;
  let failure: ShardwrightError | undefined;

  const fail = (error: ShardwrightError) => {
    failure ??= error;
    opened.reject(failure);
    const told = waiting;
    waiting = [];
    for (const done of told) done(failure);
  };
  thread.on("message", (reply: LogReply) => {
    switch (reply.type) {
      case "opened":
        opened.resolve(reply.found);
        break;
      case "done":
        waiting.shift()?.();
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
  });
  const ask = (request: LogRequest, done: (error?: ShardwrightError) => void) => {
    if (failure !== undefined) {
      const known = failure;
      setImmediate(() => done(known));
      return;
    }
    waiting.push(done);
    thread.postMessage(request);
  };

  let found: FoundLog;
  try {
    found = await opened.promise;
  } catch (error) {
    await thread.terminate();
    throw error;
  }
  return {
    found,
    begin: (record, entries) =>
      new Promise<void>((resolve, reject) => {
        ask({ type: "begin", record, entries }, (error) => (error === undefined ? resolve() : reject(error)));
      }),
    write: (writes, done) => ask({ type: "write", writes }, done),
    async close() {
      isClosing = true;
      thread.postMessage({ type: "close" } satisfies LogRequest);
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
