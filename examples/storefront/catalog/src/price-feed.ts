/** Collects price updates and hands them on in batches: after `wait_ms`, or at once when `limit` are waiting. `deliver` must not reject. */
export class PriceFeed {
  readonly #deliver: (prices: ReadonlyMap<string, number>) => Promise<void>;
  readonly #wait_ms: number;
  readonly #limit: number;
  #waiting = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(deliver: (prices: ReadonlyMap<string, number>) => Promise<void>, wait_ms: number, limit: number) {
    this.#deliver = deliver;
    this.#wait_ms = wait_ms;
    this.#limit = limit;
  }

  /** Of several updates for one product in a batch, the last wins. */
  update(sku: string, price: number): void {
    this.#waiting.set(sku, price);
    if (this.#waiting.size >= this.#limit) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#wait_ms);
  }

  /** Resolves when all that came before is delivered. Batches never overtake each other. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = new Map();
    if (batch.size > 0) this.#tail = this.#tail.then(() => this.#deliver(batch));
    return this.#tail;
  }
}
