import { expect, test } from "vitest";
import { between, pick, seeded } from "../src/random.ts";
import { roundHalfEven, taxInGross, taxOnNet } from "../src/tax.ts";

const rates = [0, 500, 700, 1000, 1900, 2000, 2550];

test("net to gross and back gives the same tax: 1,000,000 prices", () => {
  const random = seeded(19);
  for (let round = 0; round < 1_000_000; round += 1) {
    const net = between(random, 0, 500_000);
    const rate = pick(random, rates);
    const tax = taxOnNet(net, rate);
    if (Math.abs(taxInGross(net + tax, rate) - tax) > 1) expect.fail(`${net} at ${rate}`);
  }
});

test("rounding halves does not drift: the sum of 0.5, 1.5, 2.5 … stays in the middle", () => {
  let rounded = 0;
  let exact = 0;
  for (let value = 0; value < 1_000_000; value += 1) {
    rounded += roundHalfEven(value + 0.5);
    exact += value + 0.5;
  }
  expect(rounded).toBe(exact);
});
