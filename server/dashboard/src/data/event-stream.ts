/** One event of a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface StreamEvent {
  /** The last one that was given, which is where the stream goes on from. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** The most characters of one event; a stream with more is broken. */
const eventLimit = 4 * 1024 * 1024;

/** Reads events out of an answer's body, as they come. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let id: string | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      if (rest.length > eventLimit) throw new Error("an event of the stream is too long");
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const read = readBlock(block);
        id = read.id ?? id;
        if (read.data !== undefined) yield { id, event: read.event ?? "message", data: read.data };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readBlock(block: string): { id?: string; event?: string; data?: string } {
  const read: { id?: string; event?: string; data?: string } = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "id") read.id = value;
    if (name === "event") read.event = value;
    if (name === "data") read.data = read.data === undefined ? value : `${read.data}\n${value}`;
  }
  return read;
}
