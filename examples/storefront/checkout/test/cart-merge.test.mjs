import assert from "node:assert/strict";
import test from "node:test";
import { Cart } from "../src/cart.mjs";
import { between, seeded } from "../src/random.mjs";

const cartOf = (lines) => {
  const cart = new Cart();
  for (const [sku, price, quantity] of lines) cart.add(sku, price, quantity);
  return cart;
};

test("the larger quantity and the newer price win", () => {
  const own = cartOf([
    ["mug", 800, 5],
    ["tea", 450, 1],
  ]);
  own.merge(
    cartOf([
      ["mug", 700, 2],
      ["pot", 3000, 1],
    ]),
  );
  assert.deepEqual(own.lines, [
    { sku: "mug", price: 700, quantity: 5 },
    { sku: "tea", price: 450, quantity: 1 },
    { sku: "pot", price: 3000, quantity: 1 },
  ]);
});

test("merging twice changes nothing more: 6,000 random carts", () => {
  const random = seeded(2);
  const any = () =>
    cartOf(Array.from({ length: between(random, 0, 8) }, () => [`sku-${between(random, 0, 9)}`, 100, between(random, 1, 99)]));
  for (let round = 0; round < 6_000; round += 1) {
    const [own, guest] = [any(), any()];
    own.merge(guest);
    const once = own.lines;
    own.merge(guest);
    assert.deepEqual(own.lines, once);
  }
});
