/** What a customer means to buy. Prices are in minor units; a line holds 1 to 99 pieces. */
export class Cart {
  #lines = new Map();

  get lines() {
    return [...this.#lines].map(([sku, line]) => ({ sku, ...line }));
  }

  get total() {
    return this.lines.reduce((sum, line) => sum + line.quantity * line.price, 0);
  }

  add(sku, price, quantity = 1) {
    if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError(`quantity ${quantity} of ${sku}`);
    const before = this.#lines.get(sku)?.quantity ?? 0;
    this.#lines.set(sku, { price, quantity: Math.min(99, before + quantity) });
  }

  /** Zero takes the line out. */
  setQuantity(sku, quantity) {
    const line = this.#lines.get(sku);
    if (line === undefined) throw new RangeError(`${sku} is not in the cart`);
    if (!Number.isInteger(quantity) || quantity < 0 || quantity > 99) throw new RangeError(`quantity ${quantity} of ${sku}`);
    if (quantity === 0) this.#lines.delete(sku);
    else this.#lines.set(sku, { ...line, quantity });
  }

  /** Takes over a guest's cart after a login: the larger quantity and the newer price of each line. */
  merge(guest) {
    for (const { sku, price, quantity } of guest.lines) {
      const own = this.#lines.get(sku)?.quantity ?? 0;
      this.#lines.set(sku, { price, quantity: Math.max(own, quantity) });
    }
  }
}
