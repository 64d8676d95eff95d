import { connect, type Socket } from "node:net";

const endOfHead = Buffer.from("\r\n\r\n");

/**
 * One keep-alive connection that sends one request after the other, and does no more for it than a load generator must: on a machine that
 * the clients share with what is measured, their own cost is part of the result. Knows only answers with a `content-length`.
 */
export class LeanConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;

  /** @param address such as `http://127.0.0.1:7399` */
  constructor(address: string, apiKey: string) {
    const { hostname, port, host } = new URL(address);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const authorization = apiKey === "" ? "" : `authorization: Bearer ${apiKey}\r\n`;
    this.#head = `host: ${host}\r\ncontent-type: application/json\r\n${authorization}content-length: `;
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  /** @returns the answer's body. @throws Error for anything but 200 */
  post(path: string, json: unknown): Promise<string> {
    const body = JSON.stringify(json);
    this.#socket.write(`POST ${path} HTTP/1.1\r\n${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(endOfHead);
    if (end === -1) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const begin = end + endOfHead.length;
    if (Number.isNaN(length)) return this.#settle(new Error(`an answer of unknown length: ${head.slice(0, 200)}`));
    if (this.#received.length < begin + length) return;
    const text = this.#received.toString("utf8", begin, begin + length);
    this.#received = this.#received.subarray(begin + length);
    this.#settle(head.startsWith("HTTP/1.1 200 ") ? text : new Error(`${head.split("\r\n")[0]}: ${text.slice(0, 300)}`));
  }

  #settle(outcome: string | Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (typeof outcome === "string") waiting?.resolve(outcome);
    else waiting?.reject(outcome);
  }
}
