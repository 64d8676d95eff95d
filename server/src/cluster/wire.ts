import { ShardwrightError } from "@shardwright/core";
import type { Entry, Message } from "@shardwright/raft";
import { z } from "zod";
import { dataOf, entryOf, kindOf } from "../ledger/log-file.ts";

/**
 * How messages travel between coordinators: frames of `length (4 bytes) | length of the head (4 bytes) | head, JSON | the entries' data, one
 * after the other`. Both lengths are big-endian; the first counts everything after itself.
 */
export const protocolVersion = 1;

/** A message carries a megabyte of entries, or one entry that is larger: a submission as large as the API takes. */
const frameLimit_bytes = 256 * 1024 * 1024;

const index = z.int().nonnegative();
const id = z.string().min(1).max(128);
const configuration = z.object({
  members: z.array(z.object({ id, votes: z.boolean(), isWitness: z.boolean().optional(), address: z.string().max(512) })).max(64),
});
const base = { from: id, to: id, term: index };
const headSchema = z.discriminatedUnion("type", [
  z.object({
    ...base,
    type: z.literal("vote"),
    phase: z.enum(["pre", "real"]),
    isTransfer: z.boolean(),
    lastIndex: index,
    lastTerm: index,
  }),
  z.object({ ...base, type: z.literal("vote-reply"), phase: z.enum(["pre", "real"]), isGranted: z.boolean() }),
  z.object({
    ...base,
    type: z.literal("append"),
    prevIndex: index,
    prevTerm: index,
    /** Term, kind and number of bytes of each. */
    entries: z.array(z.tuple([index, index, index])),
    commit: index,
    round: index,
    floor: index,
  }),
  z.discriminatedUnion("isMatch", [
    z.object({ ...base, type: z.literal("append-reply"), isMatch: z.literal(true), match: index, round: index }),
    z.object({
      ...base,
      type: z.literal("append-reply"),
      isMatch: z.literal(false),
      rejected: index,
      hintIndex: index,
      hintTerm: index,
      hasLost: z.boolean(),
      round: index,
    }),
  ]),
  z.object({
    ...base,
    type: z.literal("snapshot"),
    snapshot: z.object({
      index,
      term: index,
      configuration,
      bytes: index,
      digest: z.string().regex(/^[0-9a-f]{64}$/),
    }),
    round: index,
  }),
  z.object({ ...base, type: z.literal("read"), id: index }),
  z.object({ ...base, type: z.literal("read-reply"), id: index, index }),
  z.object({ ...base, type: z.literal("timeout-now") }),
]);

export function encodeMessage(message: Message): Uint8Array[] {
  const entries = message.type === "append" ? message.entries : [];
  const data = entries.map((entry) => dataOf(entry));
  const head = Buffer.from(
    JSON.stringify(
      message.type === "append"
        ? { ...message, entries: entries.map((entry, at) => [entry.term, kindOf(entry), data[at]?.byteLength ?? 0]) }
        : message,
    ),
  );
  const lengths = Buffer.alloc(8);
  const body_bytes = data.reduce((sum, each) => sum + each.byteLength, 0);
  lengths.writeUInt32BE(4 + head.byteLength + body_bytes, 0);
  lengths.writeUInt32BE(head.byteLength, 4);
  return [lengths, head, ...data];
}

/** @throws ShardwrightError `bad-request` for what no coordinator sends */
export function decodeMessage(frame: Buffer): Message {
  const head_bytes = frame.length >= 4 ? frame.readUInt32BE(0) : Number.POSITIVE_INFINITY;
  if (head_bytes > frame.length - 4) throw refusal("a frame is shorter than its head");
  let json: unknown;
  try {
    json = JSON.parse(frame.toString("utf8", 4, 4 + head_bytes));
  } catch {
    throw refusal("a frame's head is no JSON");
  }
  const head = headSchema.safeParse(json);
  if (!head.success) throw refusal(`a message is not known: ${head.error.issues[0]?.message ?? ""}`);
  if (head.data.type !== "append") return head.data;
  const { prevIndex } = head.data;
  let at = 4 + head_bytes;
  const entries = head.data.entries.map(([term, kind, bytes], number): Entry => {
    // Copied: a frame would otherwise stay in memory for as long as its smallest entry.
    const entry = entryOf(prevIndex + 1 + number, term, kind, Uint8Array.from(frame.subarray(at, at + bytes)));
    at += bytes;
    if (entry === undefined || at > frame.length) throw refusal("an entry is not known, or cut off");
    return entry;
  });
  return { ...head.data, entries };
}

function refusal(problems: string): ShardwrightError {
  return new ShardwrightError("bad-request", { problems });
}

/** Puts frames together from what a connection brings. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #held_bytes = 0;

  /** @throws ShardwrightError `body-too-large` */
  *read(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#held_bytes += chunk.length;
    for (;;) {
      const wanted = this.#wanted();
      if (wanted === undefined || this.#held_bytes < 4 + wanted) return;
      const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks);
      const rest = all.subarray(4 + wanted);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#held_bytes = rest.length;
      yield all.subarray(4, 4 + wanted);
    }
  }

  #wanted(): number | undefined {
    if (this.#held_bytes < 4) return undefined;
    const [first] = this.#chunks;
    const start = first !== undefined && first.length >= 4 ? first : Buffer.concat(this.#chunks);
    const wanted = start.readUInt32BE(0);
    if (wanted > frameLimit_bytes) throw new ShardwrightError("body-too-large", { limit_bytes: frameLimit_bytes });
    return wanted;
  }
}
