export interface PriceChange {
  /** Days since the shop opened. */
  readonly day: number;
  readonly price: number;
}

/** The price on a day: that of the last change on or before it. Changes are in order. */
export function priceOn(changes: readonly PriceChange[], day: number): number | undefined {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.day ?? Infinity) <= day) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1]?.price;
}

/** The lowest price of the `window` days before `day`: what a "was" price must state by law in the EU (30 days). */
export function lowestBefore(changes: readonly PriceChange[], day: number, window = 30): number | undefined {
  const start = priceOn(changes, day - window);
  const inside = changes.filter((change) => change.day > day - window && change.day < day).map((change) => change.price);
  const prices = start === undefined ? inside : [start, ...inside];
  return prices.length === 0 ? undefined : Math.min(...prices);
}
