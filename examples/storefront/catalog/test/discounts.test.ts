import { expect, test } from "vitest";
import { discountOf, subtotal, type Line, type Rule } from "../src/discounts.ts";

const lines: Line[] = [
  { sku: "mug", quantity: 5, unit_price: 800 },
  { sku: "tea", quantity: 1, unit_price: 450 },
];

test("the subtotal is quantity times price", () => expect(subtotal(lines)).toBe(4450));

test.each<[string, Rule, number]>([
  ["10% of everything", { type: "percent", percent: 10 }, 445],
  ["10% of tea, cents cut", { type: "percent", percent: 11, skus: ["tea"] }, 49],
  ["5.00 off from 40.00", { type: "fixed", amount: 500, minimum: 4000 }, 500],
  ["5.00 off from 50.00 is out of reach", { type: "fixed", amount: 500, minimum: 5000 }, 0],
  ["a voucher of more than the basket", { type: "fixed", amount: 99_999, minimum: 0 }, 4450],
  ["buy 2 get 1, once for 5", { type: "bundle", sku: "mug", buy: 2, free: 1 }, 800],
  ["a bundle of what is not there", { type: "bundle", sku: "pot", buy: 2, free: 1 }, 0],
])("%s", (_, rule, taken) => {
  expect(discountOf(rule, lines)).toBe(taken);
});

test.todo("a rule for the first order of a customer");
