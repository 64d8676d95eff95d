import type { Entry, Message } from "@shardwright/raft";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, decodeMessage, encodeMessage } from "./wire.ts";

const number = fc.nat();
const head = { from: fc.constant("a.00000001"), to: fc.constant("b.00000002"), term: number };
const configuration = fc.constant({ members: [{ id: "a.00000001", votes: true, address: "http://127.0.0.1:1" }] });
const entries = fc.tuple(
  fc.nat(1000),
  fc.array(fc.oneof(fc.constant(undefined), configuration, fc.uint8Array({ maxLength: 300 })), { maxLength: 6 }),
);
const messages: fc.Arbitrary<Message> = fc.oneof(
  entries.chain(([prevIndex, contents]) =>
    fc.record({
      ...head,
      type: fc.constant("append" as const),
      prevIndex: fc.constant(prevIndex),
      prevTerm: number,
      entries: fc.constant(
        contents.map((content, at): Entry => {
          const place = { index: prevIndex + 1 + at, term: at };
          if (content === undefined) return { ...place, kind: "noop" };
          return content instanceof Uint8Array
            ? { ...place, kind: "data", data: content }
            : { ...place, kind: "configuration", configuration: content };
        }),
      ),
      commit: number,
      round: number,
      floor: number,
    }),
  ),
  fc.record({
    ...head,
    type: fc.constant("append-reply" as const),
    isMatch: fc.constant(true as const),
    match: number,
    round: number,
  }),
  fc.record({
    ...head,
    type: fc.constant("append-reply" as const),
    isMatch: fc.constant(false as const),
    rejected: number,
    hintIndex: number,
    hintTerm: number,
    hasLost: fc.boolean(),
    round: number,
  }),
  fc.record({
    ...head,
    type: fc.constant("vote" as const),
    phase: fc.constantFrom("pre" as const, "real" as const),
    isTransfer: fc.boolean(),
    lastIndex: number,
    lastTerm: number,
  }),
  fc.record({
    ...head,
    type: fc.constant("snapshot" as const),
    snapshot: fc.record({ index: number, term: number, configuration, bytes: number, digest: fc.constant("0".repeat(64)) }),
    round: number,
  }),
  fc.record({ ...head, type: fc.constant("read-reply" as const), id: number, index: number }),
  fc.record({ ...head, type: fc.constant("timeout-now" as const) }),
);
const bytesOf = (message: Message): Buffer => Buffer.concat(encodeMessage(message));

test("messages come out as they went in, however the connection cuts them", () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 5 }), fc.integer({ min: 1, max: 97 }), (sent, size) => {
      const all = Buffer.concat(sent.map(bytesOf));
      const reader = new FrameReader();
      const received: Message[] = [];
      for (let at = 0; at < all.length; at += size)
        for (const frame of reader.read(all.subarray(at, at + size))) received.push(decodeMessage(frame));
      expect(received).toEqual(sent);
    }),
  );
});

test.each([
  ["a frame without a head", Buffer.alloc(2)],
  ["a head that is longer than its frame", Buffer.from([0, 0, 0, 9, 1])],
  ["a head that is no JSON", frameOf("{")],
  ["a message of a kind that is not known", frameOf(JSON.stringify({ type: "hello", from: "a", to: "b", term: 1 }))],
  [
    "a reply without its index",
    frameOf(JSON.stringify({ type: "append-reply", from: "a", to: "b", term: 1, isMatch: true, round: 0 })),
  ],
  [
    "an entry that is cut off",
    frameOf(
      JSON.stringify({
        type: "append",
        from: "a",
        to: "b",
        term: 1,
        prevIndex: 0,
        prevTerm: 0,
        entries: [[1, 1, 9]],
        commit: 0,
        round: 0,
        floor: 0,
      }),
    ),
  ],
])("%s is refused", (_what, frame) => {
  expect(() => decodeMessage(frame)).toThrow(expect.objectContaining({ code: "bad-request" }));
});

test("a frame that would be too large is refused by its length alone", () => {
  const reader = new FrameReader();
  expect(() => [...reader.read(Buffer.from([0xff, 0xff, 0xff, 0xff]))]).toThrow(
    expect.objectContaining({ code: "body-too-large" }),
  );
});

function frameOf(head: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, Buffer.from(head)]);
}
