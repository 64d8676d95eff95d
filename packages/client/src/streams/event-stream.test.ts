import { expect, test } from "vitest";
import { readEventStream } from "./event-stream.ts";

const text =
  ": a comment\n\nid: 1\nevent: one\ndata: first\r\ndata:second\r\n\r\nid\rdata: ünï\r\rdata\n\nid: 7\r\n\r\nretry: 5\nunknown: x\ndata: last\r\n\r\ndata: unfinished\n";

async function read(size: number): Promise<string[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  }
  const seen: string[] = [];
  for await (const { id, event, data } of readEventStream(chunks())) seen.push(`${id}|${event}|${data}`);
  return seen;
}

test("reads events by the standard, wherever chunks end", async () => {
  const expected = ["1|one|first\nsecond", "|message|ünï", "|message|", "7|message|last"];
  for (const size of [1, 2, 3, 5, 8, 1000]) expect(await read(size)).toEqual(expected);
});
