import { describe, expect, test } from "vitest";
import { seeded } from "../src/random.ts";
import { simulateYear } from "../src/warehouse.ts";

const products = 22_000;

describe.each([3, 10, 21])("%i days from order to arrival", (lead_days) => {
  const policy = { reorder_at: 14 * lead_days, order_quantity: 200, lead_days };

  test(`a year of ${products} products adds up`, () => {
    for (let seed = 0; seed < products; seed += 1) {
      const year = simulateYear(policy, 300, 10, seeded(seed));
      if (300 + year.received - year.sold !== year.final_stock) expect.fail(`seed ${seed}: pieces are lost`);
      if (year.lowest_stock < 0) expect.fail(`seed ${seed}: sold what was not there`);
      if (year.ordered - year.received !== year.final_on_order) expect.fail(`seed ${seed}: an order is lost`);
    }
  });

  test("ordering earlier loses fewer sales", () => {
    const lost = (reorder_at: number): number => {
      let sum = 0;
      for (let seed = 0; seed < products / 5; seed += 1) {
        sum += simulateYear({ ...policy, reorder_at }, 300, 10, seeded(seed)).lost;
      }
      return sum;
    };
    expect(lost(policy.reorder_at)).toBeLessThan(lost(policy.reorder_at / 4));
  });
});

test("the same seed gives the same year", () => {
  const year = () => simulateYear({ reorder_at: 50, order_quantity: 100, lead_days: 5 }, 80, 9, seeded(42));
  expect(year()).toEqual(year());
});
