import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface ReceivedSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server. */
  readonly kind: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly at_ms: number; readonly attributes: Record<string, unknown> }[];
  readonly resource: Readonly<Record<string, unknown>>;
}

/**
 * A collector that takes traces by OTLP over HTTP. It reads protobuf by the field numbers of the published schema
 * (https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto).
 */
export class Collector implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  requests = 0;
  /** What it answers with; `hang` never answers. */
  answer: number | "hang" = 200;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on("request", (request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        collector.requests += 1;
        collector.headers.push(request.headers);
        if (collector.answer === "hang") return;
        const body = Buffer.concat(chunks);
        if (request.url !== "/v1/traces" || request.headers["content-type"] !== "application/x-protobuf") {
          response.writeHead(415).end();
          return;
        }
        if (collector.answer === 200)
          collector.spans.push(...readRequest(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body));
        response.writeHead(collector.answer).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return collector;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

type Value = bigint | Buffer;
type Message = ReadonlyMap<number, readonly Value[]>;

/** A message by the wire format alone (https://protobuf.dev/programming-guides/encoding/). */
function read(bytes: Buffer): Message {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("the message is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error("the message is cut off");
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const value =
      wire === 0 ? varint() : wire === 1 ? take(8) : wire === 2 ? take(Number(varint())) : wire === 5 ? take(4) : undefined;
    if (value === undefined) throw new Error(`wire type ${wire} is not known`);
    const field = tag >> 3;
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const bytesOf = (message: Message, field: number): Buffer => (message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
const messagesOf = (message: Message, field: number): Message[] => (message.get(field) ?? []).map((each) => read(each as Buffer));
const textOf = (message: Message, field: number): string => bytesOf(message, field).toString("utf8");
const numberOf = (message: Message, field: number): number => Number((message.get(field)?.[0] as bigint | undefined) ?? 0n);
/** To the microsecond: nanoseconds since 1970 are more than a number holds. */
const ms = (message: Message, field: number): number => Number(bytesOf(message, field).readBigUInt64LE() / 1000n) / 1000;

function attributesOf(message: Message, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messagesOf(message, field).map((entry) => {
      const value = read(bytesOf(entry, 2));
      const [double] = value.get(4) ?? [];
      if (value.has(1)) return [textOf(entry, 1), textOf(value, 1)];
      if (value.has(2)) return [textOf(entry, 1), numberOf(value, 2) === 1];
      if (value.has(3)) return [textOf(entry, 1), numberOf(value, 3)];
      return [textOf(entry, 1), Buffer.isBuffer(double) ? double.readDoubleLE() : undefined];
    }),
  );
}

function readRequest(body: Buffer): ReceivedSpan[] {
  return messagesOf(read(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(read(bytesOf(resourceSpans, 1)), 1);
    return messagesOf(resourceSpans, 2).flatMap((scopeSpans) =>
      messagesOf(scopeSpans, 2).map((span) => ({
        trace: bytesOf(span, 1).toString("hex"),
        id: bytesOf(span, 2).toString("hex"),
        parent: bytesOf(span, 4).toString("hex"),
        name: textOf(span, 5),
        kind: numberOf(span, 6),
        start_ms: ms(span, 7),
        end_ms: ms(span, 8),
        status: numberOf(read(bytesOf(span, 15)), 3),
        attributes: attributesOf(span, 9),
        events: messagesOf(span, 11).map((event) => ({
          name: textOf(event, 2),
          at_ms: ms(event, 1),
          attributes: attributesOf(event, 3),
        })),
        resource,
      })),
    );
  });
}
