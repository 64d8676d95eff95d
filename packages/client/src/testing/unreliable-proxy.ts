import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy on the loopback interface, in front of a coordinator, that a test cuts, stalls and mends. */
export class UnreliableProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #port: number;
  #state: "open" | "stalled" = "open";
  #watchers: (() => void)[] = [];
  /** Connections taken so far. */
  connections = 0;

  /** @param target `http://host:port` of what is behind it */
  static async start(target: string): Promise<UnreliableProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new UnreliableProxy(server, target);
  }

  private constructor(server: Server, target: string) {
    const { hostname, port } = new URL(target);
    this.#server = server;
    this.#target = { host: hostname, port: Number(port) };
    this.#port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => this.#join(socket));
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Ends every connection and refuses new ones. */
  async cut(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    this.#state = "open";
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  /** Takes connections and what comes over them, and passes nothing on any more. */
  stall(): void {
    this.#state = "stalled";
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Serves again, on the same port; what was held up while it was stalled goes on its way. */
  async mend(): Promise<void> {
    this.#state = "open";
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
    if (this.#server.listening) return;
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Resolves when the condition holds; looked at after each connection. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #join(near: Socket): void {
    this.connections += 1;
    const far = connect(this.#target);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const pass = (from: Socket, to: Socket) => {
      from.on("data", (chunk: Buffer) => void to.write(chunk));
      from.on("error", () => {});
      from.on("end", () => to.end());
      from.on("close", (hadError) => {
        if (hadError) to.destroy();
        else to.end();
        this.#pairs.delete(pair);
      });
      if (this.#state === "stalled") from.pause();
    };
    pass(near, far);
    pass(far, near);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}
