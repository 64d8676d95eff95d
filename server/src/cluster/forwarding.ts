import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { ShardwrightError, memberIdSchema, reasonOf } from "@shardwright/core";
import type { Context } from "hono";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import { Agent } from "./undici.ts";
import type { Certificates } from "../security/certificates.ts";
import { certificateTrouble } from "../security/peers.ts";
import type { ClusterFigures } from "./figures.ts";
import { connectorFor } from "./peer-connections.ts";

/** Names the leader, as the node that answers knows it. */
export const leaderHeader = "shardwright-leader";
/**
 * Names the node that forwarded a request. One that was forwarded is not forwarded again: two nodes may take each other for the leader.
 */
export const forwardedHeader = "shardwright-forwarded";
/** Of one connection alone, or set anew on the next one (RFC 9110, section 7.6.1). */
const hopHeaders = new Set([
  "connection",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export interface ForwarderOptions {
  readonly node: string;
  readonly certificates: Certificates | undefined;
  readonly figures: ClusterFigures;
  readonly log: Logger;
}

/** Hands requests on to the leader, and its answers back, as streams. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #agent: Dispatcher;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#agent = new Agent({
      // Long polls and event streams are silent for as long as they like; who asked gives up by itself.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connectorFor(options.certificates, 2000),
      connections: 512,
      pipelining: 1,
    });
  }

  /** @throws ShardwrightError `no-leader` when it is not known, or not reached; `leadership-lost` when it went in the middle */
  async forward(context: Context, leader: string | undefined): Promise<Response> {
    const { raw } = context.req;
    const { node, figures, log } = this.#options;
    const from = forwarderOf(context);
    if (from !== undefined) {
      figures.forwarded.refused += 1;
      const what =
        from === node
          ? "a request that this member forwarded came back to it"
          : "a request was forwarded to a member that does not lead";
      log.warn({ from, leader, method: context.req.method, path: context.req.path }, what);
    }
    if (leader === undefined || from !== undefined) throw new ShardwrightError("no-leader");
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(context.req.header())) if (!hopHeaders.has(name)) headers[name] = value;
    headers[forwardedHeader] = node;
    const { pathname, search } = new URL(context.req.url);
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await this.#agent.request({
        origin: leader,
        path: `${pathname}${search}`,
        method: context.req.method,
        headers,
        body: raw.body === null ? null : Readable.fromWeb(raw.body as NodeReadableStream<Uint8Array>),
        signal: raw.signal,
      });
      const kept = new Headers();
      for (const [name, value] of Object.entries(answered))
        // Each by itself: several cookies in one line are none.
        if (!hopHeaders.has(name)) for (const each of [value ?? []].flat()) kept.append(name, each);
      kept.set(leaderHeader, leader);
      figures.forwarded.answered += 1;
      const isEmpty = statusCode === 204 || statusCode === 304 || raw.method === "HEAD";
      if (isEmpty) await body.dump();
      return new Response(isEmpty ? null : (Readable.toWeb(body) as ReadableStream<Uint8Array>), {
        status: statusCode,
        headers: kept,
      });
    } catch (error) {
      if (raw.signal.aborted) throw error;
      figures.forwarded.unreached += 1;
      const code = codeOf(error);
      const isUnreached =
        ["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT", "ENOTFOUND", "EHOSTUNREACH"].includes(code) ||
        certificateTrouble(code) !== undefined;
      throw new ShardwrightError(isUnreached ? "no-leader" : "leadership-lost", { reason: reasonOf(error) }, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The node that forwarded a request; undefined for one that comes from a client. Anybody may write the header: what is no name is not told. */
export function forwarderOf(context: Context): string | undefined {
  const from = context.req.header(forwardedHeader);
  if (from === undefined) return undefined;
  return memberIdSchema.safeParse(from).success ? from : "somebody without a name";
}
