import { expect, test } from "vitest";
import { bestTotal, subtotal, type Rule } from "../src/discounts.ts";
import { between, seeded } from "../src/random.ts";

const random = seeded(23);
const line = (sku: string) => ({ sku, quantity: between(random, 1, 9), unit_price: between(random, 100, 9000) });
const rules: Rule[] = Array.from({ length: 14 }, (_, index) =>
  index % 2 === 0
    ? { type: "percent", percent: between(random, 1, 9), skus: [`sku-${index}`, "sku-0"] }
    : { type: "bundle", sku: `sku-${index}`, buy: between(random, 1, 3), free: 1 },
);

test("more rules never cost the customer more", () => {
  for (let basket = 0; basket < 200; basket += 1) {
    const lines = Array.from({ length: 8 }, (_, index) => line(`sku-${index}`));
    const totals = [0, 1, 2, 3, 4].map((limit) => bestTotal(lines, rules, limit));
    expect(totals[0]).toBe(subtotal(lines));
    expect(totals).toEqual(totals.toSorted((a, b) => b - a));
  }
});

test("stacked rules stop at zero", () => {
  const everything: Rule[] = [60, 60].map((percent) => ({ type: "percent", percent }));
  expect(bestTotal([line("mug")], everything, 2)).toBe(0);
});
