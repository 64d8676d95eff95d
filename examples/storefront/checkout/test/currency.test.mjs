import assert from "node:assert/strict";
import test from "node:test";
import { convert } from "../src/currency.mjs";
import { between, seeded } from "../src/random.mjs";

for (const [minor, from, to, rate, result] of [
  [1000, "EUR", "USD", 1.1, 1100],
  [1000, "EUR", "JPY", 160, 1600],
  [1600, "JPY", "EUR", 1 / 160, 1000],
  [1000, "USD", "KWD", 0.31, 3100],
]) {
  test(`${minor} ${from} at ${rate} is ${result} ${to}`, () => assert.equal(convert(minor, from, to, rate), result));
}

for (const rate of [0, -1, NaN, Infinity])
  test(`a rate of ${rate} is refused`, () => assert.throws(() => convert(1, "EUR", "USD", rate)));
test("an unknown currency is refused", () => assert.throws(() => convert(1, "EUR", "XXX", 1), /unknown currency XXX/));

test("there and back is off by less than the rate: 500,000 amounts", () => {
  const random = seeded(9);
  for (let round = 0; round < 500_000; round += 1) {
    const minor = between(random, 0, 10_000_000);
    const rate = 0.5 + random() * 1.5;
    const back = convert(convert(minor, "EUR", "USD", rate), "USD", "EUR", 1 / rate);
    if (Math.abs(back - minor) > 2) assert.fail(`${minor} at ${rate}`);
  }
});
