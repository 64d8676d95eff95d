import { expect, test } from "vitest";
import { lowestBefore, priceOn, type PriceChange } from "../src/price-history.ts";
import { between, seeded } from "../src/random.ts";

const changes = [
  { day: 0, price: 1000 },
  { day: 40, price: 700 },
  { day: 45, price: 1200 },
];

test.each([
  [-1, undefined],
  [0, 1000],
  [39, 1000],
  [40, 700],
  [400, 1200],
])("the price on day %i is %s", (day, price) => {
  expect(priceOn(changes, day)).toBe(price);
});

test("a reduction does not count its own day", () => {
  expect(lowestBefore(changes, 40)).toBe(1000);
  expect(lowestBefore(changes, 46)).toBe(700);
  expect(lowestBefore(changes, 76)).toBe(1200);
});

test("agrees with asking for each of the thirty days: 3,000 random histories", () => {
  const random = seeded(30);
  for (let round = 0; round < 3_000; round += 1) {
    const history: PriceChange[] = [];
    for (let day = 0; day < 200; day += between(random, 1, 20)) history.push({ day, price: between(random, 100, 999) });
    const day = between(random, 30, 220);
    const asked = Array.from({ length: 30 }, (_, back) => priceOn(history, day - 1 - back) ?? Infinity);
    const lowest = Math.min(...asked, priceOn(history, day - 30) ?? Infinity);
    if (lowestBefore(history, day) !== lowest) expect.fail(JSON.stringify({ history, day }));
  }
});
