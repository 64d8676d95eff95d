const decimals = { EUR: 2, USD: 2, JPY: 0, KWD: 3 };

/** Converts minor units at a rate that says how many `to` one `from` buys. */
export function convert(minor, from, to, rate) {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`rate ${rate}`);
  for (const currency of [from, to]) if (!(currency in decimals)) throw new RangeError(`unknown currency ${currency}`);
  return Math.round(minor * rate * 10 ** (decimals[to] - decimals[from]));
}
