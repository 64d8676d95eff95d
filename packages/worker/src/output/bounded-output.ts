import type { SecretMask, Span } from "./secrets.ts";

/** UTF-8 has no longer one. */
const characterLimit_bytes = 4;

/**
 * What a task prints, bounded: the beginning and the end are kept, and what was left out between them is said. Secrets are masked when
 * it is read, on whole stretches, so that none slips through where chunks or cuts fall.
 */
export class BoundedOutput {
  readonly #limit_bytes: number;
  readonly #mask: SecretMask;
  /** Kept beyond each cut, so that a secret or a character across the cut is seen whole. */
  readonly #margin: number;
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;

  constructor(limit_bytes: number, mask: SecretMask) {
    this.#limit_bytes = limit_bytes;
    this.#mask = mask;
    this.#margin = Math.max(mask.longest_bytes, characterLimit_bytes);
    this.#headLimit = Math.ceil(limit_bytes / 2);
    this.#tailLimit = limit_bytes - this.#headLimit;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#total += bytes.length;
    const room = this.#headLimit + this.#margin - this.#headBytes;
    if (room > 0) {
      // A copy: a small piece must not keep the whole buffer it was read into.
      this.#head.push(Buffer.from(bytes.subarray(0, room)));
      this.#headBytes += Math.min(room, bytes.length);
    }
    this.#pushTail(bytes);
  }

  /** The output as UTF-8, masked; bytes that are no UTF-8 are replaced. Undefined when nothing was printed. */
  read(): Buffer | undefined {
    if (this.#total === 0) return undefined;
    const tail = Buffer.concat(this.#tail);
    // All of it is in the tail's window unless more than that came; then head and tail may still meet.
    if (this.#total <= this.#limit_bytes) {
      const overlap = this.#headBytes + tail.length - this.#total;
      return this.#clean(Buffer.concat([...this.#head, tail.subarray(Math.max(0, overlap))]));
    }
    const head = Buffer.concat(this.#head);
    const headEnd = endOfCut(head, this.#headLimit, this.#mask.spans(head));
    const tailStart = startOfCut(tail, tail.length - this.#tailLimit, this.#mask.spans(tail));
    const left = this.#total - headEnd - (tail.length - tailStart);
    const notice = Buffer.from(`\n… ${left} bytes of output left out …\n`);
    return Buffer.concat([this.#clean(head.subarray(0, headEnd)), notice, this.#clean(tail.subarray(tailStart))]);
  }

  #pushTail(bytes: Buffer): void {
    const window = this.#tailLimit + this.#margin;
    const last = bytes.length > window ? bytes.subarray(bytes.length - window) : bytes;
    this.#tail.push(Buffer.from(last));
    this.#tailBytes += last.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= window) this.#tailBytes -= this.#tail.shift()?.length ?? 0;
    // Many tiny chunks are joined, so that the list stays short whatever the sizes.
    if (this.#tail.length > 4096) this.#tail = [Buffer.concat(this.#tail)];
    if (this.#head.length > 4096) this.#head = [Buffer.concat(this.#head)];
  }

  #clean(bytes: Buffer): Buffer {
    return Buffer.from(this.#mask.bytes(bytes).toString("utf8"), "utf8");
  }
}

/** Moves the end of the kept beginning past a secret it would cut, else back to the start of a character. */
function endOfCut(bytes: Buffer, limit: number, spans: readonly Span[]): number {
  const across = spans.find((span) => span.start < limit && limit < span.end);
  if (across !== undefined) return across.end;
  let end = limit;
  while (end > 0 && limit - end < characterLimit_bytes && isContinuation(bytes[end])) end -= 1;
  return end;
}

/** Moves the start of the kept end past a secret or a character that it would cut. */
function startOfCut(bytes: Buffer, limit: number, spans: readonly Span[]): number {
  const across = spans.find((span) => span.start < limit && limit < span.end);
  if (across !== undefined) return across.end;
  let start = limit;
  while (start < bytes.length && start - limit < characterLimit_bytes && isContinuation(bytes[start])) start += 1;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
