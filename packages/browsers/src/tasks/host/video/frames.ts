/** A picture of a page, as JPEG. */
export interface Frame {
  /** When it was drawn, on any clock that all frames of a page share. */
  readonly time_ms: number;
  readonly data: Buffer;
}

export interface FrameLimits {
  /** Of all that are kept together. */
  readonly bytes: number;
  /** What is shown is the last of a case: as much as this. */
  readonly span_ms: number;
}

/** A page's ten last minutes, in 16 MiB. */
const frameLimits: FrameLimits = { bytes: 16 * 1024 ** 2, span_ms: 600_000 };

/**
 * What a page looked like as time went on, in memory: where it grows too much every second picture goes, and what comes then is taken half as
 * often, so that the beginning stays as well as the end.
 */
export class Frames {
  readonly #limits: FrameLimits;
  #frames: Frame[] = [];
  #bytes = 0;
  /** Pictures that come sooner after the last one take its place. */
  #least_ms = 0;

  constructor(limits: FrameLimits = frameLimits) {
    this.#limits = limits;
  }

  add(frame: Frame): void {
    // One that alone is too much is none of a page.
    if (frame.data.length > this.#limits.bytes / 4) return;
    const before = this.#frames.at(-2);
    const isSoon = before !== undefined && frame.time_ms - before.time_ms < this.#least_ms;
    if (isSoon) this.#bytes -= this.#frames.pop()?.data.length ?? 0;
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    this.#forget(frame.time_ms - this.#limits.span_ms);
    while (this.#bytes > this.#limits.bytes) this.#thin();
  }

  /** Oldest first. */
  all(): readonly Frame[] {
    return this.#frames;
  }

  /** The one that was still to be seen when the span began stays. */
  #forget(begin_ms: number): void {
    let gone = 0;
    while (gone + 1 < this.#frames.length && (this.#frames[gone + 1]?.time_ms ?? begin_ms) <= begin_ms) gone += 1;
    if (gone === 0) return;
    for (const { data } of this.#frames.splice(0, gone)) this.#bytes -= data.length;
  }

  #thin(): void {
    const last = this.#frames.length - 1;
    // The first and the last stay.
    this.#frames = this.#frames.filter((_frame, index) => index % 2 === 0 || index === last);
    this.#bytes = this.#frames.reduce((sum, { data }) => sum + data.length, 0);
    const [first] = this.#frames;
    const end = this.#frames.at(-1);
    if (first !== undefined && end !== undefined)
      this.#least_ms = (end.time_ms - first.time_ms) / Math.max(1, this.#frames.length - 1);
  }
}
