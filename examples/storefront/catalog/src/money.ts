/** An amount in the currency's smallest unit: `{ minor: 1234, currency: "EUR" }` is 12.34 EUR. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

const decimals: Readonly<Record<string, number>> = { EUR: 2, USD: 2, GBP: 2, JPY: 0, KWD: 3 };

function decimalsOf(currency: string): number {
  const places = decimals[currency];
  if (places === undefined) throw new RangeError(`unknown currency ${currency}`);
  return places;
}

export function add(left: Money, right: Money): Money {
  if (left.currency !== right.currency) throw new TypeError(`cannot add ${right.currency} to ${left.currency}`);
  return { minor: left.minor + right.minor, currency: left.currency };
}

/** `1234 EUR` becomes `12.34 EUR`. */
export function format(money: Money): string {
  const places = decimalsOf(money.currency);
  const sign = money.minor < 0 ? "-" : "";
  const digits = String(Math.abs(money.minor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return places === 0 ? `${sign}${whole} ${money.currency}` : `${sign}${whole}.${digits.slice(-places)} ${money.currency}`;
}

/** Reads what `format` writes. @throws SyntaxError for anything else. */
export function parse(text: string): Money {
  const match = /^(-?)(\d+)(?:\.(\d+))? ([A-Z]{3})$/.exec(text);
  if (match === null) throw new SyntaxError(`not an amount: ${text}`);
  const [, sign = "", whole = "", fraction = "", currency = ""] = match;
  if (fraction.length !== decimalsOf(currency))
    throw new SyntaxError(`${currency} has ${decimalsOf(currency)} decimals: ${text}`);
  const minor = Number(whole + fraction);
  return { minor: sign === "-" && minor !== 0 ? -minor : minor, currency };
}

/** Splits an amount by weights without losing a cent: the largest remainders get what is left over. */
export function allocate(money: Money, weights: readonly number[]): Money[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum <= 0 || weights.some((weight) => weight < 0)) throw new RangeError("weights must be positive");
  const shares = weights.map((weight, index) => {
    const exact = (money.minor * weight) / sum;
    return { index, minor: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  let left = money.minor - shares.reduce((total, share) => total + share.minor, 0);
  for (const share of [...shares].sort((a, b) => b.remainder - a.remainder || a.index - b.index)) {
    if (left <= 0) break;
    share.minor += 1;
    left -= 1;
  }
  return shares.map((share) => ({ minor: share.minor, currency: money.currency }));
}
