import { StringDecoder } from "node:string_decoder";
import { liveOutputLimit } from "@shardwright/core";
import type { SecretMask } from "./secrets.ts";

/** What a running attempt prints, masked as it comes, until it is sent: bounded, the oldest makes room. */
export class LiveOutput {
  readonly #mask: SecretMask;
  readonly #decoder = new StringDecoder("utf8");
  #raw: Buffer[] = [];
  #rawBytes = 0;
  /** The end of what came, while it may be the beginning of a secret. */
  #carry: Buffer = Buffer.alloc(0);
  #text = "";
  /** Characters before `#text`. */
  #from = 0;

  constructor(mask: SecretMask) {
    this.#mask = mask;
  }

  push(chunk: Uint8Array): void {
    // A copy: a small piece must not keep the whole buffer it was read into.
    this.#raw.push(Buffer.from(chunk));
    this.#rawBytes += chunk.byteLength;
    if (this.#rawBytes >= liveOutputLimit) this.#clean();
  }

  /** What has not been sent, and its place in all that was printed. It stays until `sent` says otherwise. */
  pending(): { readonly from: number; readonly text: string } | undefined {
    this.#clean();
    return this.#text === "" ? undefined : { from: this.#from, text: this.#text };
  }

  /** @param end place after what was sent */
  sent(end: number): void {
    const count = Math.max(0, Math.min(end - this.#from, this.#text.length));
    this.#text = this.#text.slice(count);
    this.#from += count;
  }

  #clean(): void {
    if (this.#rawBytes === 0) return;
    const bytes = Buffer.concat([this.#carry, ...this.#raw]);
    this.#raw = [];
    this.#rawBytes = 0;
    const end = this.#mask.safeEnd(bytes);
    this.#carry = bytes.subarray(end);
    const text = this.#text + this.#decoder.write(this.#mask.bytes(bytes.subarray(0, end)));
    const over = Math.max(0, text.length - liveOutputLimit);
    this.#text = text.slice(over);
    this.#from += over;
  }
}
