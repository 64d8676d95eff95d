import { constants } from "node:crypto";
import { createServer as createHttpServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { getRequestListener } from "@hono/node-server";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Hono } from "hono";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { FrequentAnswers } from "./http/frequent.ts";
import type { Certificates, CertificateSet } from "./security/certificates.ts";

/** How long a client may take to send a request. */
const requestTimeout_ms = 120_000;
const headersTimeout_ms = 15_000;
/** Longer than clients keep idle connections, so that they are never cut while a request is on its way. */
const keepAlive_ms = 65_000;
const connectionLimit = 20_000;

export interface ListenRequest {
  readonly app: Hono;
  /** Asked before the app. */
  readonly answersFrequent?: FrequentAnswers;
  /** Takes the other members' connections. */
  readonly cluster: Pick<Cluster, "incoming">;
  readonly host: string;
  readonly port: number;
  /** Without any it does not speak TLS. */
  readonly certificates: Certificates | undefined;
  /** Aborted when the server is about to end. */
  readonly closing: AbortSignal;
}

/** A server that listens. */
export interface Listening {
  /** `http://127.0.0.1:7070` */
  readonly address: string;
  /** Takes no connection any more; those that are open may go on for so long. */
  close(drain_ms: number, clock: Clock): Promise<void>;
}

/** @throws ShardwrightError `usage` when the address cannot be used */
export async function listen({
  app,
  answersFrequent,
  cluster,
  host,
  port,
  certificates,
  closing,
}: ListenRequest): Promise<Listening> {
  const listener = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  const limits = { requestTimeout: requestTimeout_ms, headersTimeout: headersTimeout_ms, keepAliveTimeout: keepAlive_ms };
  const handle: RequestListener = (request, response) => {
    response.on("close", endIdle);
    if (answersFrequent?.(request, response) !== true) void listener(request, response);
  };
  // A connection that only now falls idle would otherwise hold the shutdown up for as long as it is kept alive.
  const endIdle = () => void (closing.aborted && setImmediate(() => server.closeIdleConnections()));
  const server = certificates === undefined ? createHttpServer(limits, handle) : createTlsServer(certificates, limits, handle);
  server.on("upgrade", (request, socket, head) => cluster.incoming.accept(request, socket, head));
  server.maxConnections = connectionLimit;
  const sockets = connectionsOf(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new ShardwrightError(
          "usage",
          {
            problem: `The coordinator cannot listen on ${host}:${port}: ${reasonOf(error)}`,
            remedy: "Choose another --host or --port.",
          },
          { cause: error },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const shownHost = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return {
    address: `${certificates === undefined ? "http" : "https"}://${shownHost}:${(server.address() as AddressInfo).port}`,
    close: (drain_ms, clock) => closeServer({ server, sockets }, drain_ms, clock),
  };
}

/** Coordinators are asked for a certificate, and anybody else may come without: who needs one is refused later, by name. */
function createTlsServer(certificates: Certificates, limits: ServerOptions, handle: RequestListener): Server {
  const asks = certificates.current.clusterCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  const server = createHttpsServer({ ...limits, ...asks, ...serverTlsOf(certificates.current) }, handle);
  certificates.onChange((current) => server.setSecureContext(serverTlsOf(current)));
  return server;
}

function serverTlsOf({ cert, key, clusterCa }: CertificateSet): SecureContextOptions {
  if (clusterCa === undefined) return { cert, key };
  // A connection that takes up an earlier one is not asked for its certificate again, which may be over by then.
  return { cert, key, ca: clusterCa, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** All of them, those that have not said anything yet as well: the server itself knows of no connection before its first request. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

interface Open {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

async function closeServer({ server, sockets }: Open, drain_ms: number, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = clock.after(drain_ms, () => {
    server.closeAllConnections();
    // One that is in the middle of a TLS handshake is none of those.
    for (const socket of sockets) socket.destroy();
  });
  await closed;
  timer.cancel();
}
