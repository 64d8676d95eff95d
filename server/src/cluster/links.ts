import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { STATUS_CODES, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Message } from "@shardwright/raft";
import type { Logger } from "pino";
import { z } from "zod";
import type { Clock, Timer } from "../clock.ts";
import type { Certificates } from "../security/certificates.ts";
import { certificateTrouble } from "../security/peers.ts";
import { clientTlsOf } from "./peer-connections.ts";
import { factsHeader, factsIn } from "./versions.ts";
import { FrameReader, decodeMessage, encodeMessage, protocolVersion } from "./wire.ts";

const linkPath = "/api/v1/cluster/link";
const upgradeName = "shardwright-cluster";
/** Names the cluster of whoever speaks. */
export const clusterHeader = "shardwright-cluster";
/** Bytes that wait for a member that does not read. What comes then is dropped: consensus sends it again. */
const backlogLimit_bytes = 64 * 1024 * 1024;
/** Messages kept for a connection that is being made; the latest count. */
const waitingLimit = 64;
const connectTimeout_ms = 2000;
/** Nodes whose addresses and versions are remembered, and characters of a version. */
const learnedLimit = 64;
const versionLimit = 64;
/** Characters of a refusal that are read. */
const refusalLimit = 4096;
const retryAfter_ms = [50, 100, 200, 400, 800] as const;

