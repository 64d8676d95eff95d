/** Stock that customers hold in their baskets for a while. What is not bought in time goes back on the shelf. */
export class HoldBook {
  readonly #available = new Map<string, number>();
  readonly #holds = new Map<number, { sku: string; quantity: number; timer: NodeJS.Timeout }>();
  #next = 1;

  restock(sku: string, quantity: number): void {
    this.#available.set(sku, this.available(sku) + quantity);
  }

  available(sku: string): number {
    return this.#available.get(sku) ?? 0;
  }

  held(sku: string): number {
    let sum = 0;
    for (const hold of this.#holds.values()) if (hold.sku === sku) sum += hold.quantity;
    return sum;
  }

  /** Takes stock off the shelf for `ttl_ms`. The hold's number, or undefined when there is not enough. */
  hold(sku: string, quantity: number, ttl_ms: number): number | undefined {
    const left = this.available(sku) - quantity;
    if (left < 0) return undefined;
    const id = this.#next;
    this.#next += 1;
    this.#available.set(sku, left);
    this.#holds.set(id, { sku, quantity, timer: setTimeout(() => this.release(id), ttl_ms) });
    return id;
  }

  /** Sells what is held. False when the hold is over. */
  confirm(id: number): boolean {
    return this.#end(id) !== undefined;
  }

  /** Puts what is held back on the shelf. False when the hold is over. */
  release(id: number): boolean {
    const hold = this.#end(id);
    if (hold === undefined) return false;
    this.restock(hold.sku, hold.quantity);
    return true;
  }

  #end(id: number): { sku: string; quantity: number } | undefined {
    const hold = this.#holds.get(id);
    if (hold === undefined) return undefined;
    clearTimeout(hold.timer);
    this.#holds.delete(id);
    return hold;
  }
}
