import { Transform, type TransformCallback } from "node:stream";

/** `cut`: connections break and none is made; `stalled`: they stand, and nothing comes through. */
export type LinkState = "open" | "cut" | "stalled";

/** Who speaks to a coordinator when it is a worker or a run, which have no name here. */
export const clients = "clients";
/** A coordinator that did not say which one it is. */
export const someMember = "some member";

/** What travels between one that asks and one that answers, in both directions. */
export interface Passage {
  /** Breaks its connections off. */
  cut(): void;
  /** Lets through what it holds. */
  open(): void;
}

/** Which member reaches which: all messages between coordinators, and those of workers and runs, pass here. */
export class Network {
  readonly #states = new Map<string, LinkState>();
  readonly #passages = new Map<Passage, { readonly from: string; readonly to: string }>();

  stateOf(from: string, to: string): LinkState {
    if (from !== someMember) return this.#states.get(`${from} ${to}`) ?? "open";
    // It may be any of them: what one of them cannot do, this one cannot either.
    const states = [...this.#states].filter(([link]) => link.endsWith(` ${to}`) && !link.startsWith(clients));
    return states.find(([, state]) => state !== "open")?.[1] ?? "open";
  }

  /** Told of each change, where the network is more than what passes here. */
  onChange: ((from: string, to: string, state: LinkState) => void) | undefined;

  set(from: string, to: string, state: LinkState): void {
    this.#states.set(`${from} ${to}`, state);
    this.onChange?.(from, to, state);
    for (const [passage, each] of this.#passages) {
      if (each.to !== to) continue;
      const now = this.stateOf(each.from, to);
      if (now === "cut") passage.cut();
      else if (now === "open") passage.open();
    }
  }

  /** Heals everything. */
  openAll(): void {
    for (const link of this.#states.keys()) {
      const [from = "", to = ""] = link.split(" ");
      this.set(from, to, "open");
    }
  }

  /** @returns what forgets it */
  add(from: string, to: string, passage: Passage): () => void {
    this.#passages.set(passage, { from, to });
    return () => this.#passages.delete(passage);
  }
}

/** Lets bytes through unless its link is stalled; then it holds them until `open`. */
export class Gate extends Transform {
  readonly #isStalled: () => boolean;
  #held: (() => void)[] = [];

  constructor(isStalled: () => boolean) {
    super();
    this.#isStalled = isStalled;
  }

  open(): void {
    for (const go of this.#held.splice(0)) go();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pass(() => done(null, chunk));
  }

  override _flush(done: TransformCallback): void {
    this.#pass(() => done());
  }

  #pass(go: () => void): void {
    if (this.#isStalled()) this.#held.push(() => this.#pass(go));
    else go();
  }
}
