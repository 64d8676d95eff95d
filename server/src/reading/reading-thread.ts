import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, type ErrorDetails, ShardwrightError, reasonOf } from "@shardwright/core";
import { drizzle } from "drizzle-orm/node-sqlite";
import { tailOf } from "../blobs/tail-of.ts";
import { createQueries } from "../database/queries.ts";
import { type Question, answerOf } from "./question.ts";

export interface ReadingOptions {
  /** The database file. */
  readonly tables: string;
  /** Where the blobs are. */
  readonly blobs: string;
}

export interface ReadingRequest {
  readonly question: Question;
  readonly now_ms: number;
}

export type ReadingReply =
  /** In UTF-8. */
  | { readonly type: "text"; readonly text: Uint8Array<ArrayBuffer> }
  | { readonly type: "refused"; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly type: "failed"; readonly reason: string };

/** Answers from the tables as they are in one moment, whatever is written to them meanwhile. */
function openReading({ tables, blobs }: ReadingOptions): (request: ReadingRequest) => Promise<ReadingReply> {
  const client = new DatabaseSync(tables, { readOnly: true, timeout: 10_000 });
  client.exec("PRAGMA cache_size = -32000");
  const queries = createQueries(drizzle({ client }), () => {});
  const sources = { queries, blobs: { tail: (sha256: string, limit_bytes: number) => tailOf(blobs, sha256, limit_bytes) } };
  return async ({ question, now_ms }) => {
    client.exec("BEGIN");
    try {
      const answer = await answerOf({ ...sources, now_ms }, question);
      return { type: "text", text: textOf(question, answer) };
    } catch (error) {
      if (error instanceof ShardwrightError) return { type: "refused", code: error.code, details: error.details };
      return { type: "failed", reason: reasonOf(error) };
    } finally {
      client.exec("COMMIT");
    }
  };
}

function textOf({ of }: Question, answer: unknown): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  if (of !== "html") return encoder.encode(JSON.stringify(answer));
  const chunks = [...(answer as Iterable<string>)].map((chunk) => encoder.encode(chunk));
  const text = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let end = 0;
  for (const chunk of chunks) {
    text.set(chunk, end);
    end += chunk.byteLength;
  }
  return text;
}

const port = parentPort;
if (port !== null) {
  const answer = openReading(workerData as ReadingOptions);
  port.on("message", (request: ReadingRequest) => {
    void answer(request).then((reply) => port.postMessage(reply, reply.type === "text" ? [reply.text.buffer] : []));
  });
}
