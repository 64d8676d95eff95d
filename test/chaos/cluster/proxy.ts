import { once } from "node:events";
import { Agent, createServer, request as requestHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { pipeline, type Duplex } from "node:stream";
import type { Acknowledged } from "./acknowledged.ts";
import { clients, Gate, type Network, someMember } from "./network.ts";

/** Requests that only coordinators make of each other. */
const betweenMembers = /^\/api\/v1\/cluster\/(?:snapshots\/|members$)/;
const results = /^\/api\/v1\/workers\/[^/]+\/results$/;

interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Stands before one coordinator, at the address that everybody knows; sees who asks, and what workers were told is durable. */
export class CoordinatorProxy {
  readonly #name: string;
  readonly #host: string;
  readonly #port: number;
  readonly #network: Network;
  readonly #acknowledged: Acknowledged;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(name: string, { host, port }: Listener, network: Network, acknowledged: Acknowledged) {
    this.#name = name;
    this.#host = host;
    this.#port = port;
    this.#network = network;
    this.#acknowledged = acknowledged;
    this.#server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (request, response) => this.#handOn(request, response));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#link(request, socket, head));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(
    name: string,
    listener: Listener,
    network: Network,
    acknowledged: Acknowledged,
    on = "127.0.0.1",
  ): Promise<CoordinatorProxy> {
    const proxy = new CoordinatorProxy(name, listener, network, acknowledged);
    proxy.#server.listen(0, on);
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `http://${(this.#server.address() as AddressInfo).address}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    await closed;
  }

  #handOn(request: IncomingMessage, response: ServerResponse): void {
    const { url = "/", method, headers } = request;
    const isOfMember = headers["shardwright-forwarded"] !== undefined || (method !== "GET" && betweenMembers.test(url));
    const from = isOfMember || url.includes("/cluster/snapshots/") ? someMember : clients;
    const link = this.#gates(from, [request.socket]);
    if (link === undefined) return;
    const sent: Buffer[] = [];
    const answered: Buffer[] = [];
    const isReport = from === clients && method === "POST" && results.test(url);
    const onwards = requestHttp({ host: this.#host, port: this.#port, path: url, method, headers, agent: this.#agent });
    const breakOff = (): void => {
      onwards.destroy();
      request.socket.destroy();
    };
    onwards.on("error", breakOff);
    response.on("close", () => {
      link.end();
      if (!response.writableFinished) onwards.destroy();
    });
    onwards.on("response", (answer) => {
      if (isReport) answer.on("data", (chunk: Buffer) => answered.push(chunk));
      answer.on("end", () => {
        if (isReport && answer.statusCode === 200) this.#acknowledged.add(Buffer.concat(sent), Buffer.concat(answered));
      });
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // An event stream is silent for long after its head.
      response.flushHeaders();
      pipeline(answer, link.back, response, (error) => error && breakOff());
    });
    if (isReport) request.on("data", (chunk: Buffer) => sent.push(chunk));
    pipeline(request, link.there, onwards, (error) => error && breakOff());
  }

  #link(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const node = String(request.headers["shardwright-node"] ?? "");
    socket.on("error", () => {});
    const onwards = connect(this.#port, this.#host);
    onwards.on("error", () => socket.destroy());
    const link = this.#gates(node.slice(0, node.lastIndexOf(".")), [socket, onwards]);
    if (link === undefined) return;
    socket.once("close", () => {
      link.end();
      onwards.destroy();
    });
    const lines = request.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ""}`] : []));
    link.there.write(`${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    if (head.length > 0) link.there.write(head);
    pipeline(socket, link.there, onwards, () => socket.destroy());
    pipeline(onwards, link.back, socket, () => socket.destroy());
  }

  /** What holds back, or breaks off, what one member sends to this one; undefined when nothing gets through. */
  #gates(from: string, sockets: readonly Duplex[]): { there: Gate; back: Gate; end: () => void } | undefined {
    const cut = (): void => {
      for (const socket of sockets) socket.destroy();
    };
    if (this.#network.stateOf(from, this.#name) === "cut") {
      cut();
      return undefined;
    }
    const isStalled = (): boolean => this.#network.stateOf(from, this.#name) === "stalled";
    const [there, back] = [new Gate(isStalled), new Gate(isStalled)];
    const end = this.#network.add(from, this.#name, {
      cut,
      open() {
        there.open();
        back.open();
      },
    });
    return { there, back, end };
  }
}
