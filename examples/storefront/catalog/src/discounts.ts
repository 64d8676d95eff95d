export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price: number;
}

export type Rule =
  | { readonly type: "percent"; readonly percent: number; readonly skus?: readonly string[] }
  | { readonly type: "fixed"; readonly amount: number; readonly minimum: number }
  /** Buy `buy`, get `free` more of the same for nothing. */
  | { readonly type: "bundle"; readonly sku: string; readonly buy: number; readonly free: number };

export function subtotal(lines: readonly Line[]): number {
  return lines.reduce((total, line) => total + line.quantity * line.unit_price, 0);
}

/** What one rule takes off, in minor units; never more than the lines cost. */
export function discountOf(rule: Rule, lines: readonly Line[]): number {
  const total = subtotal(lines);
  switch (rule.type) {
    case "percent": {
      const { skus } = rule;
      const base = skus === undefined ? total : subtotal(lines.filter((line) => skus.includes(line.sku)));
      return Math.floor((base * rule.percent) / 100);
    }
    case "fixed":
      return total >= rule.minimum ? Math.min(rule.amount, total) : 0;
    case "bundle":
      return lines
        .filter((line) => line.sku === rule.sku)
        .reduce((sum, line) => sum + Math.floor(line.quantity / (rule.buy + rule.free)) * rule.free * line.unit_price, 0);
  }
}

/** The cheapest total that a choice of at most `limit` rules gives. Tries every choice: shops have few rules. */
export function bestTotal(lines: readonly Line[], rules: readonly Rule[], limit: number): number {
  const total = subtotal(lines);
  const search = (from: number, left: number, taken: number): number => {
    let best = Math.max(0, total - taken);
    if (left === 0) return best;
    for (let index = from; index < rules.length; index += 1) {
      const rule = rules[index];
      if (rule !== undefined) best = Math.min(best, search(index + 1, left - 1, taken + discountOf(rule, lines)));
    }
    return best;
  };
  return search(0, limit, 0);
}
