// The slow one: customers come and go for some seconds of real time, while their holds run out.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { HoldBook } from "../src/holds.ts";
import { between, pick, seeded } from "../src/random.ts";

const skus = ["mug", "cup", "tea", "pot"];

test.each([
  { season: "spring", customers: 10, seed: 1 },
  { season: "summer", customers: 20, seed: 2 },
  { season: "autumn", customers: 40, seed: 3 },
  { season: "winter", customers: 80, seed: 4 },
])("$season: no piece is lost or sold twice", async ({ customers, seed }) => {
  const random = seeded(seed);
  const book = new HoldBook();
  const stocked = new Map<string, number>();
  const sold = new Map<string, number>();
  const baskets: { id: number; sku: string; quantity: number }[] = [];
  const count = (totals: Map<string, number>, sku: string, quantity: number): void => {
    totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  };

  for (let wave = 0; wave < 30; wave += 1) {
    for (const sku of skus) {
      const quantity = between(random, 0, customers);
      book.restock(sku, quantity);
      count(stocked, sku, quantity);
    }
    for (let customer = 0; customer < customers; customer += 1) {
      const [sku, quantity] = [pick(random, skus), between(random, 1, 4)];
      const id = book.hold(sku, quantity, between(random, 10, 150));
      if (id !== undefined) baskets.push({ id, sku, quantity });
    }
    await sleep(40);
    // A third pays, perhaps too late; a third changes its mind; the rest forgets.
    for (const basket of baskets.splice(0, customers)) {
      const mood = between(random, 0, 2);
      if (mood === 0 && book.confirm(basket.id)) count(sold, basket.sku, basket.quantity);
      if (mood === 1) book.release(basket.id);
    }
    for (const sku of skus) {
      expect(book.available(sku)).toBeGreaterThanOrEqual(0);
      expect(book.available(sku) + book.held(sku) + (sold.get(sku) ?? 0)).toBe(stocked.get(sku));
    }
  }

  while (skus.some((sku) => book.held(sku) > 0)) await sleep(20);
  for (const sku of skus) expect(book.available(sku) + (sold.get(sku) ?? 0)).toBe(stocked.get(sku));
});