export interface LinkOptions {
  readonly node: string;
  /** Name of the cluster; empty for a node that does not know it yet. */
  readonly cluster: () => string;
  /** Where this node is reached; empty until it listens. */
  readonly address: () => string;
  /** Opens the others' doors. */
  readonly adminToken: string;
  /** Of this program. */
  readonly version: string;
  /** The highest version of facts that this node can apply. */
  readonly facts: number;
  /** Shown to the others. */
  readonly certificates: Certificates | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a node says of itself when it connects. */
export interface Introduction {
  /** Where it is reached; it may connect before it listens, and does not know it then. */
  readonly address: string | undefined;
  /** Of its program. */
  readonly version: string | undefined;
}

/** One-way connections to the other members: HTTP that is upgraded to a stream of frames, so that nothing is opened for each message. */
export class OutgoingLinks {
  readonly #options: LinkOptions;
  readonly #links = new Map<string, OutgoingLink>();
  readonly #addresses = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  /** Messages that were dropped because a member does not read. */
  dropped = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** A node said where it is, once it listens, and what it runs: one that joins knows its leader from that alone. */
  learn(node: string, { address, version }: Introduction): void {
    const remember = (known: Map<string, string>, what: string | undefined): void => {
      if (what !== undefined && (known.size < learnedLimit || known.has(node))) known.set(node, what);
    };
    remember(this.#addresses, address);
    remember(this.#versions, version);
  }

  /** Of the program that a node runs, as it said when it connected. */
  versionOf(node: string): string | undefined {
    return this.#versions.get(node);
  }

  addressOf(node: string): string | undefined {
    return this.#addresses.get(node);
  }

  send(message: Message, address: string): void {
    this.#linkTo(address).send(message);
  }

  #linkTo(address: string): OutgoingLink {
    const known = this.#links.get(address);
    if (known !== undefined) return known;
    const link = new OutgoingLink(address, this.#options, () => (this.dropped += 1));
    this.#links.set(address, link);
    return link;
  }

  /** Keeps connections to these, and to no others: when a vote is asked for, it is too late to begin with one. */
  keep(addresses: ReadonlySet<string>): void {
    for (const address of addresses) this.#linkTo(address).open();
    for (const [address, link] of this.#links) {
      if (addresses.has(address)) continue;
      link.close();
      this.#links.delete(address);
    }
  }

  close(): void {
    this.keep(new Set());
  }
}

class OutgoingLink {
  readonly #address: string;
  readonly #options: LinkOptions;
  #socket: Duplex | undefined;
  #isConnecting = false;
  /** What was sent while there was no connection yet: a vote that is lost costs a whole election. */
  #waiting: Message[] = [];
  #failures = 0;
  #retry: Timer | undefined;
  #isClosed = false;
  readonly #drop: () => void;

  constructor(address: string, options: LinkOptions, drop: () => void) {
    this.#address = address;
    this.#drop = drop;
    this.#options = options;
  }

  send(message: Message): void {
    const socket = this.#socket;
    if (socket === undefined) {
      if (this.#waiting.length >= waitingLimit) this.#waiting.shift();
      this.#waiting.push(message);
      this.open();
      return;
    }
    if (socket.writableLength > backlogLimit_bytes) return this.#drop();
    socket.cork();
    for (const part of encodeMessage(message)) socket.write(part);
    socket.uncork();
  }

  open(): void {
    if (this.#socket === undefined && !this.#isConnecting && this.#retry === undefined && !this.#isClosed) this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#socket?.destroy();
  }

  #connect(): void {
    const { node, cluster, address, adminToken, version, facts, certificates } = this.#options;
    this.#isConnecting = true;
    const url = new URL(linkPath, this.#address);
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
      agent: false,
      timeout: connectTimeout_ms,
      ...clientTlsOf(certificates?.current),
      headers: {
        connection: "Upgrade",
        upgrade: upgradeName,
        authorization: `Bearer ${adminToken}`,
        "shardwright-node": node,
        "shardwright-address": address(),
        [clusterHeader]: cluster(),
        "shardwright-protocol": String(protocolVersion),
        "shardwright-version": version,
        [factsHeader]: String(facts),
      },
    });
    let isOver = false;
    const fail = (reason: string, hint?: string): void => {
      if (isOver) return;
      isOver = true;
      request.destroy();
      this.#failed(reason, hint);
    };
    request.on("timeout", () => fail("it does not answer"));
    request.on("error", (error) => {
      const reason = certificateTrouble("code" in error ? String(error.code) : "");
      if (reason === undefined) fail(reasonOf(error));
      else fail(reason, "Give all coordinators certificates that the authority in --cluster-ca signed.");
    });
    request.on("response", (response) => {
      const theirs = response.headers[clusterHeader];
      if (response.statusCode === 409 && theirs !== undefined)
        return fail(
          `it belongs to the cluster ${String(theirs)}, not to ${cluster()}: if that one was recovered, this one is over`,
        );
      const status = `it answers ${response.statusCode ?? 0}`;
      readRefusal(response).then(
        ({ message, hint }) => fail(`${status}: ${message}`, hint),
        () => fail(status),
      );
    });
    request.on("upgrade", (_response, socket) => {
      if (isOver || this.#isClosed) {
        socket.destroy();
        return;
      }
      isOver = true;
      socket.setNoDelay(true);
      socket.setTimeout(0);
      this.#isConnecting = false;
      this.#failures = 0;
      this.#socket = socket;
      socket.on("error", () => {});
      socket.on("close", () => {
        if (this.#socket === socket) this.#socket = undefined;
      });
      socket.resume();
      for (const message of this.#waiting.splice(0)) this.send(message);
    });
    request.end();
  }

  #failed(reason: string, hint?: string): void {
    const { clock, log } = this.#options;
    this.#isConnecting = false;
    this.#waiting = [];
    if (this.#isClosed) return;
    if (this.#failures === 0) log.warn({ address: this.#address, reason, hint }, "another coordinator is not reached");
    this.#failures += 1;
    const delay_ms = retryAfter_ms[Math.min(this.#failures, retryAfter_ms.length) - 1] ?? 800;
    this.#retry = clock.after(delay_ms, () => {
      this.#retry = undefined;
    });
  }
}

export interface Door {
  /** @throws ShardwrightError for a certificate or a token that is not good enough */
  check(authorization: string | undefined, socket: Duplex): void;
  readonly cluster: () => string;
  learn(node: string, introduction: Introduction): void;
  /** A node has connected that can apply facts up to this version. @returns what is called when that connection has ended */
  connected(node: string, facts: number): () => void;
  receive(message: Message): void;
  /** Whoever came was not let in. */
  refused(request: IncomingMessage, error: ShardwrightError): void;
  readonly log: Logger;
}

/** Lets another coordinator in that comes with what the cluster asks for and its name, and hands on what it says. */
export function acceptLink(door: Door, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on("error", () => {});
  try {
    refuseUnknown(door, request, socket);
  } catch (error) {
    if (!(error instanceof ShardwrightError)) throw error;
    door.refused(request, error);
    socket.end(refusalText(error));
    return;
  }
  if ("setNoDelay" in socket && typeof socket.setNoDelay === "function") socket.setNoDelay(true);
  if ("setTimeout" in socket && typeof socket.setTimeout === "function") socket.setTimeout(0);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${upgradeName}\r\n\r\n`);
  const node = request.headers["shardwright-node"];
  const address = request.headers["shardwright-address"];
  const version = request.headers["shardwright-version"];
  if (typeof node === "string")
    door.learn(node, {
      address: typeof address === "string" && URL.canParse(address) ? address : undefined,
      version: typeof version === "string" ? version.slice(0, versionLimit) : undefined,
    });
  // A server's connections stay half open unless they are told otherwise.
  socket.on("end", () => socket.destroy());
  if (typeof node === "string") socket.on("close", door.connected(node, factsIn(request.headers[factsHeader])));
  const reader = new FrameReader();
  const take = (chunk: Buffer): void => {
    try {
      for (const frame of reader.read(chunk)) door.receive(decodeMessage(frame));
    } catch (error) {
      if (!(error instanceof ShardwrightError)) throw error;
      door.log.warn({ err: error }, "another coordinator sent what is no message");
      socket.destroy();
    }
  };
  if (head.length > 0) take(head);
  socket.on("data", take);
}

/** @throws ShardwrightError */
function refuseUnknown(door: Door, { url, headers }: IncomingMessage, socket: Duplex): void {
  if (url !== linkPath || headers.upgrade !== upgradeName)
    throw new ShardwrightError("not-found", { what: `upgrade at ${url ?? ""}` });
  door.check(headers.authorization, socket);
  if (headers["shardwright-protocol"] !== String(protocolVersion))
    throw new ShardwrightError("bad-request", {
      problems: `it speaks protocol ${String(headers["shardwright-protocol"])}, not ${protocolVersion}`,
    });
  const wanted = String(headers[clusterHeader] ?? "");
  const cluster = door.cluster();
  if (wanted !== "" && cluster !== "" && wanted !== cluster)
    throw new ShardwrightError("other-cluster", { address: headers.host ?? "", cluster, wanted });
}

function refusalText(error: ShardwrightError): string {
  const body = JSON.stringify(error.toBody());
  // Who is told the cluster has shown the token.
  const named = error.code === "other-cluster" ? [`${clusterHeader}: ${error.details.cluster ?? ""}`] : [];
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ""}`,
    ...named,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

/** @throws when it says nothing that is known */
async function readRefusal(response: IncomingMessage): Promise<{ message: string; hint: string }> {
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > refusalLimit) break;
  }
  return z.object({ error: z.object({ message: z.string(), hint: z.string() }) }).parse(JSON.parse(text)).error;
}
