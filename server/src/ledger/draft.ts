import type { FactBody, ShardwrightError } from "@shardwright/core";
import { type FactEntry, encodeFacts } from "./fact-entry.ts";

/** Facts' JSON that share an entry at most, unless one call brings more: an entry travels as a whole. In characters. */
const limit_chars = 65_536;

/** One call's facts, and who waits for them. */
interface Append {
  /** Facts of the entry up to and with the last of these. */
  readonly end: number;
  readonly resolve: (position: number) => void;
  readonly reject: (error: ShardwrightError) => void;
}

/**
 * An entry of the log that is yet to be proposed. What several calls append in one turn, and in one millisecond, comes into it: what an entry
 * costs on each member's disk, on the wire and in the tables is paid once for all.
 */
export class Draft implements FactEntry {
  readonly at_ms: number;
  readonly bodies: FactBody[] = [];
  readonly texts: string[] = [];
  /** When the first of them was appended. Monotonic. */
  readonly since_ms: number;
  readonly #appends: Append[] = [];
  #chars = 0;
  #data: Uint8Array | undefined;

  constructor(at_ms: number, since_ms: number) {
    this.at_ms = at_ms;
    this.since_ms = since_ms;
  }

  /** Whether what is appended at this time may come into it. */
  takes(at_ms: number): boolean {
    return this.#data === undefined && this.at_ms === at_ms && this.#chars < limit_chars;
  }

  /** @returns the position of the last of these facts, once the entry is applied */
  add(bodies: readonly FactBody[]): Promise<number> {
    const texts = bodies.map((body) => JSON.stringify(body));
    this.bodies.push(...bodies);
    this.texts.push(...texts);
    for (const text of texts) this.#chars += text.length;
    return new Promise((resolve, reject) => this.#appends.push({ end: this.bodies.length, resolve, reject }));
  }

  /** The entry's bytes. From the first time that they are asked for it takes nothing more. */
  get data(): Uint8Array {
    this.#data ??= encodeFacts(this);
    return this.#data;
  }

  /** @param position of its last fact */
  applied(position: number): void {
    for (const { end, resolve } of this.#appends) resolve(position - this.bodies.length + end);
  }

  fail(error: ShardwrightError): void {
    for (const { reject } of this.#appends) reject(error);
  }
}
