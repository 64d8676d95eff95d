import { expect, test } from "vitest";
import { unitPrice } from "../src/unit-price.ts";

test.each([
  [199, "500 g", "1 kg", 398],
  [199, "250g", "100 g", 80],
  [1499, "1.5 kg", "1 kg", 999],
  [99, "33 cl", "1 l", 300],
  [450, "50 ml", "100 ml", 900],
  [1200, "500 mg", "100 g", 240_000],
])("%i for %s", (price, size, per, minor) => {
  expect(unitPrice(price, size)).toEqual({ per, minor });
});

test.each(["", "g", "0 g", "12", "-5 g", "1 lb"])("%j is not a size", (size) => {
  expect(() => unitPrice(100, size)).toThrow(SyntaxError);
});

test.skip("imperial sizes: the shop does not sell to the United States yet", () => {
  expect(unitPrice(100, "1 lb").per).toBe("1 kg");
});
