import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cart } from "../src/cart.mjs";
import { between, seeded } from "../src/random.mjs";

describe("a cart", () => {
  it("adds up", () => {
    const cart = new Cart();
    cart.add("mug", 800, 2);
    cart.add("tea", 450);
    cart.add("mug", 800);
    assert.equal(cart.total, 2850);
    assert.equal(cart.lines.length, 2);
  });

  it("drops a line at zero", () => {
    const cart = new Cart();
    cart.add("mug", 800);
    cart.setQuantity("mug", 0);
    assert.deepEqual(cart.lines, []);
  });

  for (const quantity of [0, -1, 1.5, NaN]) {
    it(`refuses to add ${quantity}`, () => {
      assert.throws(() => new Cart().add("mug", 800, quantity), RangeError);
    });
  }

  it("refuses to change what it does not hold", () => {
    assert.throws(() => new Cart().setQuantity("mug", 1), /mug is not in the cart/);
  });

  it("saves itself for later", { todo: "wish lists are planned" });
});

it("holds 1 to 99 of each after any 60,000 steps", () => {
  const random = seeded(1);
  const cart = new Cart();
  for (let step = 0; step < 60_000; step += 1) {
    const sku = `sku-${between(random, 0, 9)}`;
    const known = cart.lines.some((line) => line.sku === sku);
    if (known && random() < 0.5) cart.setQuantity(sku, between(random, 0, 99));
    else cart.add(sku, 100, between(random, 1, 60));
    const quantities = cart.lines.map((line) => line.quantity);
    if (quantities.some((quantity) => quantity < 1 || quantity > 99)) assert.fail(`step ${step}: ${quantities}`);
  }
});
