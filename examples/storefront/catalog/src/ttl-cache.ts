/** Remembers values for `ttl_ms`. Of calls that ask for the same missing key at once, one loads and all get its answer. */
export class TtlCache<Value> {
  readonly #ttl_ms: number;
  readonly #entries = new Map<string, { value: Promise<Value>; until: number }>();

  constructor(ttl_ms: number) {
    this.#ttl_ms = ttl_ms;
  }

  has(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > performance.now();
  }

  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > performance.now()) return known.value;
    const entry = { value: load(), until: Infinity };
    this.#entries.set(key, entry);
    try {
      const value = await entry.value;
      entry.until = performance.now() + this.#ttl_ms;
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }
}
