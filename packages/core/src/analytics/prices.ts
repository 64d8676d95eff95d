import { z } from "zod";

/** The most that an hour of one worker may cost. */
const priceLimit = 1_000_000;

/**
 * What an hour of a worker costs, as people write it: `linux-x64-4cpu*=0.12` for a class of hardware, `gpu=1.8` for a label, `*=0.05` for all
 * others. `*` stands for any text.
 */
const priceSchema = z.string().superRefine((text, context) => {
  const { pattern, price } = partsOf(text);
  if (pattern === "")
    context.addIssue(`${JSON.stringify(text.slice(0, 200))} names no workers: write gpu=1.80, linux-x64-*=0.12 or *=0.05`);
  else if (!/^\d{1,7}(?:\.\d{1,6})?$/.test(price) || Number(price) > priceLimit)
    context.addIssue(
      `the price of ${pattern} is a number from 0 to ${priceLimit} for an hour of a worker, not ${JSON.stringify(price.slice(0, 200))}`,
    );
});

/** Prices, each pattern once; the first that fits a worker is its price. */
export const workerPricesSchema = z
  .array(priceSchema)
  .max(200)
  .superRefine((prices, context) => {
    const patterns = prices.map((text) => partsOf(text).pattern);
    const again = patterns.find((pattern, index) => patterns.indexOf(pattern) < index);
    if (again !== undefined) context.addIssue(`${again} has two prices`);
  });

/** Three letters, as ISO 4217 has them. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/, "a currency is three capital letters, such as EUR");

export interface PricedWorker {
  readonly hardware_class: string;
  readonly labels: readonly string[];
}

/** What tells the price of an hour of a worker, from prices that were checked; undefined for a worker that none fits. */
export function readPrices(prices: readonly string[]): (worker: PricedWorker) => number | undefined {
  const read = prices.map((text) => {
    const { pattern, price } = partsOf(text);
    const escaped = pattern.split("*").map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
    return { pattern: new RegExp(`^${escaped.join(".*")}$`), price: Number(price) };
  });
  return ({ hardware_class, labels }) =>
    read.find(({ pattern }) => [hardware_class, ...labels].some((name) => pattern.test(name)))?.price;
}

function partsOf(text: string): { readonly pattern: string; readonly price: string } {
  const at = text.lastIndexOf("=");
  return at === -1
    ? { pattern: text.trim(), price: "" }
    : { pattern: text.slice(0, at).trim(), price: text.slice(at + 1).trim() };
}
