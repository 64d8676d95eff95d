/** One event of a `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface StreamMessage {
  /** The last id the stream gave, this event's own included; empty when it gave none. */
  readonly id: string;
  /** `message` unless named. */
  readonly event: string;
  readonly data: string;
}

/** An event larger than this is a fault of the other side. */
const messageLimit = 16 * 1024 * 1024;

/**
 * Reads the events of a stream as its bytes come.
 * @throws RangeError when one event is larger than 16 Mi characters.
 */
export async function* readEventStream(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end may be the first half of CR LF: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { id, event: event || "message", data: data.join("\n") };
        event = "";
        data = [];
        size = 0;
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
      size += value.length;
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id" && !value.includes("\0")) id = value;
    }
    if (rest.length + size > messageLimit) throw new RangeError(`an event of more than ${messageLimit} characters`);
  }
}
