/** Rounds halves to the even neighbour, so that many roundings do not drift upwards. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The tax on a net amount, both in minor units; the rate in basis points: 1,900 is 19%. */
export function taxOnNet(net: number, rate: number): number {
  return roundHalfEven((net * rate) / 10_000);
}

/** The tax contained in a gross amount. */
export function taxInGross(gross: number, rate: number): number {
  return roundHalfEven((gross * rate) / (10_000 + rate));
}

export interface TaxLine {
  readonly net: number;
  readonly rate: number;
}

/** Tax by rate: the lines of one rate are summed before they are rounded, as invoices do. */
export function taxByRate(lines: readonly TaxLine[]): Map<number, number> {
  const nets = new Map<number, number>();
  for (const line of lines) nets.set(line.rate, (nets.get(line.rate) ?? 0) + line.net);
  return new Map([...nets].map(([rate, net]) => [rate, taxOnNet(net, rate)]));
}
