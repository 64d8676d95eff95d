const grams: Readonly<Record<string, number>> = { mg: 0.001, g: 1, kg: 1000 };
const millilitres: Readonly<Record<string, number>> = { ml: 1, cl: 10, l: 1000 };

export interface UnitPrice {
  readonly per: "100 g" | "1 kg" | "100 ml" | "1 l";
  readonly minor: number;
}

/** The price by weight or volume that the label must show; small packs by 100, others by 1,000. */
export function unitPrice(price: number, size: string): UnitPrice {
  const match = /^(\d+(?:\.\d+)?) ?(mg|g|kg|ml|cl|l)$/.exec(size);
  const [, amount = "", unit = ""] = match ?? [];
  const weight = grams[unit];
  const base = Number(amount) * (weight ?? millilitres[unit] ?? 0);
  if (match === null || base === 0) throw new SyntaxError(`not a size: ${size}`);
  const small = base <= 250;
  const minor = Math.round((price * (small ? 100 : 1000)) / base);
  if (weight !== undefined) return { per: small ? "100 g" : "1 kg", minor };
  return { per: small ? "100 ml" : "1 l", minor };
}
